"""What a threshold measured over the last hours, window by window, for its chart."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from math import isnan

from django.db import connection

from incidents.detection.backtest.event_past import OF_EVENTS, read_events
from incidents.detection.backtest.looking_back import trial_of
from incidents.detection.backtest.measure import Measure
from incidents.detection.choices import Metric
from incidents.detection.evaluation import tick_of
from incidents.detection.families.baselines import REACH, known_since, unusual_times
from incidents.detection.measuring import Sums, judge
from incidents.detection.parsers.signals import COUNTED_KINDS
from incidents.detection.versions import ThresholdVersion
from incidents.detection.weeks import WEEK, WEEKS, Span, length, past_weeks

MINUTE = timedelta(minutes=1)
SHORTEST = timedelta(hours=3)
LONGEST = timedelta(days=2)
POINTS = 180
SHORT_PART = 12
COLUMNS = 6  # n, bad, n_raw, value_n, value_sum, value_sumsq
_SQL = """
SELECT b.ts, sum(b.n)::bigint, sum(b.bad)::bigint, sum(b.n_raw)::bigint, sum(b.value_n)::bigint,
       sum(b.value_sum)::float8, sum(b.value_sumsq)::float8
  FROM incidents_signalseries s JOIN incidents_signalbucket b ON b.series_id = s.id
  JOIN unnest(%s::timestamptz[], %s::timestamptz[]) AS r(starts, ends) ON b.ts >= r.starts AND b.ts < r.ends
 WHERE s.system_id = %s AND s.kind = %s AND (%s = '' OR s.category = %s)
 GROUP BY b.ts ORDER BY b.ts
"""


@dataclass(frozen=True, slots=True)
class Point:
    """The value of the window that ends at `at`; `value` None means that it could not be judged."""

    at: datetime
    value: float | None


class Minutes:
    """Minutes in order, added up so that any stretch of them is two look-ups."""

    def __init__(self, rows: Sequence[tuple[datetime, tuple[float, ...]]]) -> None:
        self._times = [at for at, _counts in rows]
        columns: Iterable[tuple[float, ...]] = zip(*(counts for _at, counts in rows), strict=True)
        self._sums = [[0, *accumulate(column)] for column in columns] or [[0]] * COLUMNS

    def between(self, start: datetime, end: datetime) -> list[float]:
        first, last = bisect_left(self._times, start), bisect_left(self._times, end)
        return [sums[last] - sums[first] for sums in self._sums]


def history(version: ThresholdVersion, *, now: datetime) -> list[Point]:
    """At most 180 windows, evenly spaced, up to the newest minute that is judged. Values in the unit of `limit`."""
    window = timedelta(seconds=version.window_seconds)
    end = tick_of(now) - timedelta(seconds=version.eval_delay_seconds)
    span = min(max(SHORTEST, 4 * window), LONGEST)
    stride = max(1, int(span / MINUTE) // POINTS)
    if version.metric in OF_EVENTS:
        return _of_events(version, end, span=span, stride=stride)
    windows = _Windows.of(version, end - span - window, end)
    ends = [end - step * MINUTE for step in range(int(span / MINUTE), -1, -stride)]
    return [_point(version, at, windows.sums(at)) for at in ends]


def _of_events(version: ThresholdVersion, end: datetime, *, span: timedelta, stride: int) -> list[Point]:
    """How many different ones each window holds, of a pattern its strongest group: the number that is judged."""
    stretch = read_events(version, judged_from=end - span, end=end)
    steps = range(int(span / MINUTE), -1, -stride)
    if stretch is None:
        return [Point(end - step * MINUTE, None) for step in steps]
    values = Measure.of(trial_of(version), stretch.grid).values()
    return [_of_step(end - step * MINUTE, float(values[stretch.grid.count - step])) for step in steps]


def _of_step(at: datetime, value: float) -> Point:
    return Point(at, None if isnan(value) else value)


def _point(version: ThresholdVersion, at: datetime, sums: Sums) -> Point:
    judged = judge(version.terms, sums)
    is_known = judged.finding.reason is None and judged.value is not None
    return Point(at, float(judged.value) if is_known and judged.value is not None else None)


@dataclass(frozen=True, slots=True)
class _Windows:
    """The minutes that a version reads, and the sums of any window of them."""

    version: ThresholdVersion
    top: Minutes
    below: Minutes
    unusual: Sequence[Span]
    known_since: datetime | None

    @classmethod
    def of(cls, version: ThresholdVersion, start: datetime, end: datetime) -> "_Windows":
        is_change = version.metric == Metric.BASELINE
        ranges = [(start - back * WEEK, end - back * WEEK) for back in range(WEEKS + 1 if is_change else 1)]
        if is_change:  # an hour more at both ends, for clock changes
            ranges = [(first - timedelta(hours=1), last + timedelta(hours=1)) for first, last in ranges]
        system_id = version.threshold.system_id
        top = _read(system_id, version.kind, version.category, ranges)
        below = top
        if version.denominator_kind:
            below = _read(system_id, version.denominator_kind, version.denominator_category, ranges)
        unusual = unusual_times({system_id}, since=start - REACH).get(system_id, []) if is_change else []
        return cls(version, top, below, unusual, known_since(system_id) if is_change else None)

    def sums(self, at: datetime) -> Sums:
        window = timedelta(seconds=self.version.window_seconds)
        bad, n, raw, values = self._counts(at - window, at)
        if self.version.metric == Metric.BURN:
            short_bad, short_n, short_raw, _values = self._counts(at - window / SHORT_PART, at)
            return Sums(bad=bad, n=n, n_raw=raw, short_bad=short_bad, short_n=short_n, short_raw=short_raw)
        if self.version.metric == Metric.BASELINE:
            return self._change(at, window, bad, n)
        return Sums(bad=bad, n=n, n_raw=raw, value_n=int(values[0]), value_sum=values[1], value_sumsq=values[2])

    def _change(self, at: datetime, window: timedelta, bad: int, n: int) -> Sums:
        version = self.version
        is_per_minute = version.kind in COUNTED_KINDS and not version.denominator_kind
        weeks = past_weeks(at, window, version.timezone, excluded=self.unusual, known_since=self.known_since)
        past_bad = past_n = usable = 0
        for week in weeks:
            counts = [self._counts(*span) for span in week]
            exposure = length(week) // MINUTE if is_per_minute else sum(each[1] for each in counts)
            if exposure:
                past_bad, past_n = past_bad + sum(each[0] for each in counts), past_n + exposure
                usable += 1
        present = window // MINUTE if is_per_minute else n
        return Sums(bad=bad, n=present, past_bad=past_bad, past_n=past_n, weeks=usable)

    def _counts(self, start: datetime, end: datetime) -> tuple[int, int, int, list[float]]:
        n, bad, _raw, *values = self.top.between(start, end)
        whole, _bad, raw, *_values = self.below.between(start, end)
        return int(n if self.version.kind in COUNTED_KINDS else bad), int(whole), int(raw), values


def _read(system_id: int, kind: str, category: str, ranges: Sequence[Span]) -> Minutes:
    starts, ends = [start for start, _end in ranges], [end for _start, end in ranges]
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [starts, ends, system_id, kind, category, category])
        return Minutes([(at, tuple(counts)) for at, *counts in cursor.fetchall()])
