"""The orders of the board as walks through segments (`airp/web/paging.py`)."""

from collections.abc import Sequence

from django.db.models import Q

from airp.web.paging import Segment
from incidents.classification.models import SeverityLevel
from incidents.desk.filters import Sort


def segments(sort: str, levels: Sequence[SeverityLevel]) -> list[Segment]:
    """The walk of an order. `levels` are all severity levels, worst first."""
    if sort == Sort.NEXT_DUE:
        return [
            Segment(Q(next_due_at__isnull=False), "next_due_at", is_descending=False),
            Segment(Q(next_due_at__isnull=True), "declared_at", is_descending=True),
        ]
    if sort == Sort.SEVERITY:
        return [Segment(Q(severity_id=level.pk), "declared_at", is_descending=True) for level in levels]
    return [Segment(Q(), "declared_at", is_descending=True)]
