"""Which thresholds in force look at single events, found for every batch that arrives: one query on a small index."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from incidents.detection.choices import EVENT_METRICS, PATTERNS, Metric

OF_SEVERAL_KINDS = (Metric.TEMPORAL, Metric.TEMPORAL_ORDERED)
KEEPING = (Metric.DISTINCT, *PATTERNS)
_METRICS = ", ".join(f"'{metric}'" for metric in EVENT_METRICS)
_SQL = f"""
SELECT t.id, v.id, t.system_id, v.metric, v.kind, v.category,
       ARRAY(SELECT part->>'kind' FROM jsonb_array_elements(v.pattern) AS part)
  FROM incidents_threshold t
 CROSS JOIN LATERAL (
    SELECT * FROM incidents_thresholdversion
     WHERE threshold_id = t.id AND effective_from <= %s ORDER BY effective_from DESC, id DESC LIMIT 1
 ) v
 WHERE t.id IN (SELECT threshold_id FROM incidents_thresholdversion WHERE metric IN ({_METRICS}))
   AND t.system_id = ANY(%s) AND t.mode IN ('active', 'shadow') AND v.metric IN ({_METRICS})
 ORDER BY t.id
"""  # noqa: S608 - built from constants


@dataclass(frozen=True, slots=True)
class EventRule:
    """A threshold of single events and what its version in force reads."""

    threshold_id: int
    version_id: int
    system_id: int
    metric: str
    kind: str
    category: str
    pattern_kinds: frozenset[str] = frozenset()

    @property
    def kinds(self) -> frozenset[str]:
        return self.pattern_kinds if self.metric in OF_SEVERAL_KINDS else frozenset({self.kind})

    def counts(self, system_id: int, kind: str, category: str) -> bool:
        """Whether it counts events of such a series, where it looks at one kind only."""
        return self.system_id == system_id and self.kind == kind and self.category in ("", category)


def event_rules(system_ids: Iterable[int], *, now: datetime) -> list[EventRule]:
    """The thresholds of these systems that are judged now and look at single events."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [now, sorted(set(system_ids))])
        return [_rule(row) for row in cursor.fetchall()]


def _rule(row: tuple[Any, ...]) -> EventRule:
    threshold_id, version_id, system_id, metric, kind, category, pattern_kinds = row
    return EventRule(threshold_id, version_id, system_id, metric, kind, category, frozenset(pattern_kinds))
