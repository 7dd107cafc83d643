"""The tables of triage, gathered for `incidents.models`."""

from incidents.triage.records import TriageAct, TriageLine

__all__ = ["TriageAct", "TriageLine"]
