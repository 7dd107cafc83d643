"""How far each foreign counter has been read: the receipt of streams that only ever tell their total.

Rows are locked in the order of their keys and written in sets, so that senders that repeat or overlap wait for one
another, count once and never deadlock.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import connection, models, transaction

from incidents.detection.arrays import array
from incidents.detection.parsers.cumulative import Position
from incidents.detection.sources import SignalSource

MAX_CURSORS = 100_000


class SeriesCursor(models.Model):
    """One counter of a source. `key` is a hash of its foreign name and labels. Kept as long as receipts."""

    pk = models.CompositePrimaryKey("source_id", "key")
    source = models.ForeignKey(SignalSource, on_delete=models.CASCADE, related_name="+")
    key = models.BigIntegerField()
    start_ns = models.BigIntegerField(null=True)
    # Empty until the first reading is committed.
    last_ns = models.BigIntegerField(null=True)
    last_value = models.FloatField(null=True)
    seen_at = models.DateTimeField()

    # No index on what changes with every reading: updates stay on their page (HOT).

    def __str__(self) -> str:
        return f"counter {self.key} of source {self.source_id}"


def lock_positions(source: SignalSource, keys: Collection[int], *, now: datetime) -> dict[int, Position | None]:
    """Where each counter was read to, locked until the transaction ends; None for a new one.

    Counters beyond the cap of the source are missing. Locks taken before a new row was made are given back first:
    rows are made, then all are locked in order.
    """
    ordered = sorted(set(keys))
    with transaction.atomic(savepoint=True):
        found = _locked(source, ordered)
        if len(found) == len(ordered):
            return found
        transaction.set_rollback(True)
    _make(source, [key for key in ordered if key not in found], now=now)
    return _locked(source, ordered)


def write_positions(source: SignalSource, positions: Mapping[int, Position], *, now: datetime) -> None:
    """Store how far the locked counters are read now. The keys stand there twice so that the index finds the rows."""
    if not positions:
        return
    rows = sorted(positions.items())
    keys = array(key for key, _position in rows)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE incidents_seriescursor AS stored"
            "   SET start_ns = fresh.start_ns, last_ns = fresh.last_ns, last_value = fresh.last_value, seen_at = %s"
            "  FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::float8[])"
            "       AS fresh(key, start_ns, last_ns, last_value)"
            " WHERE stored.source_id = %s AND stored.key = ANY(%s::bigint[]) AND stored.key = fresh.key",
            [
                now,
                keys,
                array(position.start_ns for _key, position in rows),
                array(position.at_ns for _key, position in rows),
                array(position.value for _key, position in rows),
                source.pk,
                keys,
            ],
        )


def _locked(source: SignalSource, ordered: list[int]) -> dict[int, Position | None]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT key, start_ns, last_ns, last_value FROM incidents_seriescursor"
            " WHERE source_id = %s AND key = ANY(%s::bigint[]) ORDER BY key FOR NO KEY UPDATE",
            [source.pk, array(ordered)],
        )
        return {
            key: None if at_ns is None else Position(start_ns, at_ns, value)
            for key, start_ns, at_ns, value in cursor.fetchall()
        }


def _make(source: SignalSource, keys: list[int], *, now: datetime) -> None:
    # The lock makes the cap exact when batches race.
    SignalSource.objects.select_for_update(no_key=True).get(pk=source.pk)
    room = max(0, MAX_CURSORS - SeriesCursor.objects.filter(source=source).count())
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO incidents_seriescursor (source_id, key, seen_at)"
            " SELECT %s, fresh.key, %s FROM unnest(%s::bigint[]) AS fresh(key) ORDER BY fresh.key"
            " ON CONFLICT DO NOTHING",
            [source.pk, now, array(keys[:room])],
        )
