"""What the pages of one review show, and how it is fetched: only through what the person may see."""

from datetime import datetime
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone

from airp.accounts.models import User
from airp.accounts.roles import Capability, Role
from airp.web.times import short
from reviews.postmortem.due import due_words
from reviews.postmortem.forms import ActionForm, CommentForm, DraftForm, FactorForm, SignOffForm
from reviews.postmortem.models import Action, Review
from reviews.postmortem.states import TONES

RELATED = (
    "incident__severity",
    "incident__system",
    "incident__lead",
    "submitted_by",
    "signed_off_by",
    "saved_by",
)


def visible_review(user: User, reference: str) -> Review:
    """The review of the incident, or 404 when it does not exist for this person."""
    return get_object_or_404(Review.objects.visible_to(user).select_related(*RELATED), incident__reference=reference)


def visible_action(user: User, pk: int) -> Action:
    related = ("owner", "ended_by", "added_by", "review__incident__severity")
    return get_object_or_404(Action.objects.visible_to(user).select_related(*related), pk=pk)


def review_context(review: Review, *, user: User, now: datetime, **forms: Any) -> dict[str, Any]:
    """Everything for the review's page. A form is there only if this person may use it now."""
    may_write = user.can(Capability.WRITE_REVIEW)
    context = (
        _told(review, now=now)
        | saved_context(review, now=now)
        | _decision(review, user)
        | {
            "may_decide": review.is_submitted and (review.is_signer(user) or user.can(Capability.SIGN_REVIEW)),
            "draft_form": DraftForm.of(review) if may_write and review.is_in_writing else None,
            "factor_form": FactorForm(prefix="factor") if may_write and review.is_in_writing else None,
            "action_form": ActionForm(prefix="action") if may_write else None,
        }
    )
    return context | forms


def saved_context(review: Review, *, now: datetime) -> dict[str, Any]:
    """When the draft was saved last: the clock time today, with the date on other days."""
    return {"review": review, "now": now, "saved": short(review.saved_at, now=now) if review.saved_at else ""}


def sign_off_context(review: Review, *, user: User, now: datetime, **forms: Any) -> dict[str, Any]:
    """Everything for the page of the sign-off. What this person cannot do is said in words."""
    return _told(review, now=now) | _decision(review, user) | forms


def _decision(review: Review, user: User) -> dict[str, Any]:
    """The forms of the sign-off that this person may use, and why not the others."""
    is_signer = review.is_submitted and review.is_signer(user)
    is_other_person = review.submitted_by_id != user.pk
    may_return = review.is_submitted and (is_signer or user.can(Capability.SIGN_REVIEW))
    return {
        "is_submitter": is_signer and not is_other_person,
        "is_outsider": review.is_submitted and not is_signer,
        "sign_off_form": SignOffForm(initial={"version": review.version}) if is_signer and is_other_person else None,
        "comment_form": CommentForm(prefix="return") if may_return else None,
    }


def _told(review: Review, *, now: datetime) -> dict[str, Any]:
    actions = list(review.actions.select_related("owner", "ended_by").order_by("due_date", "pk"))
    return {
        "review": review,
        "incident": review.incident,
        "now": now,
        "tone": TONES[review.state],
        "due": due_words(review.due_date, today=timezone.localdate(now)),
        "signer": Role(review.signer_role).label,
        "factors": list(review.factors.select_related("added_by").order_by("pk")),
        "actions": action_rows(actions, now=now),
        "open_actions": action_rows([action for action in actions if action.is_open], now=now),
        "comments": list(review.comments.select_related("author").order_by("-pk")),
        "parts": review.parts(),
    }


def action_rows(actions: list[Action], *, now: datetime) -> list[dict[str, Any]]:
    today = timezone.localdate(now)
    return [{"action": action, "due": due_words(action.due_date, today=today)} for action in actions]
