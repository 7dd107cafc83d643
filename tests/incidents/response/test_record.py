"""The record holds: nothing can change or remove it, and what was changed anyway is found."""

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from incidents.response.models import Incident, TimelineEntry
from incidents.response.states import State
from incidents.response.verification import verify_timeline
from tests.incidents.cases import incident

pytestmark = pytest.mark.django_db
ATTACKS = [
    "UPDATE incidents_timelineentry SET kind = 'closed'",
    "DELETE FROM incidents_timelineentry",
    "TRUNCATE incidents_timelineentry CASCADE",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_owner_of_the_table_cannot_change_the_timeline(attack, now):
    case = incident(now=now, state=State.TRIAGED)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(attack)
    assert case.timeline.count() == 2
    assert verify_timeline(case) == []


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_role_of_the_product_is_refused_by_its_grants(attack, now):
    incident(now=now)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {app_role(cursor)}")
        cursor.execute(attack)
    assert TimelineEntry.objects.count() == 1


def app_role(cursor):
    """The role that `grant_app_role` makes, with the grants that its command gives."""
    from_grants = connection.ops.quote_name(settings.DATABASE_APP_ROLE)
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [settings.DATABASE_APP_ROLE])
    if cursor.fetchone() is None:
        cursor.execute(f"CREATE ROLE {from_grants} NOLOGIN")
    cursor.execute(f"GRANT USAGE ON SCHEMA public TO {from_grants}")
    cursor.execute(f"GRANT SELECT, INSERT ON incidents_timelineentry TO {from_grants}")
    return from_grants


def test_no_rewording_of_what_somebody_said(now, tess):
    entry = incident(now=now).add_note(text="Seen in three chats.", by=tess, now=now)
    with pytest.raises(DatabaseError), transaction.atomic():
        entry.text.value = "Seen in one chat."
        entry.text.save()


def test_an_incident_is_never_deleted(now):
    case = incident(now=now)
    with pytest.raises(DatabaseError), transaction.atomic():
        Incident.objects.filter(pk=case.pk)._raw_delete("default")
    assert Incident.objects.filter(pk=case.pk).exists()


def test_a_state_without_an_entry_does_not_reach_the_commit(now):
    case = incident(now=now)
    with pytest.raises(DatabaseError, match="changed without a timeline entry"), transaction.atomic():
        Incident.objects.filter(pk=case.pk).update(state=State.CLOSED)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert Incident.objects.get(pk=case.pk).state == State.REPORTED


def test_a_whole_timeline_verifies(now):
    case = incident(now=now, state=State.RESOLVED, summary="Forty chats.")
    assert verify_timeline(case) == []


@pytest.mark.parametrize(
    ("tampering", "problem"),
    [
        ("UPDATE incidents_timelineentry SET kind = 'note_added' WHERE seq = 2", "its content was changed"),
        ("DELETE FROM incidents_timelineentry WHERE seq = 4", "does not end at its recorded head"),
        ("UPDATE incidents_timelinetext SET value = 'Other words.'", "its text was changed"),
        ("UPDATE incidents_timelineentry SET seq = 9 WHERE seq = 4", "entry 4 is missing"),
    ],
)
def test_tampering_past_the_triggers_is_found(tampering, problem, now, mo):
    case = incident(now=now, state=State.CONTAINED)
    case.post_update(text="Flag is off.", by=mo, now=now)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM incidents_pendingreaction")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(tampering)
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert any(problem in flaw.problem for flaw in verify_timeline(case))


def test_an_erased_text_leaves_the_chain_whole(now, tess):
    case = incident(now=now)
    entry = case.add_note(text="A customer's name.", by=tess, now=now)
    entry.text.delete()
    assert verify_timeline(case) == []
    assert TimelineEntry.objects.get(pk=entry.pk).words == ""
