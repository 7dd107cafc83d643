"""What coordination knows that a person holds: the lead of incidents, and lanes."""

from datetime import datetime

from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _

from airp.accounts.models import User
from incidents.coordination.lane import IncidentLane
from incidents.coordination.lane_states import AT_WORK
from incidents.response.holdings import Holding, HoldingKind, NotTheirs
from incidents.response.models import Incident
from incidents.response.states import MOVES, OPEN, Verb


class LedIncidents:
    """Open incidents that somebody leads."""

    kind = HoldingKind.INCIDENT

    def held_by(self, person: User, *, now: datetime, most: int) -> list[Holding]:
        led = Incident.objects.visible_to(person).open().filter(lead=person)
        return [holding_of_lead(incident) for incident in led.order_by("next_due_at", "id")[:most]]

    def pass_on(self, key: str, *, giver: User, to: User, now: datetime) -> None:
        incident = Incident.objects.select_for_update(of=("self",)).get(pk=key)
        if incident.lead_id != giver.pk:
            raise NotTheirs(_("%(name)s does not lead it any more.") % {"name": giver.name})
        incident.hand_over(to=to, by=giver if may_give_lead(giver) else to, now=now)


class LedLanes:
    """Lanes at work that somebody leads."""

    kind = HoldingKind.LANE

    def held_by(self, person: User, *, now: datetime, most: int) -> list[Holding]:
        led = IncidentLane.objects.visible_to(person).filter(lead=person, state__in=AT_WORK, incident__state__in=OPEN)
        found = led.select_related("incident").order_by(F("incident__next_due_at").asc(nulls_last=True), "id")
        return [holding_of_lane(lane) for lane in found[:most]]

    def pass_on(self, key: str, *, giver: User, to: User, now: datetime) -> None:
        lane = IncidentLane.objects.select_related("incident").get(pk=key)
        if lane.lead_id != giver.pk:
            raise NotTheirs(_("%(name)s does not lead it any more.") % {"name": giver.name})
        lane.name_lead(to=to, by=giver, now=now)


def may_give_lead(person: User) -> bool:
    """Who leads without the right to give a lead passes it to somebody with the right to take it."""
    return person.can(MOVES[Verb.HAND_OVER].capability)


def holding_of_lead(incident: Incident) -> Holding:
    return Holding(
        kind=HoldingKind.INCIDENT,
        key=str(incident.pk),
        title=f"{incident.reference} {incident.title}",
        url=reverse("incidents:incident", args=[incident.reference]),
        incident_id=incident.pk,
        stands=f"{incident.severity_slug}, {incident.get_state_display()}",
        due_at=incident.next_due_at,
    )


def holding_of_lane(lane: IncidentLane) -> Holding:
    return Holding(
        kind=HoldingKind.LANE,
        key=str(lane.pk),
        title=_("%(lane)s of %(reference)s %(title)s")
        % {"lane": lane.name, "reference": lane.incident.reference, "title": lane.incident.title},
        url=reverse("incidents:lane", args=[lane.incident.reference, lane.lane]),
        incident_id=lane.incident_id,
        stands=lane.get_state_display(),
    )
