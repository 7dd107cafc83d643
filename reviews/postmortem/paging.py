"""Lists by key: the next page starts after a row, never at a number of rows to skip."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet

PAGE_SIZE = 25
SEPARATOR = "~"
# Beyond these a time cannot be turned into UTC.
FIRST_YEAR, LAST_YEAR = 1000, 9000
PK = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Order:
    """By which column a list goes, with the id as its tail; empty values come last."""

    field: str
    direction: str = "ascending"
    holds: type[date] = date

    @property
    def is_ascending(self) -> bool:
        return self.direction == "ascending"

    def terms(self, *, backwards: bool) -> tuple[str, str]:
        sign = "" if self.is_ascending != backwards else "-"
        return f"{sign}{self.field}", f"{sign}id"


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, and the keys of the pages before and after; empty where there is none."""

    rows: list[Any]
    before: str = ""
    after: str = ""


def page(rows: QuerySet[Any], *, order: Order, before: str = "", after: str = "") -> Page:
    """The page that starts after the key `after`, or ends before the key `before`. Malformed keys are the start."""
    backwards = bool(before)
    key = _read(before or after, order)
    beyond = rows.filter(_beyond(order, key, backwards=backwards)) if key else rows
    found = list(beyond.order_by(*order.terms(backwards=backwards and key is not None))[: PAGE_SIZE + 1])
    has_more, shown = len(found) > PAGE_SIZE, found[:PAGE_SIZE]
    if key is None:
        return Page(shown, after=_write(shown[-1], order) if has_more else "")
    if backwards:
        shown.reverse()
        return Page(shown, before=_write(shown[0], order) if has_more else "", after=_last(shown, order))
    return Page(shown, before=_first(shown, order), after=_write(shown[-1], order) if has_more else "")


def _beyond(order: Order, key: tuple[date | None, int], *, backwards: bool) -> Q:
    """Rows on the far side of the key. Only ascending lists have empty values, and those stand at their end."""
    value, pk = key
    side = "gt" if order.is_ascending != backwards else "lt"
    if value is None:
        same = Q(**{f"{order.field}__isnull": True, f"id__{side}": pk})
        return same if side == "gt" else same | Q(**{f"{order.field}__isnull": False})
    beyond = Q(**{f"{order.field}__{side}": value}) | Q(**{order.field: value, f"id__{side}": pk})
    return beyond | Q(**{f"{order.field}__isnull": True}) if side == "gt" else beyond


def _write(row: Any, order: Order) -> str:
    value = getattr(row, order.field)
    return f"{value.isoformat() if value else ''}{SEPARATOR}{row.pk}"


def _first(shown: list[Any], order: Order) -> str:
    return _write(shown[0], order) if shown else ""


def _last(shown: list[Any], order: Order) -> str:
    return _write(shown[-1], order) if shown else ""


def _read(key: str, order: Order) -> tuple[date | None, int] | None:
    text, _separator, pk = key.partition(SEPARATOR)
    if not PK.fullmatch(pk):
        return None
    try:
        value = order.holds.fromisoformat(text) if text else None
    except ValueError:
        return None
    if isinstance(value, datetime) and (value.tzinfo is None or not FIRST_YEAR <= value.year <= LAST_YEAR):
        return None
    return value, int(pk)
