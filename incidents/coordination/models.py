"""The tables of coordination, gathered for `incidents.models`."""

from incidents.coordination.lane import IncidentLane
from incidents.coordination.lane_rules import LaneGate, LaneRule

__all__ = ["IncidentLane", "LaneGate", "LaneRule"]
