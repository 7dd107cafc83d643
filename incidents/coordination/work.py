"""Lanes, sign-offs and decisions that wait for a person, for my work. One query each."""

from datetime import datetime

from django.db.models import Case, F, IntegerField, Q, When
from django.urls import reverse
from django.utils.translation import gettext as _

from airp.accounts.models import User
from incidents.coordination.authority import ROLES
from incidents.coordination.decision import Decision
from incidents.coordination.lane import IncidentLane
from incidents.coordination.lane_states import LaneState
from incidents.coordination.sign_off import SignOff
from incidents.response.models import Incident, IncidentKind
from incidents.response.states import OPEN
from incidents.response.work import WorkItem, WorkKind


def my_lanes(person: User, *, now: datetime, most: int) -> list[WorkItem]:
    """Lanes that this person leads, that call their role in, or that wait for them. Those to be engaged stand first."""
    of_my_roles = [lane for lane, role in ROLES.items() if person.has_role(role)]
    called_in = Q(state=LaneState.NOT_ENGAGED, lane__in=of_my_roles)
    mine = IncidentLane.objects.visible_to(person).unsettled().filter(incident__state__in=OPEN)
    found = mine.filter(called_in | Q(waits_person=person) | Q(lead=person)).select_related("incident")
    order = Case(When(state=LaneState.NOT_ENGAGED, then=0), default=1, output_field=IntegerField())
    return [lane_work(lane, person) for lane in found.order_by(order, F("due_at").asc(nulls_last=True), "id")[:most]]


def is_mine(lane: IncidentLane, person: User) -> bool:
    """The rule of `my_lanes` for a lane of an open incident that is there already."""
    if not lane.is_unsettled or not lane.incident.is_open:
        return False
    is_called_in = lane.state == LaneState.NOT_ENGAGED and person.has_role(ROLES[lane.lane])
    return is_called_in or person.pk in {lane.lead_id, lane.waits_person_id}


def lane_work(lane: IncidentLane, person: User) -> WorkItem:
    is_engaged = lane.state != LaneState.NOT_ENGAGED
    return WorkItem(
        kind=WorkKind.LANE,
        pk=lane.pk,
        title=_("Lane %(lane)s of %(title)s") % {"lane": lane.name.lower(), "title": lane.incident.title},
        url=reverse("incidents:lane", args=[lane.incident.reference, lane.lane]),
        about=lane.incident.reference,
        # The promise is to be there; once engaged, a lane ends when its part is done.
        due_at=None if is_engaged else lane.due_at,
        state=str(lane.get_state_display()),
        tone=lane.tone,
        why=_why_lane(lane, person, is_engaged=is_engaged),
        is_drill=is_drill(lane.incident),
    )


def _why_lane(lane: IncidentLane, person: User, *, is_engaged: bool) -> str:
    if not is_engaged:
        return _("your role is called in and nobody is engaged")
    if lane.waits_person_id == person.pk:
        return _("it waits for you: %(what)s") % {"what": " ".join(lane.waits_for.split())[:120]}
    if lane.state == LaneState.WAITING:
        return _("you lead it, and it waits: %(what)s") % {"what": " ".join(lane.waits_for.split())[:120]}
    return _("you lead it")


def my_sign_offs(person: User, *, now: datetime, most: int) -> list[WorkItem]:
    """Answers that this person owes, by deadline."""
    asked = SignOff.objects.visible_to(person).waiting().for_answer_by(person).select_related("incident", "asked_by")
    return [
        WorkItem(
            kind=WorkKind.SIGN_OFF,
            pk=each.pk,
            title=each.title,
            url=reverse("incidents:sign_off", args=[each.pk]),
            about=f"{each.incident.reference} {each.incident.title}",
            due_at=each.due_at,
            state=str(each.get_state_display()),
            tone=each.tone,
            why=(_("asked of you by %(name)s") if each.person_id == person.pk else _("asked of your role by %(name)s"))
            % {"name": each.asked_by.name},
            is_drill=is_drill(each.incident),
        )
        for each in asked.order_by("due_at", "id")[:most]
    ]


def my_revisits(person: User, *, now: datetime, most: int) -> list[WorkItem]:
    """Decisions of this person, and of incidents that they lead, that are to be looked at again."""
    found = Decision.objects.visible_to(person).to_revisit(now=now).select_related("incident")
    theirs = found.filter(Q(decider=person) | Q(incident__lead=person))
    return [
        WorkItem(
            kind=WorkKind.REVISIT,
            pk=each.pk,
            title=each.question,
            url=reverse("incidents:decision", args=[each.pk]),
            about=f"{each.incident.reference} {each.incident.title}",
            due_at=each.revisit_at,
            state=_("to be looked at again"),
            tone=each.tone,
            why=_("you decided it") if each.decider_id == person.pk else _("you lead the incident"),
            is_drill=is_drill(each.incident),
        )
        for each in theirs.order_by("revisit_at", "id")[:most]
    ]


def is_drill(incident: Incident | None) -> bool:
    return incident is not None and incident.kind == IncidentKind.DRILL
