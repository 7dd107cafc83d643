"""Reads of changes that others told about: for the chart of a threshold, the page of a system, the page of a source."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from incidents.detection import chart
from incidents.detection.change_markers import ChangeMarker
from incidents.detection.sources import SignalSource
from incidents.systems.models import AISystem

LATELY, ON_CHART = 10, 12


def marks_on_chart(system: AISystem, start: datetime, end: datetime) -> list[dict[str, Any]]:
    """The newest changes inside a chart, oldest first and numbered, each with its place. One query."""
    found = list(ChangeMarker.objects.of(system).between(start, end)[:ON_CHART])
    rows = _rows(reversed(found))
    return [
        row | {"number": number, "x": chart.place_of(row["change"].happened_at, start, end)}
        for number, row in enumerate(rows, start=1)
    ]


def changes_of_system(system: AISystem) -> list[dict[str, Any]]:
    """The newest about a system. One query."""
    return _rows(ChangeMarker.objects.of(system)[:LATELY])


def changes_of_source(source: SignalSource) -> list[dict[str, Any]]:
    """The newest that a source told about. One query."""
    found = ChangeMarker.objects.filter(source=source).select_related("source", "system")
    return _rows(found.order_by("-happened_at", "-pk")[:LATELY])


def _rows(changes: Iterable[ChangeMarker]) -> list[dict[str, Any]]:
    return [
        {"change": change, "links": [{"url": url, "text": text or url} for url, text in change.links]}
        for change in changes
    ]
