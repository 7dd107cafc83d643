"""Which lanes an incident needs: the strictest rule of each lane is copied into it as it grows worse or clearer.

Reactions, named in `airp/reactions.py`; each entry of the timeline is drawn exactly once.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from incidents.coordination.lane import IncidentLane
from incidents.coordination.lane_rules import LaneGate, LaneRule
from incidents.coordination.lane_states import LANE_MOVES, LaneState, LaneVerb
from incidents.response.kinds import Kind
from incidents.response.lanes import Lane
from incidents.response.models import Incident, IncidentKind
from incidents.response.timeline import PendingReaction, TimelineEntry, append


def require_lanes(pending: PendingReaction, *, now: datetime) -> None:
    """Declared, triaged, raised or reopened: the lanes that are needed now become rows, with the time promised."""
    entry, incident = _locked(pending)
    require(incident, since=entry.happened_at, now=now)


def require(incident: Incident, *, since: datetime, now: datetime) -> None:
    """What the rules demand of it as it is now; promises count from `since`. The caller holds the incident's lock."""
    if not incident.is_open or incident.kind == IncidentKind.BACKFILLED:
        return
    rules = strictest(rules_for(incident))
    gates = gates_for(incident)
    present = {lane.lane: lane for lane in _rows(incident)}
    added = [
        _add(incident, rule, gates.get(lane, []), since=since) for lane, rule in rules.items() if lane not in present
    ]
    for name, lane in present.items():
        _tighten(lane, rules.get(name), gates.get(name, []), since=since)
    if added:
        facts = {
            "lanes": [lane.lane for lane in added],
            "due_at": [lane.due_at.isoformat() for lane in added if lane.due_at],
        }
        append(incident, kind=Kind.LANES_NEEDED, by=None, now=now, facts=facts)


def take_lanes_back(pending: PendingReaction, *, now: datetime) -> None:
    """The incident was reopened: what lanes settled before is open again. What was not needed stays so."""
    _entry, incident = _locked(pending)
    for lane in _rows(incident).filter(state=LaneState.SETTLED, ended_at__lte=pending.noted_at):
        lane.incident = incident
        lane.take_back(LANE_MOVES[LaneVerb.REOPEN], by=None, now=now)


def rules_for(incident: Incident) -> Iterable[LaneRule]:
    """Rules of its level that name no harm kind, or its own."""
    of_its_kind = Q(harm_kind__isnull=True) | Q(harm_kind=incident.harm_kind_id)
    return LaneRule.objects.filter(of_its_kind, severity=incident.severity_id).select_related("severity", "harm_kind")


def strictest(rules: Iterable[LaneRule]) -> dict[str, LaneRule]:
    """For each lane, in the usual order, the rule that promises it soonest."""
    found: dict[str, LaneRule] = {}
    for rule in sorted(rules, key=lambda rule: (rule.within_minutes, rule.pk)):
        found.setdefault(rule.lane, rule)
    return {lane.value: found[lane] for lane in Lane if lane in found}


def gates_for(incident: Incident) -> dict[str, list[dict[str, Any]]]:
    """The gates that count at its level, by the lane that they hold back."""
    gates: dict[str, list[dict[str, Any]]] = {}
    for gate in LaneGate.objects.filter(severity__rank__gte=incident.terms["rank"]).order_by("lane", "first"):
        gates.setdefault(gate.lane, []).append(gate.frozen)
    return gates


def _add(incident: Incident, rule: LaneRule, gates: list[dict[str, Any]], *, since: datetime) -> IncidentLane:
    return IncidentLane.objects.create(
        incident=incident,
        lane=rule.lane,
        terms=_terms(rule, since=since),
        gates=gates,
        needed_at=since,
        due_at=_due(rule, since),
    )


def _tighten(lane: IncidentLane, rule: LaneRule | None, gates: list[dict[str, Any]], *, since: datetime) -> None:
    """Never later than promised before. Gates are those of the present level."""
    fields = []
    if lane.gates != gates:
        lane.gates = gates
        fields.append("gates")
    is_sooner = rule is not None and (lane.due_at is None or _due(rule, since) < lane.due_at)
    if rule is not None and is_sooner and lane.state == LaneState.NOT_ENGAGED:
        lane.terms, lane.due_at = _terms(rule, since=since), _due(rule, since)
        fields += ["terms", "due_at"]
    if fields:
        lane.save(update_fields=fields)


def _due(rule: LaneRule, since: datetime) -> datetime:
    return since + timedelta(minutes=rule.within_minutes)


def _terms(rule: LaneRule, *, since: datetime) -> dict[str, Any]:
    return rule.frozen | {"from": since.isoformat()}


def _rows(incident: Incident) -> Any:
    return IncidentLane.objects.select_for_update(of=("self",)).filter(incident=incident).order_by("pk")


def _locked(pending: PendingReaction) -> tuple[TimelineEntry, Incident]:
    if pending.entry is None:
        raise ValueError(f"{pending.kind} has no timeline entry")
    return pending.entry, Incident.objects.select_for_update(of=("self",)).get(pk=pending.entry.incident_id)
