"""Where a handoff is offered: of an incident, of a lane, of one's whole shift. The packet is filled in there."""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.accounts.requests import AirpRequest
from airp.web.answers import answer, go, refused
from incidents.coordination.handoffs.forms import OfferForm, ReceiverForm
from incidents.coordination.handoffs.offering import Offer, offer, shift_of
from incidents.coordination.lane import IncidentLane
from incidents.coordination.lane_panel import absent
from incidents.response.holdings import Holding, HoldingKind
from incidents.response.lanes import Lane
from incidents.response.models import Incident
from incidents.response.packets import prefilled
from incidents.response.refusals import Refusal

PAGE = "incidents/handoff_offer.html"


def lead(request: AirpRequest, reference: str) -> HttpResponse:
    incident = _incident(request, reference)
    context = {"incident": incident, "title": _("Hand over the lead"), "is_theirs": incident.lead_id == request.user.pk}
    return _offered(request, context, [incident], {"incident": incident})


def lane(request: AirpRequest, reference: str, lane: str) -> HttpResponse:
    """A lane that the incident does not have is led by nobody."""
    incident = _incident(request, reference)
    if lane not in Lane.values:
        raise Http404
    mine = IncidentLane.objects.select_related("lead").filter(incident=incident, lane=lane)
    found = mine.first() or absent(incident, Lane(lane))
    found.incident = incident
    title = _("Hand over the lane %(lane)s") % {"lane": found.name.lower()}
    context = {"incident": incident, "lane": found, "title": title, "is_theirs": found.lead_id == request.user.pk}
    return _offered(request, context, [incident], {"lane": found}, lane=found.lane)


def shift(request: AirpRequest) -> HttpResponse:
    """`?to=` names the receiver: what passes depends on what they may see."""
    giver, now = request.user, timezone.now()
    given = request.POST.get("receiver") or request.GET.get("to") or ""
    chosen = ReceiverForm({"to": given} if given else None, giver=giver)
    receiver: User | None = chosen.cleaned_data["to"] if chosen.is_bound and chosen.is_valid() else None
    found = shift_of(giver, receiver=receiver, now=now)
    context = {
        "title": _("Hand over my shift"),
        "is_theirs": True,
        "is_shift": True,
        "receiver": receiver,
        "receivers": chosen,
        "passing": found.passing,
        "staying": [{"title": each.title, "url": each.url, "why": why} for each, why in found.staying],
    }
    return _offered(request, context, _led(found.passing) if receiver else [], {}, receiver=receiver)


def _incident(request: AirpRequest, reference: str) -> Incident:
    mine = Incident.objects.visible_to(request.user).select_related("lead", "assessment")
    found: Incident = get_object_or_404(mine, reference=reference)
    return found


def _led(passing: list[Holding]) -> list[Incident]:
    """The incidents whose lead passes, with what their lines need."""
    ids = [each.incident_id for each in passing if each.incident_id and each.kind == HoldingKind.INCIDENT]
    return list(Incident.objects.filter(pk__in=ids).select_related("assessment").order_by("next_due_at", "pk"))


def _offered(
    request: AirpRequest,
    context: dict[str, Any],
    incidents: list[Incident],
    subject: dict[str, Any],
    *,
    lane: str = "",
    receiver: User | None = None,
) -> HttpResponse:
    """The form as it is filled in, or what became of it."""
    now = timezone.now()
    if request.method != "POST":
        form = _form(request.user, _filled(incidents, lane=lane, now=now), None, now=now, receiver=receiver)
        return answer(request, PAGE, context | {"form": form, "now": now})
    form = _form(request.user, {}, request.POST, now=now)
    if form.is_valid():
        given = form.cleaned_data
        wanted = Offer(receiver=given["receiver"], due_at=given["due_at"], words=form.words, **subject)
        try:
            made = offer(wanted, by=request.user, now=now)
            notice = _("Offered to %(name)s. You keep it until they accept.") % {"name": wanted.receiver.name}
            return go(request, "incidents:handoff", made.pk, notice=notice)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    return refused(request, PAGE, context | {"form": form, "now": now})


def _form(user: User, filled: dict[str, str], data: Any, *, now: datetime, receiver: User | None = None) -> OfferForm:
    return OfferForm(data, giver=user, receiver=receiver, filled=filled, now=now)


def _filled(incidents: list[Incident], *, lane: str, now: datetime) -> dict[str, str]:
    return prefilled(incidents, lane=lane, now=now)
