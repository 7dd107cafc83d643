"""Which minutes are judged, by whom, in what order: each exactly once, oldest first, by the database's clock.

A tick T is a whole minute. The row (shard, T) is inserted in the transaction that holds its results, so whoever
inserts it does the work, a killed worker leaves all or nothing, and any number of workers and beats is harmless.
Tick T judges data up to T minus each threshold's waiting time. It is due two seconds after T, so that a minute
that just ended has its last signals.
"""

from datetime import datetime, timedelta

import structlog
from django.db import connection, transaction
from django.db.models import Max

from incidents.detection.evaluation import tick_of
from incidents.detection.judging import judge_shard
from incidents.detection.states import EvaluationTick

MINUTE = timedelta(minutes=1)
SETTLE = timedelta(seconds=2)
JUMP = timedelta(minutes=5)
MAX_TICKS_PER_PASS = 10_000
log = structlog.get_logger(__name__)


def database_now() -> datetime:
    """The one clock that ticks go by; workers' clocks may differ."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now


def judge_next(*, shard: int) -> bool:
    """Judge the oldest tick of a shard that is due and not judged. False when none is due, or another one works."""
    with transaction.atomic():
        if not _is_free(shard):
            return False
        now = database_now()
        tick_at = next_tick(shard=shard, now=now)
        if tick_at is None:
            return False
        tick = _claim(shard, tick_at, now=now)
        if tick is None:
            return True  # another worker judged it while we waited; there may be a next one
        tick.evaluated_count, tick.changed_count = judge_shard(shard=shard, tick_at=tick_at, now=now)
        tick.finished_at = database_now()
        tick.save(update_fields=["evaluated_count", "changed_count", "finished_at"])
    return True


def next_tick(*, shard: int, now: datetime) -> datetime | None:
    """The tick after the last judged one, if it is due. A shard's first tick is the present minute.

    The clock never moves ticks backwards: nothing at or before the last one is judged again.
    """
    newest = tick_of(now - SETTLE)
    last: datetime | None = EvaluationTick.objects.filter(shard=shard).aggregate(last=Max("tick_at"))["last"]
    following = last + MINUTE if last else newest
    if following > newest:
        return None
    if newest - following > JUMP:
        log.warning("ticks_behind", shard=shard, minutes=int((newest - following) / MINUTE))
    return following


def _is_free(shard: int) -> bool:
    """Spares workers from waiting for one another. The row of the tick, not this lock, keeps it from being doubled."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"ticks/{shard}"])
        return bool(cursor.fetchone()[0])


def _claim(shard: int, tick_at: datetime, *, now: datetime) -> EvaluationTick | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO incidents_evaluationtick (shard, tick_at, started_at, evaluated_count, changed_count)"
            " VALUES (%s, %s, %s, 0, 0) ON CONFLICT DO NOTHING RETURNING id",
            [shard, tick_at, now],
        )
        row = cursor.fetchone()
    return EvaluationTick.objects.get(pk=row[0]) if row else None
