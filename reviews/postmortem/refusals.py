"""Why a verb of a review or an action was refused. Each says the present state and the cure."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from incidents.response.refusals import Refusal

if TYPE_CHECKING:
    from reviews.postmortem.drafting import Texts


class ReviewInWrongState(Refusal):
    """The review is not in a state from which this verb is possible."""


class ReviewAlreadyOpen(Refusal):
    """The incident has its review already."""


class ReviewIncomplete(Refusal):
    """Something that a submitted review must say is missing. `missing` holds a sentence for each."""

    def __init__(self, missing: list[str]) -> None:
        super().__init__(" ".join(missing))
        self.missing = missing


class DraftConflict(Refusal):
    """Somebody saved the draft since this form was opened. `mine` was not saved; both must be shown."""

    def __init__(self, *, mine: "Texts", expected: int, found: int) -> None:
        super().__init__(_("Somebody saved this draft while you were writing. Your text is kept here, not saved yet."))
        self.mine = mine
        self.expected = expected
        self.found = found


class CommentMissing(Refusal):
    """A review is returned with a comment that says what to improve."""


class NotTheSigner(Refusal):
    """Only the role that the severity names may decide about the review."""


class SamePersonTwice(Refusal):
    """Whoever submitted a review may not sign it off: it takes two persons."""


class FactorNotThere(Refusal):
    """The contributing factor was removed meanwhile."""


class ActionInWrongState(Refusal):
    """The action is not in a state from which this verb is possible."""


class NotTheOwner(Refusal):
    """Only the owner of an action and people who write reviews may change it."""


class OwnerCannotSee(Refusal):
    """The owner of an action must be able to see its incident."""


class DueInThePast(Refusal):
    """A new action is due on a day that people can still meet."""


class WordsMissing(Refusal):
    """The verb needs words of the person and got none."""
