"""Judging all thresholds of a shard with one statement.

The statement picks the version in force at the tick, adds up the window of each threshold from the covering keys
of the buckets and compares. It returns only thresholds whose truth may change their state or whose timer runs;
`step` then decides. Windows of at most an hour read minutes; longer ones read hours and the minutes at the edges.
A threshold without a category reads every series of its kind, one with a category the series of that category.
The comparison is whole numbers; the Wilson bound is the formula of `statistics.wilson_lower`, operation by operation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from incidents.detection.parsers.signals import COUNTED_KINDS
from incidents.detection.statistics import MILLION, Z
from incidents.detection.step import Finding, Reason, Truth

HOUR_SECONDS = 3_600
_COUNTED = ", ".join(f"'{kind}'" for kind in sorted(COUNTED_KINDS))
_Z = " ".join(f"WHEN '{confidence}' THEN {z!r}::float8" for confidence, z in Z.items())


def _sum_minutes(series: str, start: str, end: str) -> str:
    return f"""
        SELECT coalesce(sum(b.n), 0)::bigint AS n, coalesce(sum(b.bad), 0)::bigint AS bad,
               coalesce(sum(b.n_raw), 0)::bigint AS n_raw
          FROM incidents_signalbucket b WHERE b.series_id = {series} AND b.ts >= {start} AND b.ts < {end}
    """  # noqa: S608 - built from constants


def _sum_hours(series: str, start: str, end: str) -> str:
    """Whole hours from the hour buckets, the rest at both ends from the minutes."""
    return f"""
        SELECT coalesce(sum(part.n), 0)::bigint AS n, coalesce(sum(part.bad), 0)::bigint AS bad,
               coalesce(sum(part.n_raw), 0)::bigint AS n_raw FROM (
            SELECT h.n, h.bad, h.n_raw FROM incidents_hourbucket h
             WHERE h.series_id = {series} AND h.ts >= v.first_hour AND h.ts < v.last_hour
            UNION ALL
            SELECT b.n, b.bad, b.n_raw FROM incidents_signalbucket b
             WHERE b.series_id = {series} AND b.ts >= {start} AND b.ts < least(v.first_hour, {end})
            UNION ALL
            SELECT b.n, b.bad, b.n_raw FROM incidents_signalbucket b
             WHERE b.series_id = {series} AND b.ts >= greatest(v.last_hour, {start}) AND b.ts < {end}
        ) part
    """  # noqa: S608 - built from constants


def _totals(name: str, *, kind: str, category: str, only: str) -> str:
    """Per threshold the sums of every series that it selects, short and long windows apart."""
    halves = []
    for sums, condition in (
        (_sum_minutes, f"v.window_seconds <= {HOUR_SECONDS}"),
        (_sum_hours, f"v.window_seconds > {HOUR_SECONDS}"),
    ):
        for match in (f"s.category = v.{category} AND v.{category} <> ''", f"v.{category} = ''"):
            halves.append(
                f"""SELECT v.threshold_id, w.n, w.bad, w.n_raw FROM version v
                      JOIN incidents_signalseries s ON s.system_id = v.system_id AND s.kind = v.{kind} AND {match}
                     CROSS JOIN LATERAL ({sums("s.id", "v.starts", "v.judged_to")}) w
                     WHERE {condition} AND {only}"""  # noqa: S608 - built from constants
            )
    return f"""{name} AS (
        SELECT threshold_id, sum(n)::bigint AS n, sum(bad)::bigint AS bad, sum(n_raw)::bigint AS n_raw
          FROM ({" UNION ALL ".join(halves)}) u GROUP BY threshold_id
    )"""  # noqa: S608 - built from constants


_SQL = f"""
WITH version AS MATERIALIZED (
    SELECT t.id AS threshold_id, t.system_id, x.*,
           x.judged_to - make_interval(secs => x.window_seconds) AS starts,
           date_trunc('hour', x.judged_to - make_interval(secs => x.window_seconds) + interval '59 min', 'UTC')
               AS first_hour,
           date_trunc('hour', x.judged_to, 'UTC') AS last_hour
      FROM incidents_threshold t
     CROSS JOIN LATERAL (
        SELECT id AS version_id, kind, category, denominator_kind, denominator_category, metric, window_seconds, op,
               "limit" AS amount, coalesce(clear_limit, CASE metric WHEN 'ratio' THEN "limit" * 8 / 10 ELSE "limit" END)
               AS clear_amount, min_samples, confidence, no_data,
               %(tick_at)s::timestamptz - make_interval(secs => eval_delay_seconds) AS judged_to
          FROM incidents_thresholdversion
         WHERE threshold_id = t.id AND effective_from <= %(tick_at)s
         ORDER BY effective_from DESC, id DESC LIMIT 1
     ) x
     WHERE t.shard = %(shard)s AND x.metric IN ('ratio', 'count')
       AND (t.mode = 'active' OR t.mode = 'shadow' OR %(only)s::bigint[] IS NOT NULL)
       AND (%(only)s::bigint[] IS NULL OR t.id = ANY(%(only)s::bigint[]))
), {_totals("numerator", kind="kind", category="category", only="true")},
{_totals("denominator", kind="denominator_kind", category="denominator_category", only="v.denominator_kind <> ''")},
counted AS (
    SELECT v.*,
           coalesce(CASE WHEN v.kind IN ({_COUNTED}) THEN a.n ELSE a.bad END, 0) AS bad,
           coalesce(CASE WHEN v.denominator_kind = '' THEN a.n ELSE d.n END, 0) AS n,
           coalesce(CASE WHEN v.denominator_kind = '' THEN a.n_raw ELSE d.n_raw END, 0) AS n_raw
      FROM version v
      LEFT JOIN numerator a USING (threshold_id)
      LEFT JOIN denominator d USING (threshold_id)
), bounded AS (
    SELECT c.*, CASE WHEN metric = 'count' THEN bad::numeric ELSE bad::numeric * {MILLION} END AS part,
           CASE WHEN metric = 'count' THEN amount::numeric ELSE amount::numeric * n END AS line,
           CASE WHEN metric = 'count' THEN clear_amount::numeric ELSE clear_amount::numeric * n END AS clear_line,
           CASE WHEN metric = 'ratio' AND confidence <> 'none' AND n > 0 AND n_raw > 0 AND bad <= n THEN
             (bad::float8 / n + z.z * z.z / (2.0::float8 * n_raw)
              - z.z * sqrt(bad::float8 / n * (1.0::float8 - bad::float8 / n) / n_raw
                           + z.z * z.z / (4.0::float8 * n_raw * n_raw)))
             / (1.0::float8 + z.z * z.z / n_raw) * {MILLION}::float8
           END AS bound
      FROM counted c CROSS JOIN LATERAL (SELECT CASE c.confidence {_Z} END AS z) z
), found AS (
    SELECT b.*,
           CASE WHEN metric = 'count' THEN ''
                WHEN n = 0 AND bad = 0 THEN 'no_data'
                WHEN n = 0 OR bad > n THEN 'invalid'
                WHEN n_raw < min_samples THEN 'below_minimum'
                ELSE '' END AS unknown,
           CASE op WHEN 'gt' THEN part > line ELSE part >= line END
               AND CASE WHEN bound IS NULL THEN true WHEN op = 'gt' THEN bound > amount ELSE bound >= amount END
               AS is_over,
           CASE op WHEN 'gt' THEN part <= clear_line ELSE part < clear_line END AS is_clear
      FROM bounded b
)
SELECT f.threshold_id, f.version_id, f.judged_to, f.bad, f.n, f.n_raw, round(f.bound)::bigint AS bound_ppm, f.unknown,
       f.is_over, f.is_clear
  FROM found f
  LEFT JOIN incidents_thresholdstate s ON s.threshold_id = f.threshold_id AND s.group_key = ''
 WHERE %(only)s::bigint[] IS NOT NULL
    OR CASE coalesce(s.status, 'ok')
         WHEN 'ok' THEN CASE WHEN f.unknown = '' THEN f.is_over ELSE f.unknown = 'no_data' AND f.no_data <> 'ok' END
         WHEN 'firing' THEN (f.unknown = '' AND f.is_clear) OR (f.unknown = 'no_data' AND f.no_data <> 'alert')
         WHEN 'no_data' THEN f.unknown <> 'no_data' OR f.no_data <> 'hold' OR s.held_from IN ('pending', 'recovering')
         ELSE true END
 ORDER BY f.threshold_id
"""  # noqa: S608 - built from constants


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What one threshold measured in one window."""

    threshold_id: int
    version_id: int
    judged_to: datetime
    bad: int
    n: int
    n_raw: int
    bound_ppm: int | None
    unknown: str
    is_over: bool
    is_clear: bool

    @property
    def finding(self) -> Finding:
        if self.unknown:
            return Finding(Truth.UNKNOWN, reason=Reason(self.unknown))
        return Finding(Truth.TRUE if self.is_over else Truth.FALSE, is_clear=self.is_clear)


def changed(*, shard: int, tick_at: datetime) -> list[Evaluation]:
    """The thresholds of a shard that may change their state at a tick, or whose timers run, by id."""
    return _run(shard=shard, tick_at=tick_at, only=None)


def values_now(threshold_ids: Sequence[int], *, tick_at: datetime, shard: int = 0) -> dict[int, Evaluation]:
    """What the named thresholds measure at a tick, whatever their mode: for a page of them, never for all."""
    found = _run(shard=shard, tick_at=tick_at, only=list(threshold_ids))
    return {evaluation.threshold_id: evaluation for evaluation in found}


def judged_count(*, shard: int) -> int:
    """How many thresholds of a shard are judged."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM incidents_threshold WHERE shard = %s AND (mode = 'active' OR mode = 'shadow')",
            [shard],
        )
        return int(cursor.fetchone()[0])


def tick_of(moment: datetime) -> datetime:
    """The tick that a moment belongs to: ticks are whole minutes."""
    return moment.replace(second=0, microsecond=0)


def _run(*, shard: int, tick_at: datetime, only: list[int] | None) -> list[Evaluation]:
    with transaction.atomic(), connection.cursor() as cursor:
        # Plans are made for these very values: compiling them to machine code costs more than it saves.
        cursor.execute("SELECT set_config('jit', 'off', true)")
        cursor.execute(_SQL, {"shard": shard, "tick_at": tick_at, "only": only})
        return [Evaluation(*row) for row in cursor.fetchall()]
