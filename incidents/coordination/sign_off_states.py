"""The states of a sign-off, the one table of moves, and what it means when nobody answers."""

from dataclasses import dataclass
from enum import StrEnum

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class SignOffState(models.TextChoices):
    ASKED = "asked", _("Waiting for an answer")
    APPROVED = "approved", _("Approved")
    RETURNED = "returned", _("Returned")
    WITHDRAWN = "withdrawn", _("Withdrawn")


TONES: dict[str, str] = {
    SignOffState.ASKED: "moderate",
    SignOffState.APPROVED: "good",
    SignOffState.RETURNED: "high",
    SignOffState.WITHDRAWN: "info",
}


class Silence(models.TextChoices):
    """What no answer by the deadline means. Said when asking, so that nobody argues about it afterwards."""

    HOLDS = "holds", _("It does not go ahead without an answer")
    MANAGER = "manager", _("A manager may answer in their place")
    GOES_AHEAD = "goes_ahead", _("It goes ahead without the approval")


class SignOffVerb(StrEnum):
    APPROVE = "approve"
    RETURN = "return"
    REVISE = "revise"
    WITHDRAW = "withdraw"


class Who(StrEnum):
    """Who may take a move, beyond the right to write in incidents."""

    ASKED = "asked"  # the person or the role that was asked, and nobody who wrote it
    ASKING = "asking"  # whoever asked, whoever leads the incident, or a manager


@dataclass(frozen=True, slots=True)
class SignOffMove:
    """From where a verb is possible, where it leads, who may and what words it demands."""

    sources: frozenset[SignOffState]
    to: SignOffState
    who: Who
    demands: str | Promise = ""


SIGN_OFF_MOVES: dict[SignOffVerb, SignOffMove] = {
    SignOffVerb.APPROVE: SignOffMove(frozenset({SignOffState.ASKED}), SignOffState.APPROVED, Who.ASKED),
    SignOffVerb.RETURN: SignOffMove(
        frozenset({SignOffState.ASKED}), SignOffState.RETURNED, Who.ASKED, _("what must change before you approve")
    ),
    # Of an approved one it ends the approval: that was given for other words.
    SignOffVerb.REVISE: SignOffMove(
        frozenset({SignOffState.ASKED, SignOffState.RETURNED, SignOffState.APPROVED}),
        SignOffState.ASKED,
        Who.ASKING,
        _("what should be approved"),
    ),
    SignOffVerb.WITHDRAW: SignOffMove(
        frozenset({SignOffState.ASKED, SignOffState.RETURNED, SignOffState.APPROVED}),
        SignOffState.WITHDRAWN,
        Who.ASKING,
        _("why it is not needed any more"),
    ),
}
