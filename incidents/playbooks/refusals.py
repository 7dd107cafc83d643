"""Why a verb of a playbook or a task was refused. Nothing was changed; the text says the cure."""

from incidents.response.refusals import Refusal


class TaskInWrongState(Refusal):
    """The task is not in a state from which this verb leads anywhere."""


class TaskOfSomebodyElse(Refusal):
    """The task has another owner, who did not ask for this."""


class MandatoryTask(Refusal):
    """Only the lead or a manager decides that a mandatory task will not be done."""


class OwnerCannotSee(Refusal):
    """The incident does not exist for the person who should do it."""


class Unfinished(Refusal):
    """The task's kind demands more before it is done."""


class RunInWrongState(Refusal):
    """The playbook does not stand in the incident in a way that this verb could change."""


class NotADraft(Refusal):
    """A published version never changes."""


class DraftExists(Refusal):
    """The playbook has a draft already."""


class NothingToPublish(Refusal):
    """A version without steps helps nobody."""


class TwoWouldFit(Refusal):
    """Another playbook is as specific and would fit the same incidents."""
