"""The on-call page: who is on call, who is next, where nobody is, and my own shifts."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from airp.accounts.models import User
from airp.accounts.requests import AirpRequest
from airp.accounts.roles import Capability
from airp.web import times
from airp.web.answers import answer, go, refused
from airp.web.navigation import is_permitted
from incidents.notification.rota.answering import rosters
from incidents.notification.rota.arranging import RotaRefusal, arrange_order, take_span, withdraw
from incidents.notification.rota.calendar import CalendarLink, feed
from incidents.notification.rota.forms import END, NOBODY, OrderForm, SpanForm
from incidents.notification.rota.plan import WEEK
from incidents.notification.rota.records import Rota, RotaOverride
from incidents.notification.rota.showing import rota_of, shifts_of

PAGE, SPAN, ORDER = "incidents/on_call.html", "incidents/on_call_span.html", "incidents/on_call_order.html"


def on_call(request: AirpRequest) -> HttpResponse:
    """Every rota in use, with the gaps of four weeks, and the shifts of who looks."""
    return answer(request, PAGE, _context(request))


def span(request: AirpRequest, pk: int) -> HttpResponse:
    """Take a span of a rota. `?from=` and `?until=` fill the form in."""
    rota = get_object_or_404(Rota.objects.active(), pk=pk)
    if request.method != "POST":
        return answer(request, SPAN, {"rota": rota, "form": SpanForm(user=request.user, initial=_asked(request))})
    form = SpanForm(request.POST, user=request.user)
    if not form.is_valid():
        return refused(request, SPAN, {"rota": rota, "form": form})
    given = {name: form.cleaned_data[name] for name in ("starts_at", "ends_at", "reason")}
    try:
        taken = take_span(rota, person=form.chosen, **given, by=request.user, now=timezone.now())
    except RotaRefusal as refusal:
        form.add_error(None, str(refusal))
        return refused(request, SPAN, {"rota": rota, "form": form})
    undo_url = reverse("incidents:on_call_withdrawal", args=[taken.pk])
    return go(request, "incidents:on_call", notice=_("Arranged: it counts at once."), undo_url=undo_url)


@require_POST
def withdrawal(request: AirpRequest, pk: int) -> HttpResponse:
    """Take an override back."""
    found = get_object_or_404(RotaOverride.objects.select_related("rota"), pk=pk)
    try:
        withdraw(found, by=request.user, now=timezone.now())
    except RotaRefusal as refusal:
        return go(request, "incidents:on_call", notice=str(refusal))
    return go(request, "incidents:on_call", notice=_("Taken back: the rota is as it was before."))


def order(request: AirpRequest, pk: int) -> HttpResponse:
    """Arrange who takes turns from a moment on."""
    rota = get_object_or_404(Rota, pk=pk)
    if request.method != "POST":
        return answer(request, ORDER, {"rota": rota, "form": OrderForm(rota=rota, initial=_present_order(rota))})
    form = OrderForm(request.POST, rota=rota)
    if not form.is_valid():
        return refused(request, ORDER, {"rota": rota, "form": form})
    given = {name: form.cleaned_data[name] for name in ("weekday", "handover", "begins_at")}
    try:
        arrange_order(rota, seats=form.seats, **given, by=request.user, now=timezone.now())
    except RotaRefusal as refusal:
        form.add_error(None, str(refusal))
        return refused(request, ORDER, {"rota": rota, "form": form})
    return go(request, "incidents:on_call", notice=_("Arranged: this order counts from then on."))


@require_POST
def calendar_link(request: AirpRequest) -> HttpResponse:
    """Make my private calendar link and show it, this once. The one before ends."""
    token = CalendarLink.issue(request.user, now=timezone.now())
    address = settings.BASE_URL + reverse("incidents:on_call_calendar", args=[token])
    return answer(request, PAGE, _context(request) | {"calendar_address": address})


def calendar(request: HttpRequest, calendar: str) -> HttpResponse:
    """The feed of whoever's link this is."""
    person = CalendarLink.person_of(calendar)
    if person is None:
        raise Http404
    response = HttpResponse(feed(person, now=timezone.now()), content_type="text/calendar; charset=utf-8")
    response["Cache-Control"] = "private, no-store"
    response["Content-Disposition"] = 'attachment; filename="on-call.ics"'
    return response


def _context(request: AirpRequest) -> dict[str, Any]:
    now, user = timezone.now(), request.user
    found = rosters(since=now)
    return {
        "now": now,
        "rotas": [rota_of(roster, user, now=now) for roster in found],
        "overrides": _overrides(user, now=now),
        "shifts": shifts_of(found, user, now=now),
        "is_able": user.can(Capability.TRIAGE),
        "may_arrange": user.can(Capability.ARRANGE_ON_CALL),
        "has_calendar": CalendarLink.objects.filter(person=user).exists(),
        "admin_url": reverse("admin:incidents_rota_changelist") if is_permitted(request, "admin:index") else "",
    }


def _overrides(user: User, *, now: datetime) -> list[dict[str, Any]]:
    """What is arranged and not over, with whether this person may take it back."""
    rows = RotaOverride.objects.filter(Q(withdrawn_at__isnull=True), ends_at__gt=now, rota__state="active")
    may_arrange = user.can(Capability.ARRANGE_ON_CALL)
    return [
        {"row": row, "may_withdraw": may_arrange or user.pk in {row.made_by_id, row.person_id}}
        for row in rows.select_related("rota", "person", "made_by").order_by("starts_at", "pk")[:100]
    ]


def _asked(request: AirpRequest) -> dict[str, Any]:
    """The span that a link asks for; a week from now where it asks for none."""
    now = timezone.now()
    starts_at, ends_at = times.read(request.GET.get("from", "")), times.read(request.GET.get("until", ""))
    start = max(starts_at or now, now)
    return {"starts_at": start, "ends_at": ends_at if ends_at and ends_at > start else start + timedelta(days=1)}


def _present_order(rota: Rota) -> dict[str, Any]:
    """The newest order as it stands, to be changed from the next handover on."""
    found = next((each for each in rosters(since=timezone.now()) if each.pk == rota.pk), None)
    newest = found.newest_order if found else None
    now = timezone.now()
    if newest is None:
        return {"begins_at": now.astimezone(rota.zone)}
    following = next(newest.handovers(now, now + 2 * WEEK), now)
    seats = {f"seat_{place}": NOBODY if who is None else who for place, who in enumerate(newest.seats, start=1)}
    local = following.astimezone(rota.zone)
    return {"weekday": newest.weekday, "handover": newest.handover, "begins_at": local, "seat_1": END} | seats
