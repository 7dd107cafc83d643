"""Which series something counts in: found by its fingerprint, made where it is new, up to the cap of its source."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

from django.db import connection

from incidents.detection.series import SignalSeries
from incidents.detection.sources import MAX_SERIES, SignalSource

TOO_MANY_SERIES = (
    "too_many_series",
    f"this source already has {MAX_SERIES} combinations of labels; no new ones are taken",
)


class Countable(Protocol):
    """What tells one series of a source from another."""

    @property
    def system_id(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def category(self) -> str: ...
    @property
    def labels(self) -> tuple[tuple[str, str], ...]: ...


def fingerprint(source_id: int, each: Countable) -> bytes:
    """What tells a series from every other: SHA-256 over source, system, kind, category and sorted labels."""
    parts = [source_id, each.system_id, each.kind, each.category, each.labels]
    return hashlib.sha256(json.dumps(parts, separators=(",", ":")).encode()).digest()


def known_series(prints: Iterable[bytes]) -> dict[bytes, int]:
    """The ids of those fingerprints that have a series."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT fingerprint, id FROM incidents_signalseries WHERE fingerprint = ANY(%s)", [list(prints)])
        return {bytes(mark): pk for mark, pk in cursor.fetchall()}


def new_series(
    source: SignalSource, wanted: Mapping[bytes, Countable], *, now: datetime
) -> tuple[dict[bytes, int], int]:
    """Make series as far as the cap allows; returns their ids, and how many series the source has now."""
    # The lock makes the cap exact when batches race; as a weak one it lets their receipts refer to the source.
    SignalSource.objects.select_for_update(no_key=True).get(pk=source.pk)
    room = max(0, MAX_SERIES - SignalSeries.objects.filter(source=source).count())
    fresh = [
        SignalSeries(
            fingerprint=mark,
            source=source,
            system_id=each.system_id,
            kind=each.kind,
            category=each.category,
            labels=dict(each.labels),
            first_seen_at=now,
        )
        for mark, each in sorted(wanted.items())[:room]
    ]
    SignalSeries.objects.bulk_create(fresh, ignore_conflicts=True)
    return known_series(wanted), SignalSeries.objects.filter(source=source).count()
