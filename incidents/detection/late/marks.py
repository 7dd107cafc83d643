"""Marks that minutes changed after they could have been judged, made in the transaction that changes them.

One row per series and batch, in one statement, and none while nothing is late. Rows are only added here, so that
whoever counts never waits for whoever judges again.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import models

from incidents.detection.series import SignalSeries
from incidents.detection.sources import SignalSource
from incidents.detection.ticks import MINUTE, SETTLE


class LateMark(models.Model):
    """Some minutes of a series, from the first to the last, changed late. Waits to be told to its thresholds."""

    series = models.ForeignKey(
        SignalSeries, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    first_minute = models.DateTimeField()
    last_minute = models.DateTimeField()
    noted_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"series {self.series_id} from {self.first_minute:%Y-%m-%d %H:%M} on"


def mark_late(minutes: Iterable[tuple[int, datetime]], *, source: SignalSource, now: datetime) -> None:
    """Mark those of the (series id, minute) pairs that a source may not send any more without being late."""
    before = now - timedelta(seconds=source.lateness_seconds) - MINUTE - SETTLE
    spans: dict[int, tuple[datetime, datetime]] = {}
    for series_id, minute in minutes:
        if minute < before:
            first, last = spans.get(series_id, (minute, minute))
            spans[series_id] = min(first, minute), max(last, minute)
    if spans:
        LateMark.objects.bulk_create(
            LateMark(series_id=series_id, first_minute=first, last_minute=last, noted_at=now)
            for series_id, (first, last) in sorted(spans.items())
        )
