"""The page of a lane with its steps, and the rules that admins keep. Fetching the incident is the permission check."""

from typing import Any

from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.accounts.requests import AirpRequest
from airp.accounts.roles import Capability
from airp.web.answers import answer, go, refused, toast, wants_fragment
from incidents.coordination import shipped
from incidents.coordination.lane import IncidentLane
from incidents.coordination.lane_panel import PANEL, absent, lanes_of, panel_context
from incidents.coordination.lane_rules import LaneGate, LaneRule
from incidents.coordination.lane_states import AT_WORK, LaneState
from incidents.coordination.lane_steps import BY_PATH, STEPS, LaneStep
from incidents.response.lanes import Lane
from incidents.response.models import Incident
from incidents.response.steps import first_error, history, offer, take

PAGE = "incidents/lane.html"
FIRST = ("engagement", "settlement", "resumption", "reopening")


def lane(request: AirpRequest, reference: str, lane: str) -> HttpResponse:
    """How the lane stands here, what can be done with it, and what was."""
    return answer(request, PAGE, _shown(request, reference, lane))


def take_step(request: AirpRequest, reference: str, lane: str, path: str) -> HttpResponse:
    """One step. Pressed in the panel of the incident it answers the panel, else it leads back to the lane."""
    found, step = _fetch(request, reference, lane)[0], BY_PATH[path]
    form = step.form(request.POST, lane=found, user=request.user, name=step.path)
    take(step, found, form, by=request.user, now=timezone.now())
    told = first_error(form) if form.errors else _("%(lane)s: %(done)s.") % {"lane": found.name, "done": step.done}
    if wants_fragment(request):
        return _panel(request, reference, notice=told)
    if form.errors:
        return refused(request, PAGE, _shown(request, reference, lane, step, form))
    return go(request, "incidents:lane", reference, lane, notice=told)


def rules(request: AirpRequest) -> HttpResponse:
    """Which lanes an incident needs at which level, how soon, and which lane waits for which."""
    found = LaneRule.objects.select_related("severity", "harm_kind").order_by(
        "severity__rank", "within_minutes", "lane"
    )
    gates = LaneGate.objects.select_related("severity").order_by("lane", "first")
    may_edit = request.user.can(Capability.CONFIGURE)
    return answer(
        request, "incidents/lane_rules.html", {"rules": list(found), "gates": list(gates), "may_edit": may_edit}
    )


def install_shipped(request: AirpRequest) -> HttpResponse:
    added = shipped.install()
    notice = _("%(n)d rules and gates added.") % {"n": added} if added else _("There are rules already.")
    return go(request, "incidents:lane_rules", notice=notice)


def _fetch(request: AirpRequest, reference: str, name: str) -> tuple[IncidentLane, dict[str, IncidentLane]]:
    """The lane, and all lanes that the incident has. Unknown names answer like unknown incidents."""
    if name not in Lane.values:
        raise Http404
    incident: Incident = get_object_or_404(
        Incident.objects.visible_to(request.user).select_related("lead"), reference=reference
    )
    present = lanes_of(incident)
    return present.get(name) or absent(incident, Lane(name)), present


def _panel(request: AirpRequest, reference: str, *, notice: str) -> HttpResponse:
    incident = get_object_or_404(Incident.objects.visible_to(request.user), reference=reference)
    return toast(answer(request, PANEL, panel_context(request.user, incident, now=timezone.now())), notice)


def _shown(
    request: AirpRequest, reference: str, name: str, attempted: LaneStep | None = None, form: Form | None = None
) -> dict[str, Any]:
    """The lane and the forms that fit its state; a refused form shows whatever the state is."""
    found, present = _fetch(request, reference, name)
    offers = [
        _offer(step, found, request.user, form if step is attempted else None)
        for step in STEPS.values()
        if step.is_open_to(request.user, found) or step is attempted
    ]
    held = found.held_by({each.lane: each.state for each in present.values()}) if found.is_unsettled else []
    return {
        "lane": found,
        "is_there": found.is_there,
        "is_waiting": found.state == LaneState.WAITING,
        "incident": found.incident,
        "now": timezone.now(),
        "waits_on": Lane(found.waits_lane).label if found.waits_lane else "",
        "held": [{"lane": first, "sentence": sentence} for first, sentence in held],
        "offers": offers,
        "hand_over_url": _hand_over_url(found, request.user),
        "entries": history(found.incident, lane=name),
    }


def _hand_over_url(found: IncidentLane, user: User) -> str:
    """Where whoever leads the lane offers it with a packet."""
    if found.lead_id != user.pk or found.state not in AT_WORK or not found.incident.is_open:
        return ""
    return reverse("incidents:handoff_of_lane", args=[found.incident.reference, found.lane])


def _offer(step: LaneStep, found: IncidentLane, user: User, form: Form | None) -> dict[str, Any]:
    return offer(
        step,
        form or step.form(lane=found, user=user, name=step.path),
        url=reverse(f"incidents:{step.name}", args=[found.incident.reference, found.lane]),
        is_open=form is not None or step.path in FIRST,
    )
