"""When every source of what a rule reads was silent: what is missing then is no zero, and the tick said `no data`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db import connection

from incidents.detection.backtest.grid import Flags, Grid

Selector = tuple[str, str]
_SQL = """
SELECT s.source_id, s.first_seen_at,
       array_agg(b.detected_at ORDER BY b.id) FILTER (WHERE b.id IS NOT NULL),
       array_agg(b.cleared_at ORDER BY b.id) FILTER (WHERE b.id IS NOT NULL)
  FROM (SELECT source_id, min(first_seen_at) AS first_seen_at
          FROM incidents_signalseries s JOIN unnest(%s::text[], %s::text[]) AS c(kind, category)
            ON s.kind = c.kind AND (c.category = '' OR s.category = c.category)
         WHERE system_id = %s GROUP BY source_id) s
  LEFT JOIN incidents_breach b
    ON b.group_key = 'source:' || s.source_id AND (b.cleared_at IS NULL OR b.cleared_at >= %s)
   AND EXISTS (SELECT 1 FROM incidents_thresholdversion v WHERE v.id = b.version_id AND v.metric = 'silence')
 GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Quiet:
    """When one source was known to be silent, from breach to breach; `known_from` is when it first sent."""

    known_from: datetime
    spans: Sequence[tuple[datetime, datetime | None]]


def quiet_sources(system_id: int, selectors: Sequence[Selector], *, since: datetime) -> list[Quiet]:
    """The sources of what a rule reads, with their silences."""
    kinds, categories = [kind for kind, _category in selectors], [category for _kind, category in selectors]
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [kinds, categories, system_id, since])
        return [_quiet(*row[1:]) for row in cursor.fetchall()]


def _quiet(known_from: datetime, begun: Sequence[datetime] | None, ended: Sequence[datetime | None] | None) -> Quiet:
    return Quiet(known_from, list(zip(begun or (), ended or (), strict=True)))


def heard(sources: Sequence[Quiet], grid: Grid, *, delay_seconds: int) -> Flags | None:
    """Of each index whether any source was heard at its tick; None where one always was.

    A source that had not begun yet is none that could have been heard, unless none had begun: then nothing is missing.
    """
    if not any(source.spans for source in sources):
        return None
    count, lag = grid.count + 1, delay_seconds / grid.unit.total_seconds()
    is_heard, has_begun = np.zeros(count, np.bool_), np.zeros(count, np.bool_)
    for source in sources:
        begun = np.zeros(count, np.bool_)
        begun[_first(grid, source.known_from, lag) :] = True
        speaks = begun.copy()
        for begins, ends in source.spans:
            last = count if ends is None else _last(grid, ends, lag) + 1
            speaks[_first(grid, begins, lag) : max(last, 0)] = False
        is_heard |= speaks
        has_begun |= begun
    return is_heard | ~has_begun


def _first(grid: Grid, moment: datetime, lag: float) -> int:
    """The first index whose tick is at or after a moment."""
    return max(0, int(np.ceil((moment - grid.start) / grid.unit - lag)))


def _last(grid: Grid, moment: datetime, lag: float) -> int:
    """The last index whose tick is at or before a moment."""
    return int(np.floor((moment - grid.start) / grid.unit - lag))
