"""Zero tolerance: a single event fires in the transaction that counts it.

Receipt, bucket, state, transition, breach, incident and timeline are committed together or not at all; what they
force is done after the commit. While a threshold fires, further events only add. The state is the one that the tick
uses, and it is locked here as well: whoever comes second sees what the first one did.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from incidents.detection.choices import Band, Metric
from incidents.detection.evaluation import Evaluation
from incidents.detection.event_rules import EventRule
from incidents.detection.judging import judge_all
from incidents.detection.measuring import Sums, judge
from incidents.detection.parsers.signals import MINUTE
from incidents.detection.states import ThresholdState
from incidents.detection.zero_tolerance import TERMS

# Many batches may hold this together; a tick that wants to end the breach waits for them.
_STILL_FIRING = """
SELECT threshold_id FROM incidents_thresholdstate
 WHERE threshold_id = ANY(%s) AND group_key = '' AND band = 'act' AND status = 'firing' ORDER BY id FOR SHARE
"""


@dataclass(frozen=True, slots=True)
class Event:
    """That many bad things in one minute of a series, just counted for the first time."""

    system_id: int
    kind: str
    category: str
    minute: datetime
    count: int


def judge_at_once(events: Iterable[Event], rules: Sequence[EventRule], *, now: datetime) -> int:
    """Fire the zero-tolerance thresholds that events hit, in the caller's transaction; returns how many changed."""
    tolerant_of_none = [rule for rule in rules if rule.metric == Metric.ZERO_TOLERANCE]
    if not tolerant_of_none:
        return 0
    seen = [event for event in events if event.count > 0]
    hits = {rule: found for rule in tolerant_of_none if (found := _hits(rule, seen))}
    if not hits:
        return 0
    fresh = _not_firing(list(hits), now=now)
    return judge_all([_evaluation(rule, hits[rule]) for rule in fresh], now=now)


def _hits(rule: EventRule, events: Sequence[Event]) -> list[Event]:
    return [event for event in events if rule.counts(event.system_id, event.kind, event.category)]


def _not_firing(rules: Sequence[EventRule], *, now: datetime) -> list[EventRule]:
    """The rules whose state may change. Each has a state afterwards, so that racing batches wait for one another."""
    ThresholdState.objects.bulk_create(
        [ThresholdState(threshold_id=rule.threshold_id, version_id=rule.version_id, changed_at=now) for rule in rules],
        ignore_conflicts=True,
    )
    with connection.cursor() as cursor:
        cursor.execute(_STILL_FIRING, [[rule.threshold_id for rule in rules]])
        firing = {row[0] for row in cursor.fetchall()}
    return [rule for rule in rules if rule.threshold_id not in firing]


def _evaluation(rule: EventRule, events: Sequence[Event]) -> Evaluation:
    """However old the events are: the breach began when the first of them happened."""
    sums = Sums(bad=sum(event.count for event in events))
    judged_to = min(event.minute for event in events) + MINUTE
    return Evaluation(rule.threshold_id, rule.version_id, judged_to, sums, judge(TERMS, sums, band=Band.ACT))
