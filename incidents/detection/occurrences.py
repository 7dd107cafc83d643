"""Single events, kept for thresholds that look at people, conversations and patterns instead of sums.

Who it was is kept as a keyed hash: people are told apart and never known. The table is one of migration
`occurrences`, partitioned by day, which Django cannot express, so Django does not manage it.
"""

import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, models

from incidents.detection.event_rules import KEEPING, EventRule
from incidents.detection.parsers.signals import COUNTED_KINDS, Signal
from incidents.detection.series import SignalSeries
from incidents.detection.sources import SignalSource

HASH_BYTES = 16
Fresh = Sequence[tuple[int, int, Signal]]
_INSERT = """
INSERT INTO incidents_occurrence (series_id, ts, person, conversation, n, received_at)
SELECT o.series_id, o.ts, o.person, o.conversation, o.n, %(now)s
  FROM unnest(%(series)s::bigint[], %(ts)s::timestamptz[], %(person)s::bytea[], %(conversation)s::bytea[],
              %(n)s::integer[]) AS o(series_id, ts, person, conversation, n)
"""
_TAKE = """
DELETE FROM incidents_occurrence WHERE (tableoid, ctid) IN (
    SELECT tableoid, ctid FROM incidents_occurrence
     WHERE series_id = %s AND ts = %s AND person IS NOT DISTINCT FROM %s AND n = %s LIMIT 1)
"""


class Occurrence(models.Model):
    """One event of a series at its own moment. `person` and `conversation` are empty where the sender named none."""

    pk = models.CompositePrimaryKey("series_id", "ts")
    series = models.ForeignKey(SignalSeries, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    ts = models.DateTimeField()
    person = models.BinaryField(max_length=HASH_BYTES, null=True)
    conversation = models.BinaryField(max_length=HASH_BYTES, null=True)
    n = models.IntegerField()
    received_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "incidents_occurrence"

    def __str__(self) -> str:
        return f"{self.n} at {self.ts:%Y-%m-%d %H:%M:%S}"


def keep_occurrences(source: SignalSource, fresh: Fresh, rules: Sequence[EventRule], *, now: datetime) -> int:
    """Keep the events among signals that were just counted, in their transaction; returns how many were kept.

    Violations and complaints are always kept, so that a threshold made tomorrow has a past; of other kinds the bad
    ones, and only where a threshold reads them, because traffic is too much to keep one by one.
    """
    read = {(rule.system_id, kind) for rule in rules if rule.metric in KEEPING for kind in rule.kinds}
    wanted = [
        (series_id, signal, events_of(signal))
        for _index, series_id, signal in fresh
        if events_of(signal) and (signal.kind in COUNTED_KINDS or (signal.system_id, signal.kind) in read)
    ]
    if not wanted:
        return 0
    columns: dict[str, Any] = {
        "series": [series_id for series_id, _signal, _events in wanted],
        "ts": [signal.at for _series_id, signal, _events in wanted],
        "person": [person_of(source, signal) for _series_id, signal, _events in wanted],
        "conversation": [conversation_of(source, signal) for _series_id, signal, _events in wanted],
        "n": [events for _series_id, _signal, events in wanted],
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, columns)
    return len(wanted)


def take_occurrence(source: SignalSource, series_id: int, signal: Signal) -> None:
    """Take an event back out, because what it told of was counted in the wrong place."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [series_id, signal.at, person_of(source, signal), events_of(signal)])


def events_of(signal: Signal) -> int:
    """How many events a signal stands for: what was counted of a violation or complaint, else its bad ones."""
    return signal.n if signal.kind in COUNTED_KINDS else signal.bad


def person_of(source: SignalSource, signal: Signal) -> bytes | None:
    """Who it was, hashed. A reference means something within its source only; our own hash means one person."""
    return _hash("person" if signal.is_hashed else f"subject/{source.pk}", signal.subject)


def conversation_of(source: SignalSource, signal: Signal) -> bytes | None:
    return _hash(f"conversation/{source.pk}", signal.conversation)


def _hash(scope: str, reference: str) -> bytes | None:
    if not reference:
        return None
    return hmac.digest(settings.PERSON_KEY.encode(), f"{scope}/{reference}".encode(), "sha256")[:HASH_BYTES]
