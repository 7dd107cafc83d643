"""The two lists: reviews for managers, actions for everybody who owes one. Their whole state is in the URL."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from airp.accounts.models import User
from airp.accounts.requests import AirpRequest
from airp.web.answers import answer
from reviews.postmortem.due import due_words
from reviews.postmortem.models import Action, Review
from reviews.postmortem.paging import Order, Page, page
from reviews.postmortem.queries import ActionQuerySet, ReviewQuerySet
from reviews.postmortem.states import TONES

BY_DUE_DATE = Order("due_date")
LAST_SIGNED_FIRST = Order("signed_off_at", "descending", holds=datetime)
LAST_ENDED_FIRST = Order("ended_at", "descending", holds=datetime)

REVIEW_VIEWS = {
    "due": _("To finish"),
    "overdue": _("Overdue"),
    "awaiting": _("Awaiting sign-off"),
    "mine": _("Mine"),
    "signed_off": _("Signed off"),
}
ACTION_VIEWS = {"open": _("Open"), "overdue": _("Overdue"), "mine": _("Mine"), "ended": _("Ended")}


def reviews(request: AirpRequest) -> HttpResponse:
    """Reviews of the chosen view, by due date; signed-off ones by their sign-off."""
    now = timezone.now()
    today = timezone.localdate(now)
    chosen = _chosen(request, REVIEW_VIEWS)
    rows = _reviews_of(request.user, chosen, today=today).for_list()
    order = LAST_SIGNED_FIRST if chosen == "signed_off" else BY_DUE_DATE
    found = _page(request, rows, order)
    for row in found.rows:
        row.due, row.tone = due_words(row.due_date, today=today), TONES[row.state]
    counts = {name: _reviews_of(request.user, name, today=today).count() for name in ("overdue", "awaiting", "mine")}
    shown = {"view": chosen, "tabs": _tabs(REVIEW_VIEWS, chosen, counts), "now": now}
    return answer(request, "reviews/reviews.html", shown | _pager(found, chosen))


def actions(request: AirpRequest) -> HttpResponse:
    """Actions of the chosen view, by due date; ended ones by their end."""
    now = timezone.now()
    today = timezone.localdate(now)
    chosen = _chosen(request, ACTION_VIEWS)
    rows = _actions_of(request.user, chosen, today=today).for_list()
    found = _page(request, rows, LAST_ENDED_FIRST if chosen == "ended" else BY_DUE_DATE)
    for row in found.rows:
        row.due = due_words(row.due_date, today=today)
    counts = {name: _actions_of(request.user, name, today=today).count() for name in ("overdue", "mine")}
    shown = {
        "view": chosen,
        "tabs": _tabs(ACTION_VIEWS, chosen, counts),
        "now": now,
        "reviews_url": reverse("reviews:reviews"),
    }
    return answer(request, "reviews/actions.html", shown | _pager(found, chosen))


def _reviews_of(user: User, view: str, *, today: date) -> ReviewQuerySet:
    seen = Review.objects.visible_to(user)
    match view:
        case "overdue":
            return seen.overdue(today=today)
        case "awaiting":
            return seen.awaiting_sign_off()
        case "mine":
            return seen.of(user)
        case "signed_off":
            return seen.signed_off()
    return seen.unfinished()


def _actions_of(user: User, view: str, *, today: date) -> ActionQuerySet:
    seen = Action.objects.visible_to(user)
    match view:
        case "overdue":
            return seen.overdue(today=today)
        case "mine":
            return seen.of(user)
        case "ended":
            return seen.ended()
    return seen.open()


def _chosen(request: AirpRequest, views: Mapping[str, Any]) -> str:
    """The view of the URL, the first one when it names none that we know."""
    asked = request.GET.get("view", "")
    return asked if asked in views else next(iter(views))


def _page(request: AirpRequest, rows: Any, order: Order) -> Page:
    return page(rows, order=order, before=request.GET.get("before", ""), after=request.GET.get("after", ""))


def _tabs(views: Mapping[str, Any], chosen: str, counts: Mapping[str, int]) -> list[dict[str, Any]]:
    return [
        {"label": label, "url": f"?view={name}", "count": counts.get(name), "is_current": name == chosen}
        for name, label in views.items()
    ]


def _pager(found: Page, view: str) -> dict[str, Any]:
    before, after = found.before, found.after
    return {
        "rows": found.rows,
        "newer_url": f"?{urlencode({'view': view, 'before': before})}" if before else "",
        "older_url": f"?{urlencode({'view': view, 'after': after})}" if after else "",
    }
