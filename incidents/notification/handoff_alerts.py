"""Calling whoever a handoff is offered to, reminding them, and telling the giver what became of it.

Coordination announces it with facts: `handoff` (id), `version`, `what` (lead, lane, shift), `lane`, `from`, `to` and
`by` (people's ids), `state`, `incident` (id or None), `due_at` (ISO time).
"""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from airp.accounts.models import User
from incidents.notification.alerting import answered
from incidents.notification.audience import can_answer
from incidents.notification.models import Alert, AlertState, Reason
from incidents.notification.urgency import ORDINARY, priority_of
from incidents.response.lanes import Lane
from incidents.response.models import Incident
from incidents.response.timeline import PendingReaction


def tell_of_handoff(pending: PendingReaction, *, now: datetime) -> None:
    """Offered: the receiver is called. Answered or ended: nobody else must answer, and the other side hears of it."""
    facts = pending.facts
    incident = _incident(facts)
    answered(_of(facts), by_id=facts.get("by"), now=now)
    if facts["state"] == "offered":
        _alert(facts, incident, facts["to"], reason=Reason.HANDOFF_OFFERED, cause="offered", now=now)
    elif facts.get("by") != facts["from"]:
        cause = f"{facts['state']}/{pending.noted_at.isoformat()}"
        _alert(facts, incident, facts["from"], reason=Reason.HANDOFF_ANSWERED, cause=cause, now=now)


def remind_to_accept(pending: PendingReaction, *, now: datetime) -> None:
    """Due soon: the receiver hears it once more."""
    facts = pending.facts
    _alert(facts, _incident(facts), facts["to"], reason=Reason.HANDOFF_DUE, cause="due", now=now)


def tell_of_no_answer(pending: PendingReaction, *, now: datetime) -> None:
    """Nobody answered in time: the giver still has it, and must know."""
    facts = pending.facts
    _alert(facts, _incident(facts), facts["from"], reason=Reason.HANDOFF_SILENCE, cause="silence", now=now)


def _incident(facts: dict[str, Any]) -> Incident | None:
    incidents = Incident.objects.select_for_update(of=("self",))
    return incidents.get(pk=facts["incident"]) if facts.get("incident") else None


def _of(facts: dict[str, Any]) -> Any:
    return Alert.objects.filter(subject_key=f"handoff/{facts['handoff']}")


def _alert(
    facts: dict[str, Any], incident: Incident | None, person_id: int, *, reason: Reason, cause: str, now: datetime
) -> None:
    """One alert per cause, version and person. Its mail follows with the burst (`bundling`)."""
    person = User.objects.filter(pk=person_id).first()
    if person is None or not can_answer(person) or not _may_know(incident, person):
        return
    asks = reason in {Reason.HANDOFF_OFFERED, Reason.HANDOFF_DUE}
    Alert.objects.get_or_create(
        cause=f"handoff/{facts['handoff']}/{facts['version']}/{cause}",
        recipient=person,
        defaults={
            "incident": incident,
            "subject_key": f"handoff/{facts['handoff']}",
            "reason": reason,
            "state": AlertState.OPEN if asks else AlertState.TOLD,
            "title": _title(facts, incident)[:300],
            "url": reverse("incidents:handoff", args=[facts["handoff"]]),
            "severity": incident.severity_slug if incident else "",
            "priority": priority_of(incident) if incident else ORDINARY,
            "raised_at": now,
            "due_at": parse_datetime(str(facts["due_at"])) if asks else None,
            "mail_due_at": now,
        },
    )


def _may_know(incident: Incident | None, person: User) -> bool:
    """Who handed over a restricted incident may be outside now, and so may the one who was to have it."""
    return incident is None or Incident.objects.filter(pk=incident.pk).visible_to(person).exists()


def _title(facts: dict[str, Any], incident: Incident | None) -> str:
    """What is passed; of a restricted incident nothing but its reference."""
    if incident is None:
        giver = User.objects.filter(pk=facts["from"]).first()
        return _("Shift of %(name)s") % {"name": giver.name if giver else _("somebody")}
    what = str(Lane(facts["lane"]).label) if facts.get("lane") else _("lead")
    named = _("%(reference)s, %(what)s") % {"reference": incident.reference, "what": what}
    return named if incident.is_restricted else f"{named}: {incident.title}"
