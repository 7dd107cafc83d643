"""The states of a report and the one table of moves: who may do what from where, and which words it needs."""

from dataclasses import dataclass
from enum import StrEnum

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from airp.accounts.roles import Capability


class State(models.TextChoices):
    NEW = "new", _("New")
    ACCEPTED = "accepted", _("Accepted as incident")
    ATTACHED = "attached", _("Attached to an incident")
    DECLINED = "declined", _("Declined")


TONES = {State.NEW: "high", State.ACCEPTED: "good", State.ATTACHED: "moderate", State.DECLINED: "info"}
# Said to the reporter, who may not see the incident.
TOLD = {
    State.NEW: _("It has arrived. Somebody of triage will read it."),
    State.ACCEPTED: _("It was taken up as an incident. People work on it."),
    State.ATTACHED: _("It belongs to an incident on which people work already."),
    State.DECLINED: _("It was read, and nothing more follows."),
}


class Discretion(models.TextChoices):
    """Who may know who reported it. Of an anonymous report nobody can: the name is never stored."""

    NAMED = "named", _("Everybody who reads incidents may know that it was me")
    CONFIDENTIAL = "confidential", _("Only triage may know that it was me")
    ANONYMOUS = "anonymous", _("Nobody: do not store who I am")


class Urgency(models.TextChoices):
    USUAL = "usual", _("No, or I do not know")
    URGENT = "urgent", _("Yes, it goes on, or somebody may be in danger")


class Verb(StrEnum):
    ACCEPT = "accept"
    ATTACH = "attach"
    DECLINE = "decline"
    SNOOZE = "snooze"
    REOPEN = "reopen"
    TAKE_BACK = "take_back"
    CARRY = "carry"
    REVEAL = "reveal"


@dataclass(frozen=True, slots=True)
class Move:
    """What a verb needs and where it leads. `to` None: as it is, or as the verb says."""

    capability: Capability
    sources: frozenset[State]
    to: State | None = None
    demands: str | Promise = ""


_NEW = frozenset({State.NEW})
_EVERY = frozenset(State)
MOVES: dict[Verb, Move] = {
    Verb.ACCEPT: Move(Capability.TRIAGE, _NEW, State.ACCEPTED),
    Verb.ATTACH: Move(Capability.TRIAGE, _EVERY - {State.DECLINED}, State.ATTACHED),
    Verb.DECLINE: Move(Capability.TRIAGE, _NEW, State.DECLINED),
    Verb.SNOOZE: Move(Capability.TRIAGE, _NEW),
    Verb.REOPEN: Move(Capability.TRIAGE, frozenset({State.DECLINED}), State.NEW, _("what was missed")),
    Verb.TAKE_BACK: Move(Capability.TRIAGE, _EVERY),
    # With the incident that it belongs to, when that is merged into another one or parted from it again.
    Verb.CARRY: Move(Capability.TRIAGE, _EVERY),
    Verb.REVEAL: Move(Capability.REVEAL_REPORTS, _EVERY, demands=_("why you must read the original")),
}
