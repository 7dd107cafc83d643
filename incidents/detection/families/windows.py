"""The parts of every family's statement that say which thresholds are judged and what their windows hold.

Windows of at most an hour read minutes; longer ones read hours, and the minutes at their edges. A threshold without
a category reads every series of its kind, one with a category the series of that category. Parts of SQL only.
"""

from collections.abc import Sequence

HOUR_SECONDS = 3_600
COUNTS = {"n": "bigint", "bad": "bigint", "n_raw": "bigint"}
SCORES = {"value_n": "bigint", "value_sum": "float8", "value_sumsq": "float8"}


def versions(metrics: Sequence[str]) -> str:
    """The version in force of each threshold of these metrics that is judged, or of those that are asked for."""
    names = ", ".join(f"'{metric}'" for metric in metrics)
    return f"""version AS MATERIALIZED (
        SELECT t.id AS threshold_id, t.system_id, x.*, {_span("", "x.window_seconds")},
               {_span("short_", "x.short_seconds")},
               date_trunc('hour', x.judged_to, 'UTC') AS last_hour
          FROM incidents_threshold t
         CROSS JOIN LATERAL (
            SELECT id AS version_id, kind, category, denominator_kind, denominator_category, metric, window_seconds,
                   window_seconds / 12 AS short_seconds, op, "limit" AS act_limit, clear_limit, warn_limit,
                   min_samples, confidence, budget_ppm, floor_count, timezone, no_data,
                   %(tick_at)s::timestamptz - make_interval(secs => eval_delay_seconds) AS judged_to
              FROM incidents_thresholdversion
             WHERE threshold_id = t.id AND effective_from <= %(tick_at)s
             ORDER BY effective_from DESC, id DESC LIMIT 1
         ) x
         WHERE x.metric IN ({names})
           AND (%(only)s::bigint[] IS NULL OR t.id = ANY(%(only)s::bigint[]))
           AND (%(only)s::bigint[] IS NOT NULL OR t.shard = %(shard)s AND (t.mode = 'active' OR t.mode = 'shadow'))
    )"""  # noqa: S608 - built from constants


def _span(name: str, seconds: str) -> str:
    start = f"x.judged_to - make_interval(secs => {seconds})"
    return f"""{start} AS {name}starts,
               date_trunc('hour', {start} + interval '59 min', 'UTC') AS {name}first_hour"""


def totals(
    name: str,
    *,
    kind: str = "kind",
    category: str = "category",
    only: str = "true",
    span: str = "",
    columns: dict[str, str] = COUNTS,
) -> str:
    """Per threshold the sums of every series that it selects, short and long windows apart."""
    halves = []
    wanted = ", ".join(f"w.{column}" for column in columns)
    seconds = f"v.{span or 'window_'}seconds"
    for sums, condition in (
        (_minutes(span, columns), f"{seconds} <= {HOUR_SECONDS}"),
        (_hours(span, columns), f"{seconds} > {HOUR_SECONDS}"),
    ):
        for match in (f"s.category = v.{category} AND v.{category} <> ''", f"v.{category} = ''"):
            halves.append(
                f"""SELECT v.threshold_id, {wanted} FROM version v
                      JOIN incidents_signalseries s ON s.system_id = v.system_id AND s.kind = v.{kind} AND {match}
                     CROSS JOIN LATERAL ({sums}) w WHERE {condition} AND {only}"""  # noqa: S608 - from constants
            )
    return f"""{name} AS (
        SELECT threshold_id, {_summed("u", columns)} FROM ({" UNION ALL ".join(halves)}) u GROUP BY threshold_id
    )"""  # noqa: S608 - built from constants


def denominators(name: str, *, span: str = "") -> str:
    """The totals of the other signals that a share is out of, where it is out of others."""
    return totals(
        name,
        kind="denominator_kind",
        category="denominator_category",
        only="v.denominator_kind <> ''",
        span=span,
    )


def _minutes(span: str, columns: dict[str, str]) -> str:
    return f"""SELECT {_summed("b", columns)} FROM incidents_signalbucket b
                WHERE b.series_id = s.id AND b.ts >= v.{span}starts AND b.ts < v.judged_to"""  # noqa: S608


def _hours(span: str, columns: dict[str, str]) -> str:
    """Whole hours from the hour buckets, the rest at both ends from the minutes."""
    wanted = ", ".join(columns)
    start, first = f"v.{span}starts", f"v.{span}first_hour"
    return f"""SELECT {_summed("part", columns)} FROM (
                SELECT {wanted} FROM incidents_hourbucket
                 WHERE series_id = s.id AND ts >= {first} AND ts < v.last_hour
                UNION ALL
                SELECT {wanted} FROM incidents_signalbucket
                 WHERE series_id = s.id AND ts >= {start} AND ts < least({first}, v.judged_to)
                UNION ALL
                SELECT {wanted} FROM incidents_signalbucket
                 WHERE series_id = s.id AND ts >= greatest(v.last_hour, {start}) AND ts < v.judged_to
               ) part"""  # noqa: S608 - built from constants


def _summed(source: str, columns: dict[str, str]) -> str:
    return ", ".join(f"coalesce(sum({source}.{name}), 0)::{kind} AS {name}" for name, kind in columns.items())
