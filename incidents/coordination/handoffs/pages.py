"""The page of all handoffs, the page of one, and its steps. Fetching is the permission check."""

from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.accounts.requests import AirpRequest
from airp.accounts.roles import Capability
from airp.web.answers import answer, go, refused
from airp.web.paging import Place
from incidents.coordination.handoffs.handoff import Handoff
from incidents.coordination.handoffs.queries import (
    handoffs_of_the_page,
    recent,
    tally_for,
    waiting_for,
    what_is_passed,
)
from incidents.coordination.handoffs.records import HandoffItem, items_for
from incidents.coordination.handoffs.states import RATING_TONES, HandoffState, HandoffVerb, Outcome, Rating
from incidents.coordination.handoffs.steps import BY_PATH, STEPS, HandoffStep
from incidents.response.steps import history, offer, take

PAGE = "incidents/handoff.html"
FIRST = ("acceptance", "rating", "amendment")


def handoffs(request: AirpRequest) -> HttpResponse:
    """What this person has to answer, what they gave, and what ended. `?after=` and `?before=` page the last."""
    after, before = Place.read(request.GET.get("after", "")), Place.read(request.GET.get("before", ""))
    person, waiting = request.user, waiting_for(request.user)
    ended = recent(person, after=after, before=before)
    context = {
        "to_answer": [row for row in waiting if row["receiver_id"] == person.pk and _is_offered(row)],
        "given": [row for row in waiting if row["giver_id"] == person.pk or not _is_offered(row)],
        "recent": ended.rows,
        "newer": ended.newer,
        "older": ended.older,
        "now": timezone.now(),
    }
    return answer(request, "incidents/handoffs.html", context)


def handoff_counts(request: HttpRequest) -> dict[str, Any]:
    """The number beside Handoffs: the answers that this person owes."""
    person = request.user
    if not isinstance(person, User) or not person.can(Capability.ANNOTATE):
        return {}
    return {"tallies": {"handoffs": tally_for(person)}}


def handoff(request: AirpRequest, pk: int) -> HttpResponse:
    """The packet, what passes with it, how it stands and what can be done."""
    return answer(request, PAGE, _shown(request, _fetch(request, pk)))


def take_step(request: AirpRequest, pk: int, path: str) -> HttpResponse:
    """One step; it leads back to the handoff, or to the list for somebody who just gave away their sight of it."""
    found, step = _fetch(request, pk), BY_PATH[path]
    form = step.form(request.POST, handoff=found, name=step.path)
    take(step, found, form, by=request.user, now=timezone.now())
    if form.errors:
        return refused(request, PAGE, _shown(request, _fetch(request, pk), step, form))
    notice = _("Handoff: %(done)s.") % {"done": step.done}
    if not Handoff.objects.visible_to(request.user).filter(pk=pk).exists():
        return go(request, "incidents:handoffs", notice=notice)
    return go(request, "incidents:handoff", pk, notice=notice)


def _is_offered(row: dict[str, Any]) -> bool:
    return bool(row["state"] == HandoffState.OFFERED)


def _fetch(request: AirpRequest, pk: int) -> Handoff:
    found: Handoff = get_object_or_404(handoffs_of_the_page(request.user), pk=pk)
    return found


def _shown(
    request: AirpRequest, found: Handoff, attempted: HandoffStep | None = None, form: Form | None = None
) -> dict[str, Any]:
    """The packet and the forms that fit; a refused form shows whatever the state is."""
    packet = found.packets.select_related("written_by").get(number=found.version)
    items, is_short = items_for(packet, request.user)
    offers = {
        step.path: _offer(step, found, form if step is attempted else None)
        for step in STEPS.values()
        if step.is_open_to(request.user, found) or step is attempted
    }
    rating = offers.pop(STEPS[HandoffVerb.RATE].path, None)
    acceptance = offers.pop(STEPS[HandoffVerb.ACCEPT].path, None)
    return {
        "handoff": found,
        "incident": found.incident,
        "what": _what(found),
        # Words may speak of everything that is offered: who may not see all of it, reads none of them.
        "sections": [] if is_short else [each for each in packet.sections if each[1]],
        "is_short": is_short,
        "packet": packet,
        "items": [item for item in items if item.outcome != Outcome.LEFT_OUT],
        "left_out": [item for item in items if item.outcome == Outcome.LEFT_OUT],
        "acceptance": acceptance,
        "rating": rating,
        "ratings": [{"value": each.value, "label": each.label} for each in Rating],
        "rating_tone": RATING_TONES.get(found.rating, "info"),
        "offers": list(offers.values()),
        "entries": _history(found, items),
        "now": timezone.now(),
    }


def _offer(step: HandoffStep, found: Handoff, form: Form | None) -> dict[str, Any]:
    return offer(
        step,
        form or step.form(handoff=found, name=step.path),
        url=reverse(f"incidents:{step.name}", args=[found.pk]),
        is_open=form is not None or step.path in FIRST,
    )


def _what(found: Handoff) -> str:
    about = f"{found.incident.reference} {found.incident.title}" if found.incident else ""
    return what_is_passed(found.kind, giver=found.giver.name, lane=found.lane.lane if found.lane else None, about=about)


def _history(found: Handoff, items: list[HandoffItem]) -> list[dict[str, Any]]:
    """From the incident; each incident of a shift has the same entries."""
    incidents = [item.incident for item in items if item.incident and item.outcome != Outcome.LEFT_OUT]
    incident = found.incident or next(iter(incidents), None)
    return history(incident, handoff=found.pk) if incident else []
