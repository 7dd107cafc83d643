"""What the incident page and the page frame show of reviews."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.accounts.roles import Capability
from airp.web.folds import Fold
from incidents.response.models import Incident
from reviews.postmortem.due import due_words
from reviews.postmortem.gate import left_of, review_of_the_panel
from reviews.postmortem.models import Review
from reviews.postmortem.opening import REVIEWABLE, demands_review
from reviews.postmortem.promises import clock_of
from reviews.postmortem.queries import tallies_for
from reviews.postmortem.states import TONES


def review_panel(request: HttpRequest, incident: Incident, *, now: datetime) -> dict[str, Any] | None:
    """The review on the incident page: state, due date and what closing waits for. None before there is one.

    The incident was fetched for this person, so its review may be shown.
    """
    review = review_of_the_panel(incident)
    may_open = review is None and incident.state in REVIEWABLE and _can(request, Capability.WRITE_REVIEW)
    if review is None and not may_open:
        return None
    is_demanded = demands_review(incident)
    context: dict[str, Any] = {"review": review, "incident": incident, "is_demanded": is_demanded, "now": now}
    clocks = []
    if review is not None:
        review.incident = incident
        clocks = [clock] if (clock := clock_of(review)) else []
        context |= {
            "tone": TONES[review.state],
            "due": due_words(review.due_date, today=timezone.localdate(now)),
            "obstacles": left_of(incident, review, by=_person(request))
            if is_demanded and not review.is_signed_off
            else [],
        }
    fold = _fold(review, context.get("due"), is_demanded=is_demanded)
    return {"template": "reviews/review.html#panel", "context": context, "clocks": clocks, "fold": fold}


def _fold(review: Review | None, due: Any, *, is_demanded: bool) -> Fold:
    """Open while closing waits for a review. What is due is marked with its own words."""
    is_left = is_demanded if review is None else not review.is_signed_off
    mark, tone = (due.words, due.tone) if due and is_left and due.tone in {"high", "critical"} else ("", "info")
    starts = "open" if is_left else "shut"
    return Fold(name="review-panel", title=_("Review"), mark=mark, tone=tone, starts=starts)


def review_counts(request: HttpRequest) -> dict[str, Any]:
    """The numbers beside Reviews and Actions in the navigation: what waits for this person."""
    person = request.user
    if not isinstance(person, User):
        return {}
    return {"tallies": tallies_for(person)}


def _person(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


def _can(request: HttpRequest, capability: Capability) -> bool:
    return isinstance(request.user, User) and request.user.can(capability)
