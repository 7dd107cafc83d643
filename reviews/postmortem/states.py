"""The states of a review and of an action, and the tables of moves: who may do what from where."""

from dataclasses import dataclass
from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _


class ReviewState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Awaiting sign-off")
    RETURNED = "returned", _("Returned")
    SIGNED_OFF = "signed_off", _("Signed off")


IN_WRITING = frozenset({ReviewState.DRAFT, ReviewState.RETURNED})
UNFINISHED = frozenset(ReviewState) - {ReviewState.SIGNED_OFF}

TONES: dict[str, str] = {
    ReviewState.DRAFT: "info",
    ReviewState.SUBMITTED: "low",
    ReviewState.RETURNED: "moderate",
    ReviewState.SIGNED_OFF: "good",
}


class ReviewVerb(StrEnum):
    WRITE = "write"
    SUBMIT = "submit"
    RETURN = "return"
    SIGN_OFF = "sign_off"
    REOPEN = "reopen"


@dataclass(frozen=True, slots=True)
class ReviewMove:
    """From where a verb is possible and where it leads. `to` None leaves the state as it is."""

    sources: frozenset[ReviewState]
    to: ReviewState | None = None


REVIEW_MOVES: dict[ReviewVerb, ReviewMove] = {
    ReviewVerb.WRITE: ReviewMove(IN_WRITING),
    ReviewVerb.SUBMIT: ReviewMove(IN_WRITING, ReviewState.SUBMITTED),
    ReviewVerb.RETURN: ReviewMove(frozenset({ReviewState.SUBMITTED}), ReviewState.RETURNED),
    ReviewVerb.SIGN_OFF: ReviewMove(frozenset({ReviewState.SUBMITTED}), ReviewState.SIGNED_OFF),
    ReviewVerb.REOPEN: ReviewMove(frozenset(ReviewState), ReviewState.DRAFT),
}


class ActionState(models.TextChoices):
    OPEN = "open", _("Open")
    DONE = "done", _("Done")
    NOT_DOING = "not_doing", _("Not doing")


class ActionVerb(StrEnum):
    EDIT = "edit"
    COMPLETE = "complete"
    DECLINE = "decline"
    RESUME = "resume"


@dataclass(frozen=True, slots=True)
class ActionMove:
    """From where, to where, and what the person must write down."""

    sources: frozenset[ActionState]
    to: ActionState | None = None
    demands: str = ""


ACTION_MOVES: dict[ActionVerb, ActionMove] = {
    ActionVerb.EDIT: ActionMove(frozenset({ActionState.OPEN})),
    ActionVerb.COMPLETE: ActionMove(
        frozenset({ActionState.OPEN}), ActionState.DONE, demands="what shows that it is done"
    ),
    ActionVerb.DECLINE: ActionMove(
        frozenset({ActionState.OPEN}), ActionState.NOT_DOING, demands="why it will not be done"
    ),
    ActionVerb.RESUME: ActionMove(
        frozenset({ActionState.DONE, ActionState.NOT_DOING}), ActionState.OPEN, demands="why it is open again"
    ),
}
