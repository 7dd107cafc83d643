"""Pages by key: after or before a row, never by counting rows. The same cost on page one and page thousand.

An order is a walk through segments, each of which an index delivers in order: rows with a running clock and then
those without one; one severity level after the other. A place is segment, key and id of a row.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Segment:
    """Rows under a condition, ordered by a moment and the id, both in one direction."""

    condition: Q
    key: str
    is_descending: bool

    def ordering(self, *, is_backward: bool) -> list[str]:
        sign = "-" if self.is_descending != is_backward else ""
        return [f"{sign}{self.key}", f"{sign}id"]

    def beyond(self, place: "Place", *, is_backward: bool) -> Q:
        """The rows on the far side of a place. The first test lets the index start there."""
        side = "lt" if self.is_descending != is_backward else "gt"
        same = Q(**{f"{self.key}__{side}": place.moment}) | Q(**{f"id__{side}": place.pk})
        return Q(**{f"{self.key}__{side}e": place.moment}) & same


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands in an order; written into URLs as segment.microseconds.id."""

    segment: int
    moment: datetime
    pk: int

    def __str__(self) -> str:
        return f"{self.segment}.{(self.moment - EPOCH) // MICROSECOND}.{self.pk}"

    @classmethod
    def read(cls, text: str) -> "Place | None":
        parts = text.split(".")
        if len(parts) != 3 or not all(part.isdecimal() and len(part) < 19 for part in parts):
            return None
        try:
            return cls(int(parts[0]), EPOCH + int(parts[1]) * MICROSECOND, int(parts[2]))
        except OverflowError:
            return None


@dataclass(frozen=True, slots=True)
class Page:
    """Rows with the places to go on from; None where the list ends."""

    rows: list[Row]
    newer: Place | None
    older: Place | None


def page(
    found: QuerySet[Any, Row], walk: Sequence[Segment], *, size: int, after: Place | None, before: Place | None
) -> Page:
    """The page after or before a place, or the first one. `found` yields dicts with the keys and the id."""
    start = before or after
    is_backward = before is not None
    rows: list[tuple[Place, Row]] = []
    for number, segment, condition in _from(walk, start, is_backward=is_backward):
        wanted = size + 1 - len(rows)
        part = found.filter(segment.condition & condition).order_by(*segment.ordering(is_backward=is_backward))
        rows += [(Place(number, row[segment.key], row["id"]), row) for row in part[:wanted]]
        if len(rows) > size:
            break
    is_more = len(rows) > size
    shown = rows[:size][::-1] if is_backward else rows[:size]
    if not shown:
        return Page([], None, None)
    has_newer = is_more if is_backward else after is not None
    has_older = True if is_backward else is_more
    return Page([row for _, row in shown], shown[0][0] if has_newer else None, shown[-1][0] if has_older else None)


def _from(walk: Sequence[Segment], start: Place | None, *, is_backward: bool) -> Iterator[tuple[int, Segment, Q]]:
    """The segments from a place on, the first with the condition that begins beyond it."""
    numbered = list(enumerate(walk))
    for number, segment in reversed(numbered) if is_backward else numbered:
        if start is None or (number < start.segment if is_backward else number > start.segment):
            yield number, segment, Q()
        elif number == start.segment:
            yield number, segment, segment.beyond(start, is_backward=is_backward)
