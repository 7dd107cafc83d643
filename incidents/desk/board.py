"""The board: what must be decided and what is under way. Live by polling, its whole state in the URL."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from airp.accounts.requests import AirpRequest
from airp.web.answers import answer, go, toast, unchanged, wants_fragment
from incidents.classification.models import SeverityLevel
from incidents.desk.choices import levels
from incidents.desk.filters import KINDS, STATES, Filters, Sort, Whose
from incidents.desk.listing import Look, address
from incidents.desk.views_bar import Bar
from incidents.response.models import Incident
from incidents.response.refusals import Refusal
from incidents.saved_views.records import ViewedList

PAGE = "incidents/board.html"
LIST = "list"
MOST_CHOSEN = 100


def board(request: AirpRequest) -> HttpResponse:
    """The first page of the list, or the one after or before a place. Its bare address opens in the default view."""
    bar = Bar.of(request.user, ViewedList.BOARD)
    if (elsewhere := bar.redirection(request)) and not wants_fragment(request):
        return redirect(elsewhere)
    look, all_levels = Look(request.user, request.GET, now=timezone.now()), list(levels())
    frame = _frame(look.filters, all_levels) | bar.context(request.user, look.filters, levels=all_levels)
    return answer(request, PAGE, look.first(all_levels) | frame, partial=LIST)


def live(request: AirpRequest) -> HttpResponse:
    """The rows that the page shows, in their places, and how many more there are; 204 while nothing changed."""
    look = Look(request.user, request.GET, now=timezone.now())
    if look.version == request.GET.get("v"):
        return unchanged()
    return answer(request, f"{PAGE}#{LIST}", look.again())


def acknowledge_chosen(request: AirpRequest) -> HttpResponse:
    """Acknowledge the chosen incidents, by their references. Each refusal is told, none stops the others."""
    now, user = timezone.now(), request.user
    references = request.POST.getlist("chosen")[:MOST_CHOSEN]
    done, refusals = 0, []
    for incident in Incident.objects.visible_to(user).filter(reference__in=references).order_by("pk"):
        try:
            incident.acknowledge(by=user, now=now)
            done += 1
        except Refusal as refusal:
            refusals.append(str(refusal))
    notice = " ".join([ngettext("%d acknowledged.", "%d acknowledged.", done) % done, *refusals])
    return _changed(request, notice=notice, now=now)


def take_lead(request: AirpRequest, reference: str) -> HttpResponse:
    """Take the lead from the list, at once; whoever had it before can have it back by Undo."""
    now, user = timezone.now(), request.user
    incident = get_object_or_404(Incident.objects.visible_to(user), reference=reference)
    before, version = incident.lead_id, request.POST.get("version", "")[:9]
    try:
        incident.hand_over(to=user, by=user, now=now, expected=int(version) if version.isdecimal() else None)
    except Refusal as refusal:
        return _changed(request, notice=str(refusal), now=now)
    undo_url = reverse("incidents:return_lead", args=[reference, before or 0])
    return _changed(
        request, notice=_("You lead %(reference)s now.") % {"reference": reference}, undo_url=undo_url, now=now
    )


def _changed(request: AirpRequest, *, notice: str, now: datetime, undo_url: str = "") -> HttpResponse:
    """The list after a change made in it: the same rows in their places. The form field `list` says which."""
    state = QueryDict(request.POST.get("list", ""))
    if not wants_fragment(request):
        return go(request, address(Filters.read(state)), notice=notice, undo_url=undo_url)
    look = Look(request.user, state, now=now)
    return toast(answer(request, f"{PAGE}#{LIST}", look.again()), notice, undo_url=undo_url)


def _frame(filters: Filters, all_levels: list[SeverityLevel]) -> dict[str, Any]:
    """What stands around the list: the pills and the filter form."""
    tabs = [
        {"label": label, "url": address(filters, whose=value), "count": None,
         "is_current": filters.whose == value}
        for value, label in Whose.choices
    ]  # fmt: skip
    return {
        "tabs": tabs,
        "states": STATES,
        "sorts": Sort.choices,
        "kinds": [(value, label) for value, (label, _condition) in KINDS.items()],
        "levels": all_levels,
    }
