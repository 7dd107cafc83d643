"""The states of an incident and the one table of moves: who may do what from where.

The table drives the guard of each verb, the buttons of the page and the documentation. *Acknowledged* is a
time, not a state: somebody has taken notice, which can be true in any open state.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _

from airp.accounts.roles import Capability


class State(models.TextChoices):
    REPORTED = "reported", _("Reported")
    TRIAGED = "triaged", _("Triaged")
    CONTAINED = "contained", _("Contained")
    RESOLVED = "resolved", _("Resolved")
    CLOSED = "closed", _("Closed")
    DISMISSED = "dismissed", _("Dismissed")


# The path that the stepper shows; dismissal leaves it.
PATH = (State.REPORTED, State.TRIAGED, State.CONTAINED, State.RESOLVED, State.CLOSED)
UNDER_WAY = frozenset({State.REPORTED, State.TRIAGED, State.CONTAINED})
OPEN = UNDER_WAY | {State.RESOLVED}
ENDED = frozenset({State.CLOSED, State.DISMISSED})


class Verb(StrEnum):
    ACKNOWLEDGE = "acknowledge"
    TRIAGE = "triage"
    RAISE_SEVERITY = "raise_severity"
    LOWER_SEVERITY = "lower_severity"
    ASSESS = "assess"
    CONTAIN = "contain"
    RESOLVE = "resolve"
    CLOSE = "close"
    DISMISS = "dismiss"
    REOPEN = "reopen"
    MERGE = "merge"
    UNMERGE = "unmerge"
    HAND_OVER = "hand_over"
    ASSIGN_ROLE = "assign_role"
    EDIT_DETAILS = "edit_details"
    CHANGE_HARM_KIND = "change_harm_kind"
    CORRECT_TAGS = "correct_tags"
    CORRECT_TIME = "correct_time"
    ADD_NOTE = "add_note"
    POST_UPDATE = "post_update"
    SET_VISIBILITY = "set_visibility"


@dataclass(frozen=True, slots=True)
class Move:
    """What a verb needs and where it leads. `to` None leaves the state as it is."""

    capability: Capability
    sources: frozenset[State]
    to: State | None = None
    demands_reason: str = ""


MOVES: dict[Verb, Move] = {
    Verb.ACKNOWLEDGE: Move(Capability.TRIAGE, UNDER_WAY),
    Verb.TRIAGE: Move(Capability.TRIAGE, frozenset({State.REPORTED}), State.TRIAGED),
    Verb.RAISE_SEVERITY: Move(Capability.TRIAGE, OPEN, demands_reason="why it is worse than thought"),
    Verb.LOWER_SEVERITY: Move(Capability.LOWER_SEVERITY, OPEN, demands_reason="why it is less bad than thought"),
    # A level that is not the present one goes by the rules of raising and lowering.
    Verb.ASSESS: Move(Capability.TRIAGE, OPEN),
    Verb.CONTAIN: Move(
        Capability.RESPOND,
        frozenset({State.TRIAGED}),
        State.CONTAINED,
        demands_reason="what stopped the harm",
    ),
    Verb.RESOLVE: Move(
        Capability.RESPOND, frozenset({State.CONTAINED}), State.RESOLVED, demands_reason="what put it right"
    ),
    Verb.CLOSE: Move(Capability.CLOSE, frozenset({State.RESOLVED}), State.CLOSED),
    Verb.DISMISS: Move(
        Capability.TRIAGE,
        frozenset({State.REPORTED, State.TRIAGED}),
        State.DISMISSED,
        demands_reason="why this is no incident",
    ),
    Verb.REOPEN: Move(
        Capability.TRIAGE,
        frozenset({State.RESOLVED}) | ENDED,
        State.TRIAGED,
        demands_reason="what came back or was missed",
    ),
    # Ends a duplicate. What it knew lives on in another incident, which stays as it is.
    Verb.MERGE: Move(Capability.TRIAGE, UNDER_WAY, State.DISMISSED),
    # Leads back to where it stood before it was merged.
    Verb.UNMERGE: Move(Capability.TRIAGE, frozenset({State.DISMISSED})),
    Verb.HAND_OVER: Move(Capability.TRIAGE, OPEN),
    Verb.ASSIGN_ROLE: Move(Capability.TRIAGE, OPEN),
    Verb.EDIT_DETAILS: Move(Capability.ANNOTATE, OPEN),
    Verb.CHANGE_HARM_KIND: Move(
        Capability.TRIAGE, OPEN - {State.REPORTED}, demands_reason="what shows that it is another kind of harm"
    ),
    Verb.CORRECT_TAGS: Move(Capability.ANNOTATE, frozenset(State)),
    Verb.CORRECT_TIME: Move(Capability.TRIAGE, frozenset(State), demands_reason="how you know the right time"),
    Verb.ADD_NOTE: Move(Capability.ANNOTATE, frozenset(State)),
    Verb.POST_UPDATE: Move(Capability.ANNOTATE, OPEN),
    Verb.SET_VISIBILITY: Move(Capability.RESTRICT, frozenset(State), demands_reason="who should see it, and why"),
}
