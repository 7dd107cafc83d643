"""The board: what must be decided and what is under way. Live by polling, its whole state in the URL."""

import hashlib
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from airp.accounts.models import User
from airp.accounts.requests import AirpRequest
from airp.accounts.roles import Capability
from airp.web.answers import answer, go, toast, unchanged, wants_fragment
from incidents.classification.models import SeverityLevel
from incidents.desk.choices import levels, systems
from incidents.desk.filters import STATES, Filters, Sort, Whose
from incidents.desk.paging import Place, page, segments
from incidents.desk.rows import drawn, listed, newest_entries, news, rows_of
from incidents.response.models import Incident
from incidents.response.refusals import Refusal
from incidents.response.states import MOVES, Verb

PAGE = "incidents/board.html"
LIST = "list"
ROWS_PER_PAGE = 25
MOST_CHOSEN = 100


def board(request: AirpRequest) -> HttpResponse:
    """The first page of the list, or the one after or before a place."""
    now, user = timezone.now(), request.user
    filters = Filters.read(request.GET)
    all_levels = list(levels())
    context = _first_look(user, filters, all_levels, request.GET, now=now)
    return answer(request, PAGE, context | _frame(filters, all_levels, user), partial=LIST)


def live(request: AirpRequest) -> HttpResponse:
    """The rows that the page shows, in their places, and how many more there are; 204 while nothing changed."""
    now, entries = timezone.now(), newest_entries(request.user)
    filters = Filters.read(request.GET)
    if _version(entries, filters, now=now) == request.GET.get("v"):
        return unchanged()
    return answer(request, f"{PAGE}#{LIST}", _second_look(request.user, filters, request.GET, entries, now=now))


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
    before, version = incident.lead_id, request.POST.get("version", "")
    try:
        incident.hand_over(to=user, by=user, now=now, expected=int(version) if version.isdecimal() else None)
    except Refusal as refusal:
        return _changed(request, notice=str(refusal), now=now)
    undo_url = reverse("incidents:return_lead", args=[reference, before]) if before else ""
    return _changed(
        request, notice=_("You lead %(reference)s now.") % {"reference": reference}, undo_url=undo_url, now=now
    )


def _changed(request: AirpRequest, *, notice: str, now: datetime, undo_url: str = "") -> HttpResponse:
    """The list after a change made in it: the same rows in their places. The form field `list` says which."""
    state, user = QueryDict(request.POST.get("list", "")), request.user
    filters = Filters.read(state)
    if not wants_fragment(request):
        return go(request, _address(filters), notice=notice, undo_url=undo_url)
    look = _second_look(user, filters, state, newest_entries(user), now=now)
    return toast(answer(request, f"{PAGE}#{LIST}", look), notice, undo_url=undo_url)


def _first_look(
    user: User, filters: Filters, all_levels: list[SeverityLevel], query: QueryDict, *, now: datetime
) -> dict[str, Any]:
    entries = newest_entries(user)
    walk = segments(filters.sort, all_levels)
    after, before = (Place.read(query.get(name, "")) for name in ("after", "before"))
    found = page(
        listed(user).filter(filters.condition(user, now=now)), walk, size=ROWS_PER_PAGE, after=after, before=before
    )
    is_whole = found.newer is None and found.older is None and after is None
    shown = {"newer": _address(filters, before=found.newer), "older": _address(filters, after=found.older)}
    since = entries[0] if entries else 0
    return _list(user, filters, found.rows, since=since, is_whole=is_whole, entries=entries, now=now) | shown


def _second_look(
    user: User, filters: Filters, query: QueryDict, entries: list[int], *, now: datetime
) -> dict[str, Any]:
    """The same rows again. Only an empty page takes in new ones by itself: there is nothing to click amiss."""
    ids = [int(part) for part in query.get("rows", "").split(".") if part.isdecimal()][:ROWS_PER_PAGE]
    if not ids:
        return _first_look(user, filters, list(levels()), query, now=now)
    is_whole, since = query.get("whole") == "1", int(query.get("since") or 0)
    context = _list(
        user, filters, rows_of(user, ids), since=since, is_whole=is_whole, entries=entries, now=now, ids=ids
    )
    context["news"] = news(user, filters, shown=ids, since=since, is_whole=is_whole, now=now)
    context["newer"], context["older"] = query.get("newer", ""), query.get("older", "")
    return context


def _list(
    user: User,
    filters: Filters,
    rows: list[dict[str, Any]],
    *,
    since: int,
    is_whole: bool,
    entries: list[int],
    now: datetime,
    ids: list[int] | None = None,
) -> dict[str, Any]:
    state = {
        "rows": ".".join(str(pk) for pk in ids or [row["id"] for row in rows]),
        "since": since,
        "whole": int(is_whole),
    }
    list_query = "&".join(part for part in (filters.url_query(), urlencode(state)) if part)
    fresh = filters.url_query() if is_whole else filters.url_query(sort=Sort.NEWEST.value)
    return {
        "now": now,
        "rows": drawn(rows, user, now=now),
        "news": 0,
        "news_url": f"?{fresh}",
        "list_query": list_query,
        "version": _version(entries, filters, now=now),
        "may_acknowledge": user.can(MOVES[Verb.ACKNOWLEDGE].capability),
        "filters": filters,
        "is_narrow": filters.are_narrow or filters.state != "open",
        "user_id": user.pk,
    }


def _version(entries: list[int], filters: Filters, *, now: datetime) -> str:
    """Changes with every entry that the person may see; what is overdue also changes by the minute."""
    minute = f"{now:%H%M}" if filters.whose == Whose.OVERDUE else ""
    return hashlib.sha256(f"{entries}{minute}".encode()).hexdigest()[:16]


def _address(filters: Filters, **place: Place | None) -> str:
    """The board with these filters at a place; empty where there is none to go to."""
    if any(value is None for value in place.values()):
        return ""
    parts = (filters.url_query(), urlencode({name: str(value) for name, value in place.items()}))
    return f"{reverse('incidents:board')}?{'&'.join(part for part in parts if part)}"


def _frame(filters: Filters, all_levels: list[SeverityLevel], user: User) -> dict[str, Any]:
    """What stands around the list: the pills and the filter form."""
    tabs = [
        {"label": label, "url": f"?{filters.url_query(whose=value)}", "count": None,
         "is_current": filters.whose == value}
        for value, label in Whose.choices
    ]  # fmt: skip
    return {
        "tabs": tabs,
        "states": STATES,
        "sorts": Sort.choices,
        "levels": all_levels,
        "systems": list(systems().values_list("slug", "name")),
        "may_declare": user.can(Capability.DECLARE),
    }
