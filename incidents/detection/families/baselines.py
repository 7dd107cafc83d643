"""Changes against the same local hour of past weeks: what is read for them, in two statements for all of them.

The first says which thresholds there are and what their windows hold; the second adds up the usable minutes of the
past weeks, which `weeks.py` has chosen. They are few beside shares, so `judge` alone decides what they mean.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q

from incidents.detection.breaches import Breach
from incidents.detection.choices import Metric
from incidents.detection.families.verdicts import COUNTED, IS_HEARD
from incidents.detection.families.windows import denominators, totals, versions
from incidents.detection.hearing import deaf_spans
from incidents.detection.measuring import Sums, Terms, default_clear
from incidents.detection.statistics import Op
from incidents.detection.weeks import MINUTE, WEEK, WEEKS, Span, past_weeks
from incidents.response.models import Incident, IncidentKind
from incidents.response.states import State

REACH = (WEEKS + 1) * WEEK
FOREVER = datetime(9999, 1, 1, tzinfo=UTC)
CONFIRMED = (State.TRIAGED, State.CONTAINED, State.RESOLVED, State.CLOSED)
_KNOWN_SINCE = """(SELECT min(h.ts) FROM incidents_signalseries s
        CROSS JOIN LATERAL (SELECT ts FROM incidents_hourbucket WHERE series_id = s.id ORDER BY ts LIMIT 1) h
        WHERE s.system_id = {})"""
_PRESENT = f"""WITH {versions(("baseline",))}, {totals("numerator")}, {denominators("denominator")}
SELECT v.threshold_id, v.version_id, v.system_id, v.judged_to, v.op, v.act_limit, v.clear_limit, v.warn_limit,
       v.floor_count, v.window_seconds, v.timezone,
       v.kind IN ({COUNTED}) AND v.denominator_kind = '' AS per_minute,
       coalesce(CASE WHEN v.kind IN ({COUNTED}) THEN a.n ELSE a.bad END, 0)::bigint AS bad,
       coalesce(CASE WHEN v.denominator_kind = '' THEN a.n ELSE d.n END, 0)::bigint AS n,
       {IS_HEARD} AS is_heard,
       {_KNOWN_SINCE.format("v.system_id")} AS known_since
  FROM version v LEFT JOIN numerator a USING (threshold_id) LEFT JOIN denominator d USING (threshold_id)
 ORDER BY v.threshold_id
"""  # noqa: S608 - built from constants
_PAST = f"""WITH span AS (
    SELECT * FROM unnest(%(thresholds)s::bigint[], %(versions)s::bigint[], %(weeks)s::int[],
                         %(starts)s::timestamptz[], %(ends)s::timestamptz[])
               AS s(threshold_id, version_id, week, starts, ends)
)
SELECT span.threshold_id, span.week,
       coalesce(sum(b.bad) FILTER (WHERE b.is_top), 0)::bigint,
       coalesce(sum(b.n) FILTER (WHERE b.is_below), 0)::bigint
  FROM span JOIN incidents_thresholdversion v ON v.id = span.version_id
  JOIN incidents_threshold t ON t.id = span.threshold_id
 CROSS JOIN LATERAL (
    SELECT CASE WHEN v.kind IN ({COUNTED}) THEN b.n ELSE b.bad END AS bad, b.n,
           s.kind = v.kind AND (v.category = '' OR s.category = v.category) AS is_top,
           CASE WHEN v.denominator_kind = '' THEN s.kind = v.kind AND (v.category = '' OR s.category = v.category)
                ELSE s.kind = v.denominator_kind
                     AND (v.denominator_category = '' OR s.category = v.denominator_category) END AS is_below
      FROM incidents_signalseries s JOIN incidents_signalbucket b ON b.series_id = s.id
     WHERE s.system_id = t.system_id AND s.kind IN (v.kind, v.denominator_kind)
       AND b.ts >= span.starts AND b.ts < span.ends
 ) b
 GROUP BY 1, 2
"""  # noqa: S608 - built from constants


@dataclass(frozen=True, slots=True)
class Present:
    """One threshold, its terms and what its present window holds."""

    threshold_id: int
    version_id: int
    system_id: int
    judged_to: datetime
    op: str
    act_limit: int
    clear_limit: int | None
    warn_limit: int | None
    floor_count: int
    window_seconds: int
    timezone: str
    per_minute: bool
    bad: int
    n: int
    is_heard: bool
    known_since: datetime | None

    @property
    def terms(self) -> Terms:
        op = Op(self.op)
        clear = default_clear(Metric.BASELINE, op, self.act_limit) if self.clear_limit is None else self.clear_limit
        return Terms(
            metric=Metric.BASELINE,
            op=op,
            limit=self.act_limit,
            clear_limit=clear,
            warn_limit=self.warn_limit,
            floor_count=self.floor_count,
        )

    def sums(self, past: "Past") -> Sums:
        n = self.window_seconds // 60 if self.per_minute else self.n
        return Sums(bad=self.bad, n=n, past_bad=past.bad, past_n=past.n, weeks=past.weeks, is_heard=self.is_heard)


@dataclass(frozen=True, slots=True)
class Past:
    """What the usable weeks held together."""

    bad: int = 0
    n: int = 0
    weeks: int = 0


def presents(parameters: Mapping[str, Any]) -> list[Present]:
    """The thresholds of this family, and what their present windows hold."""
    with connection.cursor() as cursor:
        cursor.execute(_PRESENT, parameters)
        return [Present(*row) for row in cursor.fetchall()]


def known_since(system_id: int) -> datetime | None:
    """From when on anything is known of a system."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_KNOWN_SINCE.format('%s')}", [system_id])  # noqa: S608 - built from constants
        since: datetime | None = cursor.fetchone()[0]
    return since


def pasts(rows: Sequence[Present]) -> dict[int, Past]:
    """The pooled past of each threshold."""
    if not rows:
        return {}
    excluded = unusual_times({row.system_id for row in rows}, since=min(row.judged_to for row in rows) - REACH)
    spans: list[tuple[Present, int, Span]] = []
    for row in rows:
        weeks = past_weeks(
            row.judged_to,
            timedelta(seconds=row.window_seconds),
            row.timezone,
            excluded=excluded.get(row.system_id, ()),
            known_since=row.known_since,
        )
        spans += [(row, number, span) for number, week in enumerate(weeks) for span in week]
    return _pooled(spans)


def _pooled(spans: Sequence[tuple[Present, int, Span]]) -> dict[int, Past]:
    """Bad ones, exposure and the weeks that had any."""
    minutes: dict[tuple[int, int], int] = {}
    for row, week, (start, end) in spans:
        minutes[row.threshold_id, week] = minutes.get((row.threshold_id, week), 0) + (end - start) // MINUTE
    counted = _counted(spans)
    found: dict[int, Past] = {}
    by_minute = {row.threshold_id: row.per_minute for row, _week, _span in spans}
    for (threshold_id, week), length in minutes.items():
        bad, n = counted.get((threshold_id, week), (0, 0))
        exposure = length if by_minute[threshold_id] else n
        if exposure:
            before = found.get(threshold_id, Past())
            found[threshold_id] = Past(before.bad + bad, before.n + exposure, before.weeks + 1)
    return found


def _counted(spans: Sequence[tuple[Present, int, Span]]) -> dict[tuple[int, int], tuple[int, int]]:
    if not spans:
        return {}
    columns: dict[str, Any] = {
        "thresholds": [row.threshold_id for row, _week, _span in spans],
        "versions": [row.version_id for row, _week, _span in spans],
        "weeks": [week for _row, week, _span in spans],
        "starts": [span[0] for _row, _week, span in spans],
        "ends": [span[1] for _row, _week, span in spans],
    }
    with connection.cursor() as cursor:
        cursor.execute(_PAST, columns)
        return {(threshold_id, week): (bad, n) for threshold_id, week, bad, n in cursor.fetchall()}


def unusual_times(system_ids: set[int], *, since: datetime) -> dict[int, list[Span]]:
    """When a system was not as usual: in confirmed incidents, and while a source of it was silent or we were deaf."""
    found: dict[int, list[Span]] = {}
    incidents = Incident.objects.filter(system__in=system_ids, state__in=CONFIRMED, kind=IncidentKind.LIVE)
    for incident in incidents.filter(Q(resolved_at=None) | Q(resolved_at__gte=since)):
        start = incident.started_at or incident.detected_at or incident.declared_at
        found.setdefault(incident.system_id, []).append((start, incident.resolved_at or incident.closed_at or FOREVER))
    silences = Breach.objects.filter(version__metric=Metric.SILENCE, threshold__system__in=system_ids)
    for system_id, start, end in silences.filter(Q(cleared_at=None) | Q(cleared_at__gte=since)).values_list(
        "threshold__system", "started_at", "cleared_at"
    ):
        found.setdefault(system_id, []).append((start, end or FOREVER))
    deaf = [(start, end or FOREVER) for start, end in deaf_spans(since=since)]
    return {system_id: found.get(system_id, []) + deaf for system_id in system_ids} if deaf else found
