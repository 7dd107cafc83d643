"""Why a verb of this package was refused. Nothing was changed; the text says the cure."""

from incidents.response.refusals import Refusal


class LaneInWrongState(Refusal):
    """The lane is not in a state from which this verb leads anywhere."""


class NotOfTheLane(Refusal):
    """Neither the lane's role nor a lead."""


class CannotSee(Refusal):
    """The incident does not exist for the person who is named."""


class WaitsForNobody(Refusal):
    """A lane that waits says for whom: another lane or a person."""


class HeldByAnotherLane(Refusal):
    """Another lane must come first."""


class SignOffInWrongState(Refusal):
    """The sign-off is not in a state from which this verb leads anywhere."""


class NotAsked(Refusal):
    """The approval was asked of somebody else, or the text is somebody else's."""


class ApprovesOwn(Refusal):
    """Nobody approves what they asked for or wrote."""


class ChangedMeanwhile(Refusal):
    """The words are not those that were read."""


class DecisionInWrongState(Refusal):
    """The decision does not stand in a way that this verb could change."""


class HandoffInWrongState(Refusal):
    """The handoff is not in a state from which this verb leads anywhere."""


class NotTheReceiver(Refusal):
    """Only whoever it was offered to answers it, and only the giver changes it."""


class CannotBeOffered(Refusal):
    """What is to be passed on, or to whom, does not fit."""
