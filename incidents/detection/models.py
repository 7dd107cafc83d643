"""The tables of detection, gathered for `incidents.models`."""

from incidents.detection.activity import IngestRefusal, SourceActivity, SourceMinute
from incidents.detection.backtest.records import Backtest
from incidents.detection.breaches import Breach, BreachDecision
from incidents.detection.change_markers import ChangeMarker
from incidents.detection.cursors import SeriesCursor
from incidents.detection.dialects import AlertDialect
from incidents.detection.foreign_alerts import ForeignAlert
from incidents.detection.hearing import Deafness
from incidents.detection.late.marks import LateMark
from incidents.detection.late.records import LateRun, Rejudging
from incidents.detection.occurrences import Occurrence
from incidents.detection.proposals import Proposal
from incidents.detection.quality import ThresholdQuality
from incidents.detection.routing_keys import RoutingKey
from incidents.detection.series import HourBucket, IngestRequest, Receipt, SignalBucket, SignalSeries
from incidents.detection.sources import SignalSource, SourceToken
from incidents.detection.states import EvaluationTick, ThresholdState, Transition
from incidents.detection.thresholds import Threshold
from incidents.detection.upkeep import Upkeep
from incidents.detection.versions import ThresholdVersion

__all__ = [
    "AlertDialect",
    "Backtest",
    "Breach",
    "BreachDecision",
    "ChangeMarker",
    "Deafness",
    "EvaluationTick",
    "ForeignAlert",
    "HourBucket",
    "IngestRefusal",
    "IngestRequest",
    "LateMark",
    "LateRun",
    "Occurrence",
    "Proposal",
    "Receipt",
    "Rejudging",
    "RoutingKey",
    "SeriesCursor",
    "SignalBucket",
    "SignalSeries",
    "SignalSource",
    "SourceActivity",
    "SourceMinute",
    "SourceToken",
    "Threshold",
    "ThresholdQuality",
    "ThresholdState",
    "ThresholdVersion",
    "Transition",
    "Upkeep",
]
