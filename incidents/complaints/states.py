"""The states of a complaint and the one table of moves: who may do what from where, and what the words are.

The table drives the guard of each verb and the forms of the page.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from airp.accounts.roles import Capability


class State(models.TextChoices):
    NEW = "new", _("New")
    ATTACHED = "attached", _("Attached")
    ANSWERED = "answered", _("Answered")
    CLOSED = "closed", _("Closed")


TONES = {State.NEW: "high", State.ATTACHED: "moderate", State.ANSWERED: "good", State.CLOSED: "info"}
# Somebody still owes the complainant an answer.
WAITING = (State.NEW, State.ATTACHED)
# Said to the complainant, who knows nothing of incidents.
TOLD = {
    State.NEW: _("We have received your complaint. Somebody will read it."),
    State.ATTACHED: _("We are looking into what happened."),
    State.ANSWERED: _("We have answered your complaint."),
    State.CLOSED: _("Your complaint is closed."),
}


class CloseReason(models.TextChoices):
    """Why nothing more follows. The complainant reads these words."""

    SETTLED = "settled", _("Put right, or nothing more to do")
    DUPLICATE = "duplicate", _("The same complaint was made before")
    NOT_OURS = "not_ours", _("Not about our AI system")
    WITHDRAWN = "withdrawn", _("Withdrawn by the complainant")
    UNFOUNDED = "unfounded", _("Checked, and the system worked as it should")


class Verb(StrEnum):
    ATTACH = "attach"
    DETACH = "detach"
    ANSWER = "answer"
    CLOSE = "close"
    REOPEN = "reopen"
    CLASSIFY = "classify"
    SNOOZE = "snooze"
    TAKE_BACK = "take_back"
    CARRY = "carry"
    REVEAL = "reveal"
    ISSUE_CODE = "issue_code"


@dataclass(frozen=True, slots=True)
class Move:
    """What a verb needs and where it leads. `to` None leaves the state as it is."""

    capability: Capability
    sources: frozenset[State]
    to: State | None = None
    demands: str | Promise = ""


_EVERY = frozenset(State)
MOVES: dict[Verb, Move] = {
    Verb.ATTACH: Move(Capability.TRIAGE, frozenset(WAITING), State.ATTACHED),
    Verb.DETACH: Move(Capability.TRIAGE, frozenset({State.ATTACHED}), State.NEW, _("why it does not belong there")),
    Verb.ANSWER: Move(Capability.TRIAGE, frozenset(WAITING), State.ANSWERED, _("what you told the complainant")),
    Verb.CLOSE: Move(
        Capability.TRIAGE, frozenset({*WAITING, State.ANSWERED}), State.CLOSED, _("why nothing more follows")
    ),
    # Leads to attached where it still belongs to an incident or a breach.
    Verb.REOPEN: Move(
        Capability.TRIAGE, frozenset({State.ANSWERED, State.CLOSED}), State.NEW, _("what came back or was missed")
    ),
    Verb.CLASSIFY: Move(Capability.TRIAGE, _EVERY - {State.CLOSED}),
    Verb.SNOOZE: Move(Capability.TRIAGE, frozenset({State.NEW})),
    # Leads back to where it stood.
    Verb.TAKE_BACK: Move(Capability.TRIAGE, _EVERY),
    # With the incident that it belongs to, when that is merged into another one or parted from it again.
    Verb.CARRY: Move(Capability.TRIAGE, _EVERY),
    Verb.REVEAL: Move(Capability.REVEAL_COMPLAINTS, _EVERY, demands=_("why you must read the original")),
    Verb.ISSUE_CODE: Move(Capability.TAKE_COMPLAINTS, _EVERY),
}
