"""Daily partitions of the minute buckets: made ahead, so that old days can be dropped at once."""

from datetime import datetime, timedelta

from django.db import connection, transaction

from incidents.detection.series import day_of

DAYS_BEHIND = 8
DAYS_AHEAD = 3
DAY = timedelta(days=1)


def ensure_partitions(*, now: datetime) -> int:
    """Make the partitions of the days that signals may still fall into; returns how many were made.

    Rows that went to the default partition meanwhile move along, in the same transaction. Without this
    everything still works, from the default partition.
    """
    today = day_of(now)
    days = [today + DAY * offset for offset in range(-DAYS_BEHIND, DAYS_AHEAD + 1)]
    return sum(_make(day) for day in days)


@transaction.atomic
def _make(day: datetime) -> bool:
    name = f"incidents_signalbucket_{day:%Y%m%d}"
    span = [day.isoformat(), (day + DAY).isoformat()]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('airp/partitions', 0)), to_regclass(%s)", [name])
        if cursor.fetchone()[1] is not None:
            return False
        # Names are made from a date and contain nothing else.
        cursor.execute(
            f"CREATE TABLE {name} (LIKE incidents_signalbucket INCLUDING ALL) WITH (fillfactor = 70,"
            " autovacuum_vacuum_insert_scale_factor = 0.02)"
        )
        cursor.execute(
            "WITH moved AS (DELETE FROM incidents_signalbucket_default WHERE ts >= %s AND ts < %s RETURNING *)"  # noqa: S608
            f" INSERT INTO {name} SELECT * FROM moved",
            span,
        )
        cursor.execute(
            f"ALTER TABLE incidents_signalbucket ATTACH PARTITION {name} FOR VALUES FROM ('{span[0]}') TO ('{span[1]}')"
        )
    return True
