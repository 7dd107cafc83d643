"""Why a verb was refused. Each says the present state and the cure; pages show the sentence as it is."""

from django.utils.translation import gettext as _


class Refusal(Exception):
    """A verb that could not be carried out. Nothing was changed. `str()` is meant for people."""


class WrongState(Refusal):
    """The incident is not in a state from which this verb leads anywhere."""


class AlreadyDone(Refusal):
    """What was asked for is already so."""


class NotPermitted(Refusal):
    """The person's roles do not allow this verb."""


class ReasonMissing(Refusal):
    """The verb needs a reason and got none."""

    def __init__(self, demanded: str) -> None:
        super().__init__(_("Say %(demanded)s.") % {"demanded": demanded})


class LevelNotHigher(Refusal):
    """Raising needs a worse level than the present one."""


class LevelNotLower(Refusal):
    """Lowering needs a less bad level than the present one."""


class NoSuchLevel(Refusal):
    """The severity matrix names a level that does not exist any more."""


class UnknownTag(Refusal):
    """A tag that stands in no taxonomy."""


class HeldByGate(Refusal):
    """Something that must come first is not settled yet."""


class ImpossibleTime(Refusal):
    """A corrected time would contradict the others or lie in the future."""


class WouldLoseSight(Refusal):
    """Restricting an incident would hide it from whoever restricts it."""


class EditConflict(Refusal):
    """Somebody else changed the incident since the form was opened; both versions must be shown."""

    def __init__(self, *, expected: int, found: int) -> None:
        super().__init__(_("Somebody changed this incident while you were editing."))
        self.expected = expected
        self.found = found
