"""Daily partitions of minute buckets and single events: made ahead, so that old days can be dropped at once.

Both are done by functions of the tables' owner (migrations `signal_days`, `occurrences`): our own role owns no table.
"""

from datetime import datetime, timedelta

from django.db import connection, transaction

from incidents.detection.series import day_of

DAYS_BEHIND = 8
DAYS_AHEAD = 3
DAY = timedelta(days=1)
MAKERS = ("airp_make_signal_day", "airp_make_occurrence_day")


def ensure_partitions(*, now: datetime) -> int:
    """Make the partitions of the days that signals may still fall into; returns how many were made.

    Rows that went to the default partition meanwhile move along, in the same transaction. Without this
    everything still works, from the default partition.
    """
    today = day_of(now)
    days = [today + DAY * offset for offset in range(-DAYS_BEHIND, DAYS_AHEAD + 1)]
    return sum(_make(function, day) for function in MAKERS for day in days)


@transaction.atomic
def drop_days(*, before: datetime) -> int:
    """Drop every day that ended before this one began; returns how many. The last 30 days cannot be dropped."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT airp_drop_signal_days(%s)", [day_of(before).date()])
        return int(cursor.fetchone()[0])


@transaction.atomic
def drop_occurrence_days(*, before: datetime) -> int:
    """The same for single events, whose last 38 days cannot be dropped."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT airp_drop_occurrence_days(%s)", [day_of(before).date()])
        return int(cursor.fetchone()[0])


@transaction.atomic
def _make(function: str, day: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [day.date()])
        return bool(cursor.fetchone()[0])
