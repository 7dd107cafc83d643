"""From marks to thresholds: whose windows hold the minutes that changed.

Marks are deleted in the transaction that notes their thresholds, whoever does it; a killed worker leaves both as
they were.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from incidents.detection.choices import JUDGED, WATCHED, Metric
from incidents.detection.late.spans import Span, merged

AT_ONCE = 5_000
QUIET, LONGEST_WAIT = timedelta(minutes=1), timedelta(minutes=10)
# They have no windows, or fire however late already.
NOT_AGAIN = (*WATCHED, Metric.ZERO_TOLERANCE)
_TAKE = """
DELETE FROM incidents_latemark WHERE id = ANY(ARRAY(
    SELECT id FROM incidents_latemark ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED))
RETURNING series_id, first_minute, last_minute, noted_at
"""
_MATCHES = "s.kind = {0} AND ({1} = '' OR s.category = {1})"
# The versions that were in force when windows with the minute were judged, and that read its series.
_HIT = f"""
WITH mark AS (
    SELECT s.system_id, s.kind, s.category, k.*
      FROM unnest(%(series)s::bigint[], %(first)s::timestamptz[], %(last)s::timestamptz[], %(noted)s::timestamptz[])
           AS k(series_id, first_minute, last_minute, noted_at)
      JOIN incidents_signalseries s ON s.id = k.series_id
), version AS (
    SELECT t.system_id, v.*,
           lead(effective_from) OVER (PARTITION BY v.threshold_id ORDER BY effective_from, v.id) AS until
      FROM incidents_threshold t JOIN incidents_thresholdversion v ON v.threshold_id = t.id
     WHERE t.system_id IN (SELECT system_id FROM mark) AND t.mode = ANY(%(modes)s)
)
SELECT DISTINCT v.threshold_id, s.first_minute, s.last_minute, s.noted_at
  FROM mark s JOIN version v ON v.system_id = s.system_id
 WHERE v.metric <> ALL(%(not_again)s) AND (v.until IS NULL OR v.until > s.first_minute)
   AND v.effective_from <= s.last_minute + make_interval(secs => 2 * v.window_seconds + v.eval_delay_seconds + 60)
   AND ({_MATCHES.format("v.kind", "v.category")}
        OR {_MATCHES.format("v.denominator_kind", "v.denominator_category")}
        OR EXISTS (SELECT 1 FROM jsonb_to_recordset(v.pattern) p(kind text, category text)
                    WHERE {_MATCHES.format("p.kind", "coalesce(p.category, '')")}))
"""  # noqa: S608 - built from constants
_NOTE = """
INSERT INTO incidents_rejudging AS known (threshold_id, spans, noted_at, due_at, failed_count)
SELECT k.threshold_id, k.spans::jsonb, %(now)s, %(due_at)s, 0
  FROM unnest(%(thresholds)s::bigint[], %(spans)s::text[]) AS k(threshold_id, spans) ORDER BY k.threshold_id
ON CONFLICT (threshold_id) DO UPDATE
   SET spans = known.spans || excluded.spans,
       due_at = least(known.noted_at + %(longest)s, excluded.due_at)
"""


def spread_marks(*, now: datetime) -> int:
    """Note for each threshold which of its minutes changed; returns how many marks were taken."""
    total = 0
    while taken := _spread(now=now):
        total += taken
        if taken < AT_ONCE:
            break
    return total


@transaction.atomic
def _spread(*, now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [AT_ONCE])
        marks = cursor.fetchall()
        if marks:
            _note(cursor, _hit(cursor, marks), now=now)
    return len(marks)


def _hit(cursor: Any, marks: Sequence[tuple[Any, ...]]) -> dict[int, list[Span]]:
    series, first, last, noted = (list(column) for column in zip(*marks, strict=True))
    values = {"series": series, "first": first, "last": last, "noted": noted}
    modes, not_again = [mode.value for mode in JUDGED], [metric.value for metric in NOT_AGAIN]
    cursor.execute(_HIT, {**values, "modes": modes, "not_again": not_again})
    found: dict[int, list[Span]] = defaultdict(list)
    for threshold_id, *span in cursor.fetchall():
        found[threshold_id].append(Span.noted(*span))
    return found


def _note(cursor: Any, hit: dict[int, list[Span]], *, now: datetime) -> None:
    if not hit:
        return
    texts = [_as_json(spans) for spans in hit.values()]
    values = {"thresholds": list(hit), "spans": texts, "now": now, "due_at": now + QUIET, "longest": LONGEST_WAIT}
    cursor.execute(_NOTE, values)


def _as_json(spans: Sequence[Span]) -> str:
    return json.dumps([span.as_json for span in merged(spans)])
