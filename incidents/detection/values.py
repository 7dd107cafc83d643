"""What thresholds measure now, whatever they look at: for a page of them, never for all."""

from collections.abc import Mapping
from datetime import datetime

from incidents.detection import evaluation, event_judging, zero_tolerance
from incidents.detection.choices import EVENT_METRICS, Metric
from incidents.detection.evaluation import Evaluation
from incidents.detection.versions import ThresholdVersion


def values_now(versions: Mapping[int, ThresholdVersion], *, tick_at: datetime) -> dict[int, Evaluation]:
    """By the ids of the thresholds, with their versions in force: what their windows hold at a tick."""
    of_zero = [pk for pk, version in versions.items() if version.metric == Metric.ZERO_TOLERANCE]
    of_events = [pk for pk, version in versions.items() if version.metric in EVENT_METRICS]
    of_minutes = [pk for pk in versions if pk not in of_events]
    found = evaluation.values_now(of_minutes, tick_at=tick_at) if of_minutes else {}
    if of_events:
        found |= event_judging.values_now(of_events, tick_at=tick_at)
    return found | (zero_tolerance.values_now(of_zero, tick_at=tick_at) if of_zero else {})
