"""Reading what signals said in the past, as grids: minutes where they are kept, hours before them.

One statement brings all of it as one value: every cell packed into as many bytes as the next, so that numpy reads a
month of minutes without making an object of each.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from incidents.detection.backtest.event_past import OF_EVENTS, read_event_past
from incidents.detection.backtest.grid import BROKEN, HOUR, MINUTE, WHOLE, Counts, Grid, Totals, epoch_minutes
from incidents.detection.backtest.measure import SHORT_PART, short_cells
from incidents.detection.backtest.silent import heard, quiet_sources
from incidents.detection.backtest.stretches import Past, Stretch
from incidents.detection.backtest.weekly import REACH, past_columns
from incidents.detection.backtest.what_was_known import windows_then
from incidents.detection.choices import Metric
from incidents.detection.evaluation import tick_of
from incidents.detection.families.baselines import known_since, unusual_times
from incidents.detection.parsers.signals import COUNTED_KINDS
from incidents.detection.retention import KEEP_MINUTES
from incidents.detection.versions import ThresholdVersion
from incidents.detection.weeks import Span

_NAMES = ("part", "cell", *WHOLE, "received", "known", "partly")
_ROW = np.dtype([(name, ">i8") for name in _NAMES] + [(name, ">f8") for name in BROKEN])
# The minute from which a cell was known, where the window that it ends was judged without it; 0 where it was there.
_KNOWN = """CASE WHEN b.first_received_at > b.ts + interval '{due} seconds'
    THEN ceil(extract(epoch FROM b.first_received_at) / 60)::bigint ELSE 0 END"""
_PARTLY = """count(*) FILTER (WHERE b.last_received_at > b.ts + interval '{due} seconds'
    AND b.first_received_at <= b.ts + interval '{due} seconds')"""
_PART = f"""
SELECT int8send({{part}}) || int8send((extract(epoch FROM b.ts) / 60)::bigint) || int8send(sum({{bad}})::bigint)
       || int8send(sum(b.n)::bigint) || int8send(sum(b.n_raw)::bigint) || int8send(sum(b.value_n)::bigint)
       || int8send((extract(epoch FROM max(b.last_received_at)) * 1000000)::bigint)
       || int8send({_KNOWN}) || int8send({_PARTLY})
       || float8send(sum(b.value_sum)::float8) || float8send(sum(b.value_sumsq)::float8) AS cell
  FROM incidents_signalseries s JOIN {{table}} b ON b.series_id = s.id
 WHERE s.system_id = %s AND s.kind = %s AND (%s = '' OR s.category = %s) AND b.ts >= %s AND b.ts < %s
 GROUP BY b.ts, {_KNOWN}
"""  # noqa: S608 - built from constants
_UNUSED = frozenset({"short_value_n", "short_value_sum", "short_value_sumsq"})
# They begin with the first signal of the system: until one of their own comes there are none, and that is known.
FROM_THE_FIRST = (Metric.BASELINE, Metric.ZERO_TOLERANCE)
_TABLES = {MINUTE: "incidents_signalbucket", HOUR: "incidents_hourbucket"}


@dataclass(frozen=True, slots=True)
class _Span:
    unit: timedelta
    read_from: datetime
    judged_from: datetime
    end: datetime


def read_past(version: ThresholdVersion, *, days: int, now: datetime) -> Past:
    """The last `days` days as a version would see them, up to the newest minute that it would have judged."""
    if version.metric in OF_EVENTS:
        return read_event_past(version, days=days, now=now)
    is_at_once = version.metric == Metric.ZERO_TOLERANCE
    # A single event fires as it comes, so nothing waits for what is late.
    end = tick_of(now) - timedelta(seconds=0 if is_at_once else version.eval_delay_seconds)
    start = end - timedelta(days=days)
    spans = _spans(start, end, window=timedelta(seconds=version.window_seconds), reach=_reach(version), now=now)
    rows = _rows(version, spans)
    grids = [_grid(rows, place, span, has_below=bool(version.denominator_kind)) for place, span in enumerate(spans)]
    since = known_since(version.threshold.system_id) if version.metric in FROM_THE_FIRST else None
    begins_at = _begins_at(grids, spans) if since is None else max(since, spans[0].judged_from)
    firsts = [
        grid.index_of(max(span.judged_from, (begins_at or end) + span.unit))
        for grid, span in zip(grids, spans, strict=True)
    ]
    held = _held(version, grids, since=since, end=end)
    kept = [
        (place, Stretch(grids[place].holding(held[place]), max(1, firsts[place])))
        for place, span in enumerate(spans)
        if begins_at and begins_at < span.end
    ]
    newest = int(rows["received"].max()) if len(rows) else 0
    received_to = datetime.fromtimestamp(newest / 1_000_000, tz=end.tzinfo) if newest else None
    late = int(np.count_nonzero(rows["known"]))
    return Past(
        stretches=[stretch for _place, stretch in kept],
        asked_from=start,
        begins_at=begins_at,
        minutes_from=spans[-1].judged_from,
        end=end,
        received_to=received_to,
        then=[_then(version, rows, place, stretch) for place, stretch in kept] if late and not is_at_once else (),
        late=late,
        partly_late=int(rows["partly"].sum()) if len(rows) else 0,
    )


def _spans(start: datetime, end: datetime, *, window: timedelta, reach: timedelta, now: datetime) -> list[_Span]:
    """Minutes from where every window lies in days that still have them, hours before. `reach`: how far rules look."""
    kept_from = _whole_hour(now - KEEP_MINUTES) + HOUR
    minutes_from = min(max(start, _whole_hour(kept_from + window + reach) + HOUR), end)
    fine = _Span(MINUTE, minutes_from - window - reach, minutes_from, end)
    if minutes_from <= start:
        return [fine]
    from_hour = _whole_hour(start)
    lead = HOUR * -(-window // HOUR)
    return [_Span(HOUR, from_hour - lead - reach, from_hour, _whole_hour(minutes_from)), fine]


def _reach(version: ThresholdVersion) -> timedelta:
    """How far back a rule looks beside its window."""
    return REACH if version.metric == Metric.BASELINE else timedelta(0)


def _whole_hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _rows(version: ThresholdVersion, spans: Sequence[_Span]) -> NDArray[Any]:
    """Rows of (part, cell, figures): part is twice the place of the span, one more for the denominator."""
    bad = "b.n" if version.kind in COUNTED_KINDS else "b.bad"
    system_id = version.threshold.system_id
    parts: list[str] = []
    values: list[Any] = []
    for place, span in enumerate(spans):
        chosen = [(2 * place, bad, version.kind, version.category)]
        if version.denominator_kind:
            chosen.append((2 * place + 1, "b.bad", version.denominator_kind, version.denominator_category))
        for part, column, kind, category in chosen:
            due = int(span.unit.total_seconds()) + version.eval_delay_seconds
            parts.append(_PART.format(part=part, bad=column, table=_TABLES[span.unit], due=due))
            values += [system_id, kind, category, category, span.read_from, span.end]
    statement = f"SELECT string_agg(cell, ''::bytea) FROM ({' UNION ALL '.join(parts)}) cells"  # noqa: S608 - constants
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        packed = cursor.fetchone()[0]
    return np.frombuffer(packed or b"", dtype=_ROW)


def _grid(rows: NDArray[Any], place: int, span: _Span, *, has_below: bool) -> Grid:
    """The cells of one span."""
    count = (span.end - span.read_from) // span.unit
    cells: dict[str, NDArray[Any]] = {}
    for name in (*WHOLE, *BROKEN):
        found = _part(rows, place, name, has_below=has_below)
        cells[name] = np.zeros(count, np.float64 if name in BROKEN else np.int64)
        np.add.at(cells[name], _cells(found, span.read_from, span.unit), found[name])
    return Grid.of(span.read_from, span.unit, cells)


def _part(rows: NDArray[Any], place: int, name: str, *, has_below: bool) -> NDArray[Any]:
    """The rows of a column. What is divided by comes from the denominator where there is one."""
    found: NDArray[Any] = rows[rows["part"] == 2 * place + (has_below and name in ("n", "n_raw"))]
    return found


def _cells(rows: NDArray[Any], start: datetime, unit: timedelta) -> Counts:
    found: Counts = (rows["cell"].astype(np.int64) - epoch_minutes(start)) // int(unit / MINUTE)
    return found


def _held(
    version: ThresholdVersion, grids: Sequence[Grid], *, since: datetime | None, end: datetime
) -> list[Mapping[str, Totals]]:
    """What windows hold beside sums: past weeks, and whether any source was heard."""
    system_id, start = version.threshold.system_id, grids[0].start
    sources = quiet_sources(system_id, [(version.kind, version.category)], since=start)
    delay = 0 if version.metric == Metric.ZERO_TOLERANCE else version.eval_delay_seconds
    found: list[Mapping[str, Totals]] = []
    unusual = _unusual(version, since=start)
    for grid in grids:
        is_heard = heard(sources, grid, delay_seconds=delay)
        columns: Mapping[str, Totals] = {} if is_heard is None else {"is_heard": is_heard}
        if version.metric == Metric.BASELINE:
            more = past_columns(
                grid,
                width=grid.cells_in(version.window_seconds),
                timezone=version.timezone,
                unusual=unusual,
                known_since=since,
                per_minute=version.kind in COUNTED_KINDS and not version.denominator_kind,
            )
            columns = {**columns, **more}
        found.append(columns)
    return found


def _unusual(version: ThresholdVersion, *, since: datetime) -> Sequence[Span]:
    if version.metric != Metric.BASELINE:
        return ()
    system_id = version.threshold.system_id
    return unusual_times({system_id}, since=since).get(system_id, [])


def _then(version: ThresholdVersion, rows: NDArray[Any], place: int, stretch: Stretch) -> Stretch:
    """The same stretch with what had arrived when each window was judged."""
    grid, columns = stretch.grid, {}
    widths = {"": grid.cells_in(version.window_seconds)}
    if version.metric == Metric.BURN:
        widths["short_"] = short_cells(version.window_seconds // SHORT_PART, grid)
    for prefix, width in widths.items():
        for name in WHOLE + BROKEN:
            part = _part(rows, place, name, has_below=bool(version.denominator_kind))
            late = part[part["known"] > 0]
            delay = version.eval_delay_seconds // 60
            known = -(-(late["known"].astype(np.int64) - delay - epoch_minutes(grid.start)) // int(grid.unit / MINUTE))
            columns[prefix + name.replace("n_raw", "raw" if prefix else "n_raw")] = windows_then(
                grid, name, width, cells=_cells(late, grid.start, grid.unit), known=known, late=late[name]
            )
    wanted = {name: column for name, column in columns.items() if name not in grid.held and name not in _UNUSED}
    return Stretch(grid.holding(wanted), stretch.first)


def _begins_at(grids: Sequence[Grid], spans: Sequence[_Span]) -> datetime | None:
    """The start of the first cell with anything in it, or of what was asked for if that is later."""
    for grid in grids:
        counted = grid.totals["n"] + grid.totals["bad"] + grid.totals["value_n"]
        filled = np.flatnonzero(np.diff(counted))
        if len(filled):
            return max(grid.at(int(filled[0])), spans[0].judged_from)
    return None
