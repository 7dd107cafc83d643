"""Statements over single events: how many different ones a window holds, and the strongest window of each group.

A window of a pattern ends with an event and reaches back by its length, the moment of its beginning left out, so no
border of a minute, an hour or a day cuts it. It is found in one pass: what counts is added at its moment and taken
back when it leaves the window or is seen again; a running sum of both is what the window holds at each event. Of kinds
in order each event carries the latest beginning of a run that came this far; events of one moment have no order.
Events that name nobody count as somebody else each time; where a pattern is by person, they belong to no group.
"""

from incidents.detection.choices import PATTERNS, Metric
from incidents.detection.fitting import MOST_KINDS

MOST_GROUPS = 100

_SELECTED = """
    SELECT id AS version_id, kind, category, metric, make_interval(secs => window_seconds) AS span, op,
           "limit" AS act_limit, clear_limit, warn_limit, value_of, group_by, pattern,
           CASE WHEN metric IN ('temporal', 'temporal_ordered') THEN jsonb_array_length(pattern)
                ELSE least("limit", warn_limit) END AS least_limit,
           %(tick_at)s::timestamptz - make_interval(secs => eval_delay_seconds) AS judged_to
      FROM incidents_thresholdversion
     WHERE threshold_id = t.id AND effective_from <= %(tick_at)s
     ORDER BY effective_from DESC, id DESC LIMIT 1
"""


def _versions(metrics: tuple[str, ...]) -> str:
    names = ", ".join(f"'{metric}'" for metric in metrics)
    return f"""version AS MATERIALIZED (
        SELECT t.id AS threshold_id, t.system_id, x.*, x.judged_to - x.span AS starts
          FROM incidents_threshold t CROSS JOIN LATERAL ({_SELECTED}) x
         WHERE x.metric IN ({names})
           AND (%(only)s::bigint[] IS NULL OR t.id = ANY(%(only)s::bigint[]))
           AND (%(only)s::bigint[] IS NOT NULL OR t.shard = %(shard)s AND (t.mode = 'active' OR t.mode = 'shadow'))
    ), selector AS (
        SELECT threshold_id, system_id, 0 AS label, kind, category FROM version
         WHERE metric NOT IN ('temporal', 'temporal_ordered')
        UNION ALL
        SELECT v.threshold_id, v.system_id, part.number - 1, part.item->>'kind',
               coalesce(part.item->>'category', '')
          FROM version v CROSS JOIN LATERAL jsonb_array_elements(v.pattern) WITH ORDINALITY AS part(item, number)
         WHERE v.metric IN ('temporal', 'temporal_ordered')
    ), series AS (
        SELECT c.threshold_id, c.label, s.id AS series_id, s.labels->>'version.model' AS model,
               s.source_id <> ALL(%(silent)s::bigint[]) AS is_heard
          FROM selector c
          JOIN incidents_signalseries s ON s.system_id = c.system_id AND s.kind = c.kind
                                       AND (c.category = '' OR s.category = c.category)
    ), heard AS (
        SELECT threshold_id, bool_or(is_heard) AS is_heard FROM series GROUP BY threshold_id
    )"""  # noqa: S608 - built from constants


# Whom an event is about, where the metric counts each once; what has no name is counted always.
_WHO = "CASE v.value_of WHEN 'conversation' THEN encode(o.conversation, 'hex') ELSE encode(o.person, 'hex') END"
_TERMS = "v.threshold_id, v.version_id, v.judged_to, v.metric, v.op, v.act_limit, v.clear_limit, v.warn_limit"

DISTINCT = f"""WITH {_versions((Metric.DISTINCT,))}, counted AS (
    SELECT v.threshold_id, count(DISTINCT {_WHO}) AS named,
           coalesce(sum(o.n) FILTER (WHERE {_WHO} IS NULL), 0) AS unnamed
      FROM version v JOIN series r USING (threshold_id)
      JOIN incidents_occurrence o ON o.series_id = r.series_id AND o.ts >= v.starts AND o.ts < v.judged_to
     GROUP BY v.threshold_id
)
SELECT {_TERMS}, 0 AS kinds, coalesce(h.is_heard, true), '' AS group_key,
       coalesce(c.named + c.unnamed, 0)::bigint AS held, coalesce(c.unnamed, 0)::bigint AS unnamed,
       false AS stands, 1 AS place, '' AS gone
  FROM version v LEFT JOIN counted c USING (threshold_id) LEFT JOIN heard h USING (threshold_id)
 WHERE %(only)s::bigint[] IS NOT NULL OR coalesce(c.named + c.unnamed, 0) >= v.least_limit
    OR NOT coalesce(h.is_heard, true)
    OR EXISTS (SELECT 1 FROM incidents_thresholdstate s WHERE s.threshold_id = v.threshold_id AND s.status <> 'ok')
 ORDER BY v.threshold_id
"""  # noqa: S608 - built from constants


def _runs() -> str:
    """For each kind of an ordered pattern a step: an event of it goes on from the latest beginning before it."""
    steps = [
        "begun0 AS (SELECT e.*, CASE WHEN label = 0 THEN ts END AS b0 FROM event e WHERE metric = 'temporal_ordered')"
    ]
    for label in range(1, MOST_KINDS):
        steps.append(
            f"""begun{label} AS (
        SELECT e.*, CASE WHEN label = {label} THEN max(b{label - 1}) OVER (
                   PARTITION BY threshold_id, group_key ORDER BY ts
                   RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE GROUP) END AS b{label}
          FROM begun{label - 1} e)"""  # noqa: S608 - built from constants
        )
    return ", ".join(steps)


_BEGUN = f"coalesce({', '.join(f'b{label}' for label in range(MOST_KINDS))})"

PATTERN = f"""WITH {_versions(PATTERNS)}, event AS (
    SELECT v.threshold_id, v.metric, v.span, v.starts, r.label, o.ts, o.n,
           CASE v.group_by WHEN 'person' THEN 'person:' || encode(o.person, 'hex')
                           WHEN 'conversation' THEN 'conversation:' || encode(o.conversation, 'hex')
                           WHEN 'version' THEN 'version:' || left(r.model, 240) ELSE '' END AS group_key,
           CASE v.metric WHEN 'temporal' THEN r.label::text WHEN 'value_count' THEN {_WHO} END AS once
      FROM version v JOIN series r USING (threshold_id)
      JOIN incidents_occurrence o ON o.series_id = r.series_id AND o.ts > v.starts - v.span AND o.ts < v.judged_to
), ended AS (
    SELECT e.*, CASE WHEN once IS NULL THEN n ELSE 1 END AS weight,
           CASE WHEN once IS NULL THEN ts + span ELSE least(ts + span, lead(ts) OVER (
               PARTITION BY threshold_id, group_key, once ORDER BY ts)) END AS ends
      FROM event e WHERE metric <> 'temporal_ordered' AND group_key IS NOT NULL
), moved AS (
    SELECT threshold_id, group_key, starts, ts AS at, weight AS by, true AS is_event FROM ended
    UNION ALL SELECT threshold_id, group_key, starts, ends, -weight, false FROM ended
), running AS (
    SELECT m.*, sum(by) OVER (PARTITION BY threshold_id, group_key ORDER BY at
                              RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS held FROM moved m
), {_runs()}, strongest AS (
    SELECT threshold_id, group_key, max(held)::bigint AS held FROM running WHERE is_event AND at >= starts GROUP BY 1, 2
    UNION ALL
    SELECT threshold_id, group_key, max(label + 1)::bigint FROM begun{MOST_KINDS - 1}
     WHERE group_key IS NOT NULL AND ts >= starts AND {_BEGUN} > ts - span GROUP BY 1, 2
), wanted AS (
    SELECT threshold_id, group_key, held FROM strongest JOIN version USING (threshold_id)
     WHERE held >= least_limit OR %(only)s::bigint[] IS NOT NULL
), standing AS (
    SELECT DISTINCT threshold_id, group_key FROM incidents_thresholdstate JOIN version USING (threshold_id)
     WHERE status NOT IN ('ok', 'archived')
), gone AS (
    SELECT c.threshold_id, string_agg(DISTINCT c.category, ', ') AS gone FROM selector c
     WHERE c.category <> '' AND NOT EXISTS (
               SELECT 1 FROM series r WHERE (r.threshold_id, r.label) = (c.threshold_id, c.label))
     GROUP BY c.threshold_id
), found AS (
    SELECT threshold_id, group_key, held FROM wanted
    UNION ALL
    SELECT n.threshold_id, n.group_key, coalesce(s.held, 0)
      FROM standing n LEFT JOIN strongest s ON (s.threshold_id, s.group_key) = (n.threshold_id, n.group_key)
     WHERE NOT EXISTS (
               SELECT 1 FROM wanted w WHERE (w.threshold_id, w.group_key) = (n.threshold_id, n.group_key))
    UNION ALL
    SELECT threshold_id, '', 0 FROM gone g
     WHERE NOT EXISTS (SELECT 1 FROM standing n WHERE n.threshold_id = g.threshold_id AND n.group_key = '')
       AND NOT EXISTS (SELECT 1 FROM wanted w WHERE w.threshold_id = g.threshold_id AND w.group_key = '')
), placed AS (
    SELECT f.*, n.threshold_id IS NOT NULL AS stands,
           row_number() OVER (PARTITION BY f.threshold_id
                              ORDER BY n.threshold_id IS NULL, f.held DESC, f.group_key) AS place
      FROM found f LEFT JOIN standing n ON (n.threshold_id, n.group_key) = (f.threshold_id, f.group_key)
)
SELECT {_TERMS}, jsonb_array_length(v.pattern), coalesce(h.is_heard, true), p.group_key, p.held::bigint, 0::bigint,
       p.stands, p.place, coalesce(g.gone, '')
  FROM placed p JOIN version v USING (threshold_id) LEFT JOIN heard h USING (threshold_id)
  LEFT JOIN gone g USING (threshold_id)
 WHERE p.stands OR p.place <= {MOST_GROUPS} + 1
 ORDER BY v.threshold_id, p.place
"""  # noqa: S608 - built from constants
