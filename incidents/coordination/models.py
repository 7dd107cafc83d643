"""The tables of coordination, gathered for `incidents.models`."""

from incidents.coordination.decision import Decision, Dissent
from incidents.coordination.handoffs.handoff import Handoff
from incidents.coordination.handoffs.records import HandoffItem, HandoffPacket
from incidents.coordination.lane import IncidentLane
from incidents.coordination.lane_rules import LaneGate, LaneRule
from incidents.coordination.sign_off import SignOff, SignOffVersion

__all__ = [
    "Decision",
    "Dissent",
    "Handoff",
    "HandoffItem",
    "HandoffPacket",
    "IncidentLane",
    "LaneGate",
    "LaneRule",
    "SignOff",
    "SignOffVersion",
]
