"""Calling somebody about a lane: nobody of the trade is there in time, or somebody was named to lead it.

Coordination announces the first with facts: `lane` and `incident` (ids), `name` (of the lane), `due_at` (ISO time),
`url` (path). The second stands in the timeline, with `lane` (name), `verb`, `person` (id).
"""

from datetime import datetime

from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from airp.accounts.models import User
from incidents.notification.alerting import answered
from incidents.notification.audience import able_one_of, reachable
from incidents.notification.models import Alert, AlertState, Reason
from incidents.notification.urgency import priority_of
from incidents.response.lanes import Lane
from incidents.response.models import Incident
from incidents.response.timeline import PendingReaction, stream_of

NAMES_SOMEBODY = frozenset({"engage", "name_lead"})


def call_for_lane(pending: PendingReaction, *, now: datetime) -> None:
    """Late: whoever answers for this trade on the system is called, or the lead where nobody is named."""
    facts = pending.facts
    incident = _locked(int(facts["incident"]))
    if not incident.is_open:
        return
    named = incident.system.responsible(str(facts["name"]))
    trade = able_one_of(named) if named is not None else None
    people = reachable(incident, [trade] if trade is not None else [incident.lead])
    due_at = parse_datetime(str(facts["due_at"]))
    for person in people:
        _alert(
            incident,
            person,
            lane=str(facts["name"]),
            reason=Reason.LANE_LATE,
            cause=f"lane/{facts['lane']}/late",
            due_at=due_at,
            now=now,
        )


def tell_lane_lead(pending: PendingReaction, *, now: datetime) -> None:
    """Engaged or not needed: nobody else must answer for it. Whoever was named by somebody else hears of it."""
    entry = pending.entry
    if entry is None:
        raise ValueError(f"{pending.kind} has no timeline entry")
    incident = _locked(entry.incident_id)
    lane = str(entry.facts["lane"])
    if entry.facts["after"] != "not_engaged":
        answered(Alert.objects.filter(subject_key=_key(incident, lane)), by_id=entry.actor_id, now=now)
    person = User.objects.filter(pk=entry.facts.get("person")).first() if _names(entry.facts) else None
    if person is None or person.pk == entry.actor_id or not incident.is_open:
        return
    cause = f"{stream_of(incident.pk)}#{entry.seq}"
    _alert(incident, person, lane=lane, reason=Reason.LANE_LED, cause=cause, due_at=None, now=now)


def _names(facts: dict[str, object]) -> bool:
    return facts.get("verb") in NAMES_SOMEBODY and isinstance(facts.get("person"), int)


def _alert(
    incident: Incident,
    person: User,
    *,
    lane: str,
    reason: Reason,
    cause: str,
    due_at: datetime | None,
    now: datetime,
) -> None:
    """One alert per cause and person, however often it is drawn. Its mail follows with the burst (`bundling`)."""
    named = _("%(reference)s, lane %(lane)s") % {"reference": incident.reference, "lane": Lane(lane).label}
    title = named if incident.is_restricted else f"{named}: {incident.title}"
    Alert.objects.get_or_create(
        cause=cause,
        recipient=person,
        defaults={
            "incident": incident,
            "subject_key": _key(incident, lane),
            "reason": reason,
            "state": AlertState.OPEN if reason == Reason.LANE_LATE else AlertState.TOLD,
            "title": title[:300],
            "url": reverse("incidents:lane", args=[incident.reference, lane]),
            "severity": incident.severity_slug,
            "priority": priority_of(incident),
            "raised_at": now,
            "due_at": due_at,
            "mail_due_at": now,
        },
    )


def _key(incident: Incident, lane: str) -> str:
    return f"{stream_of(incident.pk)}/lane/{lane}"


def _locked(incident_id: int) -> Incident:
    incidents = Incident.objects.select_for_update(of=("self",)).select_related("system", "lead", "declared_by")
    return incidents.get(pk=incident_id)
