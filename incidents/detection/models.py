"""The tables of detection, gathered for `incidents.models`."""

from incidents.detection.breaches import Breach, BreachDecision
from incidents.detection.series import HourBucket, IngestRequest, Receipt, SignalBucket, SignalSeries
from incidents.detection.sources import IngestRefusal, SignalSource, SourceActivity, SourceToken
from incidents.detection.states import EvaluationTick, ThresholdState, Transition
from incidents.detection.thresholds import Threshold
from incidents.detection.versions import ThresholdVersion

__all__ = [
    "Breach",
    "BreachDecision",
    "EvaluationTick",
    "HourBucket",
    "IngestRefusal",
    "IngestRequest",
    "Receipt",
    "SignalBucket",
    "SignalSeries",
    "SignalSource",
    "SourceActivity",
    "SourceToken",
    "Threshold",
    "ThresholdState",
    "ThresholdVersion",
    "Transition",
]
