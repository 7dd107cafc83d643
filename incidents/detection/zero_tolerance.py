"""What the tick does about zero tolerance: it never fires, and it ends what has left the window.

`at_once` fires in the transaction of the signal. States are locked before their windows are read: what was counted
under the lock is seen here, and what comes later finds the state as this tick leaves it.
"""

from datetime import datetime
from typing import Any

from django.db import connection

from incidents.detection.choices import Band, Metric
from incidents.detection.evaluation import Evaluation, prepare
from incidents.detection.families.verdicts import COUNTED, IS_HEARD
from incidents.detection.measuring import Sums, Terms, judge
from incidents.detection.states import ThresholdState
from incidents.detection.statistics import Op
from incidents.detection.step import Status

TERMS = Terms(Metric.ZERO_TOLERANCE, Op.GTE, 1, 1)
# Also what is newer than the judged minutes counts: it may be what fired.
_SQL = f"""
SELECT v.threshold_id, v.version_id, v.judged_to, coalesce(c.events, 0)::bigint, {IS_HEARD}
  FROM (
    SELECT t.id AS threshold_id, t.system_id, x.* FROM incidents_threshold t CROSS JOIN LATERAL (
        SELECT id AS version_id, metric, kind, category, window_seconds,
               %(tick_at)s::timestamptz - make_interval(secs => eval_delay_seconds) AS judged_to
          FROM incidents_thresholdversion
         WHERE threshold_id = t.id AND effective_from <= %(tick_at)s
         ORDER BY effective_from DESC, id DESC LIMIT 1
    ) x
     WHERE t.id = ANY(%(only)s::bigint[]) AND x.metric = 'zero_tolerance'
  ) v
  LEFT JOIN LATERAL (
    SELECT sum(CASE WHEN v.kind IN ({COUNTED}) THEN b.n ELSE b.bad END) AS events
      FROM incidents_signalseries s
      JOIN incidents_signalbucket b
        ON b.series_id = s.id AND b.ts >= v.judged_to - make_interval(secs => v.window_seconds)
     WHERE s.system_id = v.system_id AND s.kind = v.kind AND (v.category = '' OR s.category = v.category)
  ) c ON true
"""  # noqa: S608 - built from constants


def standing(*, shard: int, tick_at: datetime) -> list[Evaluation]:
    """What zero-tolerance thresholds that are not ok hold in their windows, up to now."""
    quiet = (Status.OK.value, Status.ARCHIVED.value)
    states = ThresholdState.objects.select_for_update(of=("self",)).exclude(status__in=quiet).order_by("pk")
    found = states.filter(threshold__shard=shard, threshold__mode__in=("active", "shadow"), group_key="")
    ids = list(found.filter(version__metric=Metric.ZERO_TOLERANCE).values_list("threshold_id", flat=True))
    return _measured(ids, tick_at=tick_at) if ids else []


def values_now(threshold_ids: list[int], *, tick_at: datetime) -> dict[int, Evaluation]:
    """How many the windows of the named thresholds hold: for a page of them."""
    return {found.threshold_id: found for found in _measured(threshold_ids, tick_at=tick_at)}


def _measured(ids: list[int], *, tick_at: datetime) -> list[Evaluation]:
    with connection.cursor() as cursor:
        _used, parameters = prepare(cursor, shard=0, tick_at=tick_at, only=ids)
        cursor.execute(_SQL, parameters)
        return [_evaluation(row) for row in cursor.fetchall()]


def _evaluation(row: tuple[Any, ...]) -> Evaluation:
    threshold_id, version_id, judged_to, events, is_heard = row
    sums = Sums(bad=events, is_heard=is_heard)
    return Evaluation(threshold_id, version_id, judged_to, sums, judge(TERMS, sums, band=Band.ACT))
