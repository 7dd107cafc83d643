"""The processes' database role may add to append-only tables and do nothing else to them."""

from contextlib import closing
from datetime import UTC, datetime

import psycopg
import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection, models

from airp.audit.management.commands.grant_app_role import tables_with
from airp.audit.models import AuditEntry, record
from tests.processes import databases

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def as_app():
    """A session of the role that web, worker and beat use, on the test's database."""
    call_command("grant_app_role")
    record(act="tested", at=datetime(2026, 11, 1, tzinfo=UTC), by=None)
    with closing(psycopg.connect(databases.app_url(connection.settings_dict["NAME"]), autocommit=True)) as session:
        yield session


def test_it_covers_every_model_that_carries_the_trigger_and_the_events_of_history() -> None:
    tables = tables_with("append_only")

    assert AuditEntry._meta.db_table in tables
    assert "accounts_userevent" in tables
    assert "accounts_user" not in tables


def key_of(table: str) -> str:
    return next(model._meta.pk.column for model in apps.get_models() if model._meta.db_table == table)


@pytest.mark.parametrize("verb", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_app_role_can_neither_change_nor_empty_an_append_only_table(as_app, verb) -> None:
    for table in tables_with("append_only"):
        statement = verb.format(table).replace("id = id", "{0} = {0}".format(key_of(table)))
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            as_app.execute(statement)

    assert AuditEntry.objects.count() == 1


def test_the_app_role_reads_and_adds_and_changes_what_is_not_append_only(as_app) -> None:
    assert as_app.execute("SELECT act FROM audit_auditentry").fetchall() == [("tested",)]
    assert as_app.execute("UPDATE audit_chainhead SET seq = seq").rowcount == 1
    assert as_app.execute("SELECT nextval('audit_auditentry_id_seq')").fetchone()


def test_the_app_role_cannot_switch_the_triggers_off(as_app) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        as_app.execute("SET session_replication_role = replica")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        as_app.execute("ALTER TABLE audit_auditentry DISABLE TRIGGER ALL")


def test_a_later_table_can_be_added_to_but_not_changed_until_the_grants_run_again(as_app) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE a_later_one (id int)")
    try:
        as_app.execute("INSERT INTO a_later_one VALUES (1)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            as_app.execute("DELETE FROM a_later_one")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE a_later_one")


def test_the_owner_may_change_nothing_either_because_the_trigger_stands(as_app) -> None:
    with pytest.raises(Exception, match="append_only"):
        AuditEntry.objects.update(act=models.Value("changed"))


def test_it_refuses_to_run_as_the_app_role_itself(monkeypatch) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        monkeypatch.setattr(settings, "DATABASE_APP_ROLE", cursor.fetchone()[0])

    with pytest.raises(CommandError, match="owner"):
        call_command("grant_app_role")


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM incidents_incident",
        "DELETE FROM reviews_review",
        "DELETE FROM audit_chainhead",
        "UPDATE incidents_thresholdversion SET id = id",
        "UPDATE incidents_timelinetext SET value = ''",
    ],
)
def test_telling_a_trigger_to_look_away_gives_no_right_that_was_withheld(as_app, statement) -> None:
    names = "{incidents_incident:never_deleted,incidents_thresholdversion:immutable,audit_chainhead:never_deleted}"
    as_app.execute("SELECT set_config('pgtrigger.ignore', %s, false)", [names])
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        as_app.execute(statement)
    assert AuditEntry.objects.count() == 1
