"""The states of a decision and the one table of moves."""

from dataclasses import dataclass
from enum import StrEnum

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class DecisionState(models.TextChoices):
    STANDS = "stands", _("Stands")
    REVERSED = "reversed", _("Reversed")


TONES: dict[str, str] = {DecisionState.STANDS: "low", DecisionState.REVERSED: "moderate"}


class DecisionVerb(StrEnum):
    DISSENT = "dissent"
    CONFIRM = "confirm"
    REVERSE = "reverse"


class Who(StrEnum):
    """Who may take a move, beyond the right to write in incidents."""

    ANYBODY = "anybody"
    DECIDING = "deciding"  # whoever decided, whoever leads the incident, or a manager


@dataclass(frozen=True, slots=True)
class DecisionMove:
    """From where a verb is possible, where it leads, who may and what words it demands."""

    sources: frozenset[DecisionState]
    to: DecisionState
    who: Who
    demands: str | Promise


_STANDING = frozenset({DecisionState.STANDS})
DECISION_MOVES: dict[DecisionVerb, DecisionMove] = {
    DecisionVerb.DISSENT: DecisionMove(
        _STANDING, DecisionState.STANDS, Who.ANYBODY, _("why you would decide otherwise")
    ),
    DecisionVerb.CONFIRM: DecisionMove(_STANDING, DecisionState.STANDS, Who.DECIDING, _("why it stands")),
    DecisionVerb.REVERSE: DecisionMove(_STANDING, DecisionState.REVERSED, Who.DECIDING, _("why it is taken back")),
}
