"""How much of the last week a threshold could not have judged: too few samples, nothing at all, or no such series."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from incidents.detection.choices import WATCHED, Metric
from incidents.detection.evaluation import tick_of
from incidents.detection.series import SignalSeries
from incidents.detection.versions import ThresholdVersion

LOOKS_BACK = timedelta(days=7)
# Measures that say nothing about fewer samples than their minimum. The others count what there is.
NEED_SAMPLES = (Metric.RATIO, Metric.MEAN, Metric.BURN)
_SQL = """
WITH minute AS (
    SELECT m AS ts, coalesce(sum(b.n_raw), 0) AS n
      FROM generate_series(%(start)s::timestamptz, %(end)s::timestamptz - interval '1 min', interval '1 min') m
      LEFT JOIN incidents_signalbucket b
             ON b.ts = m AND b.series_id = ANY(%(series)s::bigint[]) AND b.ts >= %(start)s AND b.ts < %(end)s
     GROUP BY m
), seen AS (
    SELECT ts, sum(n) OVER (ORDER BY ts ROWS BETWEEN %(before)s PRECEDING AND CURRENT ROW) AS n FROM minute
)
SELECT count(*), count(*) FILTER (WHERE n < %(least)s AND n > 0), count(*) FILTER (WHERE n = 0)
  FROM seen WHERE ts >= %(from)s
"""


@dataclass(frozen=True, slots=True)
class Blindness:
    """Share of judged minutes without a verdict, in parts per million, and the reason of most of them."""

    share_ppm: int
    reason: str


def blindness(version: ThresholdVersion, *, now: datetime) -> Blindness | None:
    """None for measures that can judge whatever little there is, and for those that read no signals at all.

    That a kind which must never come has not come is no blindness either.
    """
    if version.metric in WATCHED or version.metric == Metric.ZERO_TOLERANCE:
        return None
    series = _series_ids(version)
    if not series:
        return Blindness(1_000_000, "no_series")
    if version.metric not in NEED_SAMPLES:
        return None
    return _of_windows(version, series, now=now)


def _series_ids(version: ThresholdVersion) -> list[int]:
    kind = version.denominator_kind or version.kind
    category = version.denominator_category if version.denominator_kind else version.category
    found = SignalSeries.objects.filter(system=version.threshold.system_id, kind=kind)
    return list((found.filter(category=category) if category else found).values_list("pk", flat=True))


def _of_windows(version: ThresholdVersion, series: list[int], *, now: datetime) -> Blindness | None:
    end = tick_of(now) - timedelta(seconds=version.eval_delay_seconds)
    since = max(end - LOOKS_BACK, tick_of(version.effective_from))
    window = timedelta(seconds=version.window_seconds)
    with connection.cursor() as cursor:
        cursor.execute(
            _SQL,
            {
                "series": series,
                "start": since - window,
                "from": since,
                "end": end,
                "before": version.window_seconds // 60 - 1,
                "least": max(1, version.min_samples),
            },
        )
        judged, few, none = cursor.fetchone()
    if not judged:
        return None
    return Blindness((few + none) * 1_000_000 // judged, "no_data" if none > few else "below_minimum")
