"""Days of signals are made and dropped by the role that worker and beat sign in as."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import ProgrammingError, connection, transaction

from incidents.detection.partitions import DAYS_AHEAD, DAYS_BEHIND, drop_days, ensure_partitions
from incidents.detection.tasks import keep_signals

pytestmark = pytest.mark.django_db
DAYS = DAYS_BEHIND + 1 + DAYS_AHEAD


@pytest.fixture
def as_app_role():
    """From here on with the rights of production."""
    call_command("grant_app_role")
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {connection.ops.quote_name(settings.DATABASE_APP_ROLE)}")


def days() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_inherits WHERE inhparent = 'incidents_signalbucket'::regclass")
        return cursor.fetchone()[0] - 1  # the default partition


def test_the_task_makes_the_days_around_today_once(as_app_role):
    assert keep_signals() == DAYS
    assert days() == DAYS
    assert keep_signals() == 0


def test_old_days_are_dropped_and_the_last_thirty_cannot_be(as_app_role):
    now = datetime.now(UTC)
    ensure_partitions(now=now - timedelta(days=90))

    assert drop_days(before=now - timedelta(days=35)) == DAYS
    assert days() == 0
    with pytest.raises(ProgrammingError, match="last 30 days"), transaction.atomic():
        drop_days(before=now)
