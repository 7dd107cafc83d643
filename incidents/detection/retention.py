"""How long signals are kept, and dropping what is past its term: a little at a time, while everything goes on.

Minute buckets go with their day's partition. All else goes in batches of their own transactions, so that no row stays
locked for long and a killed worker loses one batch of work.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, models, transaction

from incidents.detection.activity import IngestRefusal, SourceMinute
from incidents.detection.change_markers import ChangeMarker
from incidents.detection.cursors import SeriesCursor
from incidents.detection.late.records import LateRun
from incidents.detection.partitions import drop_days, drop_occurrence_days, ensure_partitions
from incidents.detection.series import HourBucket, IngestRequest, Receipt, SignalSeries
from incidents.detection.states import EvaluationTick, ThresholdState
from incidents.detection.upkeep import KEEP_SIGNALS, Upkeep

KEEP_MINUTES = timedelta(days=35)
KEEP_HOURS = timedelta(days=400)
# The longest window, and what may still arrive for it.
KEEP_EVENTS = timedelta(days=39)
KEEP_GROUPS = timedelta(days=2)
LONGEST_PAUSE = timedelta(hours=3)
BATCH = 10_000
MOST_BATCHES = 100  # a million rows of one table in a pass; the next pass goes on
SERIES_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Term:
    """How long the rows of one table are kept, counted from one of their columns."""

    model: type[models.Model]
    column: str
    keep: timedelta


TERMS = (
    Term(Receipt, "received_at", timedelta(days=8)),  # a day longer than the oldest signal that is accepted
    Term(SeriesCursor, "seen_at", timedelta(days=8)),
    Term(IngestRequest, "received_at", timedelta(days=2)),
    Term(IngestRefusal, "at", timedelta(days=7)),
    Term(SourceMinute, "ts", timedelta(days=2)),
    Term(LateRun, "finished_at", timedelta(days=90)),
    Term(EvaluationTick, "tick_at", KEEP_HOURS),
)

# What a sender said stays as long as somebody may still need it to decide: its breach or its incident is open.
ENDED_ALERTS = """
DELETE FROM incidents_foreignalert WHERE id = ANY(ARRAY(
    SELECT alert.id FROM incidents_foreignalert AS alert
      LEFT JOIN incidents_breach AS breach ON breach.id = alert.breach_id
      LEFT JOIN incidents_incident AS incident ON incident.id = breach.incident_id
     WHERE alert.resolved_at < %s
       AND (breach.id IS NULL OR breach.cleared_at IS NOT NULL)
       AND (incident.id IS NULL OR incident.state IN ('closed', 'dismissed'))
     ORDER BY alert.resolved_at LIMIT %s FOR UPDATE OF alert SKIP LOCKED))
"""


def keep(*, now: datetime) -> int:
    """Make days ahead, drop what is past its term and note both; returns how much there was to do."""
    made, dropped = ensure_partitions(now=now), drop_expired(now=now)
    with transaction.atomic():
        Upkeep.begin(KEEP_SIGNALS, now=now, longest_pause=LONGEST_PAUSE).note(made=made, dropped=dropped)
    return made + dropped


def drop_expired(*, now: datetime) -> int:
    """Drop day partitions and rows that are past their term; returns how many of both."""
    rows = sum(_drop_rows(term, before=now - term.keep) for term in TERMS)
    rows += _drop_rows(Term(ChangeMarker, "received_at", settings.CHANGES_KEPT), before=now - settings.CHANGES_KEPT)
    rows += _in_batches(ENDED_ALERTS, [now - settings.ALERTS_KEPT])
    days = drop_days(before=now - KEEP_MINUTES) + drop_occurrence_days(before=now - KEEP_EVENTS)
    return rows + days + _drop_hours(before=now - KEEP_HOURS) + _drop_groups(before=now - KEEP_GROUPS)


def _drop_rows(term: Term, *, before: datetime) -> int:
    table = term.model._meta.db_table  # noqa: SLF001 - Django's documented way
    # A row that changes meanwhile gets another place and is left alone.
    statement = f"""
        DELETE FROM {table} WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM {table} WHERE {term.column} < %s ORDER BY {term.column} LIMIT %s))
    """  # noqa: S608 - built from names of our own models
    return _in_batches(statement, [before])


def _in_batches(statement: str, values: Sequence[Any]) -> int:
    """Run a statement whose last value is the size of a batch until a batch is not full."""
    total = 0
    for _batch in range(MOST_BATCHES):
        dropped = _execute(statement, [*values, BATCH])
        total += dropped
        if dropped < BATCH:
            break
    return total


def _drop_hours(*, before: datetime) -> int:
    """By series, as the key is built: each has a few hours that ran out since the last pass."""
    table = HourBucket._meta.db_table
    statement = f"DELETE FROM {table} WHERE series_id = ANY(%s) AND ts < %s"  # noqa: S608 - our own table
    return sum(_execute(statement, [ids, before]) for ids in _series_in_parts())


def _drop_groups(*, before: datetime) -> int:
    """States of groups that are fine again. Each person of a pattern has one; what happened stands in the breaches."""
    table = ThresholdState._meta.db_table
    statement = f"""DELETE FROM {table} WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM {table} WHERE group_key <> '' AND status = 'ok' AND changed_at < %s LIMIT %s))"""  # noqa: S608
    return _execute(statement, [before, BATCH])


def _series_in_parts() -> Iterator[list[int]]:
    every = SignalSeries.objects.order_by("pk").values_list("pk", flat=True)
    last = 0
    while ids := list(every.filter(pk__gt=last)[:SERIES_AT_ONCE]):
        yield ids
        last = ids[-1]


@transaction.atomic
def _execute(statement: str, values: Sequence[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return max(int(cursor.rowcount), 0)
