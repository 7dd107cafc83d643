"""Reading what signals said in the past, as grids: minutes where they are kept, hours before them.

One statement brings all of it. It is copied in PostgreSQL's binary form, in which every row is as long as the next,
so that numpy reads a month of minutes without making objects of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from incidents.detection.backtest.grid import BROKEN, HOUR, MINUTE, WHOLE, Grid, epoch_minutes
from incidents.detection.backtest.stretches import Past, Stretch
from incidents.detection.evaluation import tick_of
from incidents.detection.parsers.signals import COUNTED_KINDS
from incidents.detection.retention import KEEP_MINUTES
from incidents.detection.versions import ThresholdVersion

_NAMES = ("part", "cell", *WHOLE, "received", *BROKEN)
_ROW = np.dtype(
    [
        ("fields", ">i2"),
        *(
            (f"{prefix}_{name}", form)
            for name in _NAMES
            for prefix, form in (("size", ">i4"), ("as", ">f8" if name in BROKEN else ">i8"))
        ),
    ]
)
_HEADER_BYTES, _TRAILER_BYTES = 19, 2
_PART = """
SELECT {part}::bigint, (extract(epoch FROM b.ts) / 60)::bigint, sum({bad})::bigint, sum(b.n)::bigint,
       sum(b.n_raw)::bigint, sum(b.value_n)::bigint, (extract(epoch FROM max(b.last_received_at)) * 1000000)::bigint,
       sum(b.value_sum)::float8, sum(b.value_sumsq)::float8
  FROM incidents_signalseries s JOIN {table} b ON b.series_id = s.id
 WHERE s.system_id = %s AND s.kind = %s AND (%s = '' OR s.category = %s) AND b.ts >= %s AND b.ts < %s
 GROUP BY b.ts
"""
_TABLES = {MINUTE: "incidents_signalbucket", HOUR: "incidents_hourbucket"}


@dataclass(frozen=True, slots=True)
class _Span:
    unit: timedelta
    read_from: datetime
    judged_from: datetime
    end: datetime


def read_past(version: ThresholdVersion, *, days: int, now: datetime) -> Past:
    """The last `days` days as a version would see them, up to the newest minute that it would have judged."""
    end = tick_of(now) - timedelta(seconds=version.eval_delay_seconds)
    start = end - timedelta(days=days)
    spans = _spans(start, end, window=timedelta(seconds=version.window_seconds), now=now)
    rows = _rows(version, spans)
    grids = [_grid(rows, place, span, has_below=bool(version.denominator_kind)) for place, span in enumerate(spans)]
    begins_at = _begins_at(grids, spans)
    stretches = [
        Stretch(grid, max(1, grid.index_of(max(span.judged_from, begins_at + span.unit))))
        for grid, span in zip(grids, spans, strict=True)
        if begins_at and begins_at < span.end
    ]
    newest = int(rows["as_received"].max()) if len(rows) else 0
    received_to = datetime.fromtimestamp(newest / 1_000_000, tz=end.tzinfo) if newest else None
    return Past(stretches, start, begins_at, spans[-1].judged_from, end, received_to)


def _spans(start: datetime, end: datetime, *, window: timedelta, now: datetime) -> list[_Span]:
    """Minutes from where every window lies in days that still have them, hours before."""
    kept_from = _whole_hour(now - KEEP_MINUTES) + HOUR
    minutes_from = min(max(start, _whole_hour(kept_from + window) + HOUR), end)
    fine = _Span(MINUTE, minutes_from - window, minutes_from, end)
    if minutes_from <= start:
        return [fine]
    from_hour = _whole_hour(start)
    lead = HOUR * -(-window // HOUR)
    return [_Span(HOUR, from_hour - lead, from_hour, _whole_hour(minutes_from)), fine]


def _whole_hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _rows(version: ThresholdVersion, spans: Sequence[_Span]) -> NDArray[Any]:
    """Rows of (part, cell, figures): part is twice the place of the span, one more for the denominator."""
    bad = "b.n" if version.kind in COUNTED_KINDS else "b.bad"
    system_id = version.threshold.system_id
    parts, values = [], []
    for place, span in enumerate(spans):
        chosen = [(2 * place, bad, version.kind, version.category)]
        if version.denominator_kind:
            chosen.append((2 * place + 1, "b.bad", version.denominator_kind, version.denominator_category))
        for part, column, kind, category in chosen:
            parts.append(_PART.format(part=part, bad=column, table=_TABLES[span.unit]))
            values += [system_id, kind, category, category, span.read_from, span.end]
    # Composed here, because a cursor that counts queries takes no values for a copy.
    statement = f"COPY ({' UNION ALL '.join(parts)}) TO STDOUT (FORMAT binary)"
    composed = connection.ops.compose_sql(statement, values)  # type: ignore[attr-defined] # of PostgreSQL's backend
    with connection.cursor() as cursor, cursor.copy(composed) as copy:
        raw = b"".join(bytes(block) for block in copy)
    return np.frombuffer(raw[_HEADER_BYTES:-_TRAILER_BYTES], dtype=_ROW)


def _grid(rows: NDArray[Any], place: int, span: _Span, *, has_below: bool) -> Grid:
    """The cells of one span. What is divided by comes from the denominator where there is one."""
    minutes = int(span.unit / MINUTE)
    count = (span.end - span.read_from) // span.unit
    top = rows[rows["as_part"] == 2 * place]
    below = rows[rows["as_part"] == 2 * place + 1] if has_below else top
    cells: dict[str, NDArray[Any]] = {}
    for name in (*WHOLE, *BROKEN):
        found = below if name in ("n", "n_raw") else top
        cells[name] = np.zeros(count, np.float64 if name in BROKEN else np.int64)
        cells[name][(found["as_cell"] - epoch_minutes(span.read_from)) // minutes] = found[f"as_{name}"]
    return Grid.of(span.read_from, span.unit, cells)


def _begins_at(grids: Sequence[Grid], spans: Sequence[_Span]) -> datetime | None:
    """The start of the first cell with anything in it, or of what was asked for if that is later."""
    for grid in grids:
        counted = grid.totals["n"] + grid.totals["bad"] + grid.totals["value_n"]
        filled = np.flatnonzero(np.diff(counted))
        if len(filled):
            return max(grid.at(int(filled[0])), spans[0].judged_from)
    return None
