"""What the life of an incident means for what is offered of it. Named in `airp/reactions.py`."""

from datetime import datetime

from incidents.coordination.handoffs.handoff import Handoff, HandoffQuerySet
from incidents.coordination.handoffs.states import HandoffKind
from incidents.coordination.lane_states import AT_WORK
from incidents.response.models import Incident
from incidents.response.timeline import PendingReaction


def void_offers_of_lead(pending: PendingReaction, *, now: datetime) -> None:
    """Somebody leads it now: what another offered of it cannot be accepted any more."""
    incident = _locked(pending)
    for handoff in _pending(incident, HandoffKind.LEAD).exclude(giver=incident.lead_id):
        _end(handoff, now=now)


def void_offers_of_lane(pending: PendingReaction, *, now: datetime) -> None:
    """The lane has another lead, or has ended."""
    incident = _locked(pending)
    for handoff in _pending(incident, HandoffKind.LANE).select_related("lane"):
        lane = handoff.lane
        if lane is not None and (lane.state not in AT_WORK or lane.lead_id != handoff.giver_id):
            _end(handoff, now=now, with_subject=lane.state not in AT_WORK)


def end_offers(pending: PendingReaction, *, now: datetime) -> None:
    """The incident ended: its lead and its lanes are nobody's to take over. A shift goes on with what is left of it."""
    incident = _locked(pending)
    for handoff in Handoff.objects.pending().filter(incident=incident).order_by("pk"):
        _end(handoff, now=now, with_subject=True)


def _end(handoff: Handoff, *, now: datetime, with_subject: bool = False) -> None:
    handoff.lock()
    if handoff.is_pending and with_subject:
        handoff.end_with_subject(now=now)
    elif handoff.is_pending:
        handoff.void(now=now)


def _pending(incident: Incident, kind: HandoffKind) -> HandoffQuerySet:
    return Handoff.objects.pending().filter(incident=incident, kind=kind).order_by("pk")


def _locked(pending: PendingReaction) -> Incident:
    if pending.entry is None:
        raise ValueError(f"{pending.kind} has no timeline entry")
    return Incident.objects.select_for_update(of=("self",)).get(pk=pending.entry.incident_id)
