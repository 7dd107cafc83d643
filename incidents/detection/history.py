"""What a threshold measured over the last hours, window by window, for its chart."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from incidents.detection.choices import EVENT_METRICS, Metric
from incidents.detection.evaluation import tick_of
from incidents.detection.parsers.signals import COUNTED_KINDS
from incidents.detection.versions import ThresholdVersion

MINUTE = timedelta(minutes=1)
SHORTEST = timedelta(hours=3)
LONGEST = timedelta(days=2)
POINTS = 180
_SQL = """
SELECT b.ts, sum(b.n)::bigint, sum(b.bad)::bigint, sum(b.n_raw)::bigint
  FROM incidents_signalseries s JOIN incidents_signalbucket b ON b.series_id = s.id
 WHERE s.system_id = %s AND s.kind = %s AND (%s = '' OR s.category = %s) AND b.ts >= %s AND b.ts < %s
 GROUP BY b.ts
"""
Minutes = dict[datetime, tuple[int, int, int]]


@dataclass(frozen=True, slots=True)
class Point:
    """The value of the window that ends at `at`; `value` None means that it could not be judged."""

    at: datetime
    bad: int
    n: int
    value: float | None


def history(version: ThresholdVersion, *, now: datetime) -> list[Point]:
    """At most 180 windows, evenly spaced, up to the newest minute that is judged. Values in the unit of `limit`."""
    window = timedelta(seconds=version.window_seconds)
    end = tick_of(now) - timedelta(seconds=version.eval_delay_seconds)
    span = min(max(SHORTEST, 4 * window), LONGEST)
    stride = max(1, int(span / MINUTE) // POINTS)
    bad, whole, seen = _minutes(version, end - span - window, end)
    steps = range(int(span / MINUTE), -1, -stride)
    return [_point(version, end - step * MINUTE, window, bad, whole, seen) for step in steps]


def _minutes(
    version: ThresholdVersion, start: datetime, end: datetime
) -> tuple[dict[datetime, int], dict[datetime, int], dict[datetime, int]]:
    system_id = version.threshold.system_id
    top = _read(system_id, version.kind, version.category, start, end)
    below = (
        _read(system_id, version.denominator_kind, version.denominator_category, start, end)
        if version.denominator_kind
        else top
    )
    place = 0 if version.kind in COUNTED_KINDS else 1
    return (
        {at: row[place] for at, row in top.items()},
        {at: row[0] for at, row in below.items()},
        {at: row[2] for at, row in below.items()},
    )


def _read(system_id: int, kind: str, category: str, start: datetime, end: datetime) -> Minutes:
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [system_id, kind, category, category, start, end])
        return {at: (n, bad, n_raw) for at, n, bad, n_raw in cursor.fetchall()}


def _point(
    version: ThresholdVersion,
    at: datetime,
    window: timedelta,
    bad: dict[datetime, int],
    whole: dict[datetime, int],
    seen: dict[datetime, int],
) -> Point:
    count, total, raw = (_sum(minutes, at - window, at) for minutes in (bad, whole, seen))
    if version.metric == Metric.COUNT or version.metric in EVENT_METRICS:
        return Point(at, count, total, float(count))
    is_judged = total > 0 and raw >= version.min_samples
    return Point(at, count, total, count * 1_000_000 / total if is_judged else None)


def _sum(minutes: dict[datetime, int], start: datetime, end: datetime) -> int:
    return sum(amount for at, amount in minutes.items() if start <= at < end)
