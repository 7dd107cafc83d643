"""Reviews and actions that wait for a person, for my work."""

from datetime import datetime

from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _

from airp.accounts.models import User
from incidents.response.models import IncidentKind
from incidents.response.work import WorkItem, WorkKind
from reviews.postmortem.due import end_of
from reviews.postmortem.models import Action, Review
from reviews.postmortem.states import TONES


def my_actions(person: User, *, now: datetime, most: int) -> list[WorkItem]:
    """Open actions that this person owns, due first. One query."""
    mine = Action.objects.visible_to(person).of(person).select_related("review__incident")
    return [
        WorkItem(
            kind=WorkKind.ACTION,
            pk=action.pk,
            title=action.what[:200],
            url=reverse("reviews:action", args=[action.pk]),
            about=f"{action.review.incident.reference} {action.review.incident.title}",
            due_at=end_of(action.due_date),
            is_whole_day=True,
            state=action.kind_name,
            is_drill=action.review.incident.kind == IncidentKind.DRILL,
        )
        for action in mine.order_by("due_date", "id")[:most]
    ]


def my_reviews(person: User, *, now: datetime, most: int) -> list[WorkItem]:
    """Reviews that this person writes, or has to sign off. One query."""
    mine = Review.objects.visible_to(person).of(person).select_related("incident")
    return [
        WorkItem(
            kind=WorkKind.REVIEW,
            pk=review.pk,
            title=_("Review of %(title)s") % {"title": review.incident.title},
            url=reverse("reviews:review", args=[review.incident.reference]),
            about=review.incident.reference,
            due_at=end_of(review.due_date) if review.due_date else None,
            is_whole_day=True,
            state=review.get_state_display(),
            tone=TONES[review.state],
            is_drill=review.incident.kind == IncidentKind.DRILL,
        )
        for review in mine.order_by(F("due_date").asc(nulls_last=True), "id")[:most]
    ]
