"""The states of a handoff, the one table of moves, and how the receiver rates the packet."""

from dataclasses import dataclass
from enum import StrEnum

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class HandoffKind(models.TextChoices):
    """What is passed on sideways."""

    LEAD = "lead", _("Lead of an incident")
    LANE = "lane", _("Lane")
    SHIFT = "shift", _("Shift")


class HandoffState(models.TextChoices):
    OFFERED = "offered", _("Waiting for an answer")
    RETURNED = "returned", _("Returned")
    ACCEPTED = "accepted", _("Accepted")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    VOID = "void", _("Void")


TONES: dict[str, str] = {
    HandoffState.OFFERED: "moderate",
    HandoffState.RETURNED: "high",
    HandoffState.ACCEPTED: "good",
    HandoffState.WITHDRAWN: "info",
    HandoffState.VOID: "info",
}
# Returned, the giver still owes an answer: it goes on with other words, or is withdrawn.
PENDING = frozenset({HandoffState.OFFERED, HandoffState.RETURNED})


class Rating(models.TextChoices):
    """What the packet was worth to whoever goes on with it."""

    COMPLETE = "complete", _("Complete")
    MISSING = "missing", _("Something missing")
    UNUSABLE = "unusable", _("Unusable")


RATING_TONES: dict[str, str] = {Rating.COMPLETE: "good", Rating.MISSING: "moderate", Rating.UNUSABLE: "high"}


class Outcome(models.TextChoices):
    """What became of one thing of a handoff."""

    OFFERED = "offered", _("Passes when it is accepted")
    # The receiver may not see it, or could not answer for it: it was never offered to them.
    LEFT_OUT = "left_out", _("Stays with the giver")
    PASSED = "passed", _("Passed on")
    STAYED = "stayed", _("Did not pass")


class HandoffVerb(StrEnum):
    ACCEPT = "accept"
    RETURN = "return"
    REVISE = "revise"
    WITHDRAW = "withdraw"
    RATE = "rate"


class Who(StrEnum):
    RECEIVER = "receiver"
    GIVER = "giver"


@dataclass(frozen=True, slots=True)
class HandoffMove:
    """From where a verb is possible, where it leads, who may and what words it demands."""

    sources: frozenset[HandoffState]
    to: HandoffState
    who: Who
    demands: str | Promise = ""


_OFFERED = frozenset({HandoffState.OFFERED})
HANDOFF_MOVES: dict[HandoffVerb, HandoffMove] = {
    HandoffVerb.ACCEPT: HandoffMove(_OFFERED, HandoffState.ACCEPTED, Who.RECEIVER),
    HandoffVerb.RETURN: HandoffMove(_OFFERED, HandoffState.RETURNED, Who.RECEIVER, _("what is missing")),
    # Words that were offered never change: other words are another version, which is offered anew.
    HandoffVerb.REVISE: HandoffMove(PENDING, HandoffState.OFFERED, Who.GIVER, _("how it stands now")),
    HandoffVerb.WITHDRAW: HandoffMove(PENDING, HandoffState.WITHDRAWN, Who.GIVER, _("why you keep it")),
    HandoffVerb.RATE: HandoffMove(frozenset({HandoffState.ACCEPTED}), HandoffState.ACCEPTED, Who.RECEIVER),
}
