"""Pages by key for newest-first lists: the moment and the id of the last row, written into the address."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.http import QueryDict

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def after_place[Row: Model](found: QuerySet[Row], place: str, *, key: str) -> QuerySet[Row]:
    """Rows by `key` and id, newest first, from the ones after a place on. A place nobody wrote starts anew."""
    ordered = found.order_by(f"-{key}", "-pk")
    parts = place.split(".")
    if len(parts) != 2 or not all(part.isdecimal() and len(part) < 18 for part in parts):
        return ordered
    moment, pk = EPOCH + int(parts[0]) * MICROSECOND, int(parts[1])
    return ordered.filter(Q(**{f"{key}__lte": moment}) & (Q(**{f"{key}__lt": moment}) | Q(pk__lt=pk)))


def next_url(given: QueryDict, rows: Sequence[Any], *, size: int, key: str) -> str:
    """The address of the next page, with the filters kept; empty on the last one. `rows` holds one more than `size`."""
    if len(rows) <= size:
        return ""
    last = rows[size - 1]
    query = given.copy()
    query["after"] = f"{(getattr(last, key) - EPOCH) // MICROSECOND}.{last.pk}"
    return f"?{query.urlencode()}"
