"""Days of signals are made and dropped by the role that worker and beat sign in as."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import ProgrammingError, connection, transaction

from incidents.detection.partitions import DAYS_AHEAD, DAYS_BEHIND, drop_days, drop_occurrence_days, ensure_partitions
from incidents.detection.tasks import keep_signals

pytestmark = pytest.mark.django_db
DAYS = DAYS_BEHIND + 1 + DAYS_AHEAD
TABLES = ("incidents_signalbucket", "incidents_occurrence")


@pytest.fixture
def as_app_role():
    """From here on with the rights of production."""
    call_command("grant_app_role")
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {connection.ops.quote_name(settings.DATABASE_APP_ROLE)}")


def days(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_inherits WHERE inhparent = %s::regclass", [table])
        return cursor.fetchone()[0] - 1  # the default partition


def test_the_task_makes_the_days_around_today_once(as_app_role):
    assert keep_signals() == len(TABLES) * DAYS
    assert [days(table) for table in TABLES] == [DAYS, DAYS]
    assert keep_signals() == 0


@pytest.mark.parametrize(
    ("table", "drop", "days_kept"),
    [("incidents_signalbucket", drop_days, 30), ("incidents_occurrence", drop_occurrence_days, 38)],
)
def test_old_days_are_dropped_and_those_still_needed_cannot_be(as_app_role, table, drop, days_kept):
    now = datetime.now(UTC)
    ensure_partitions(now=now - timedelta(days=90))

    assert drop(before=now - timedelta(days=39)) == DAYS
    assert days(table) == 0
    with pytest.raises(ProgrammingError, match=f"last {days_kept} days"), transaction.atomic():
        drop(before=now)
