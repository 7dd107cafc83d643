"""The tables of coordination, gathered for `incidents.models`."""

from incidents.coordination.decision import Decision, Dissent
from incidents.coordination.lane import IncidentLane
from incidents.coordination.lane_rules import LaneGate, LaneRule
from incidents.coordination.sign_off import SignOff, SignOffVersion

__all__ = ["Decision", "Dissent", "IncidentLane", "LaneGate", "LaneRule", "SignOff", "SignOffVersion"]
