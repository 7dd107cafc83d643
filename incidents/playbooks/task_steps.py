"""The verbs of a task as a person meets them: a noun address, a form, and what the form does.

Whether a step is offered is read from the table of moves; the verbs themselves decide.
"""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from incidents.playbooks import task_forms as forms
from incidents.playbooks.states import TASK_MOVES, TaskState, TaskVerb
from incidents.playbooks.task import Task
from incidents.response.steps import Step


@dataclass(frozen=True, slots=True)
class TaskStep(Step[TaskVerb, Task]):
    """One small form of a task."""

    @property
    def name(self) -> str:
        return f"task_{self.path.replace('-', '_')}"

    def is_open(self, task: Task) -> bool:
        if self.verb == TaskVerb.RECORD and not task.kind_of.is_recorded_on_the_way:
            return False
        return TaskState(task.state) in TASK_MOVES[self.verb].sources


STEPS: dict[TaskVerb, TaskStep] = {
    step.verb: step
    for step in (
        TaskStep(
            TaskVerb.FINISH, "completion", forms.FinishForm,
            lambda task, cleaned, by, now: task.finish(by=by, now=now, values=cleaned),
            _("Done"), _("Mark as done"), _("done"),
        ),
        TaskStep(
            TaskVerb.RECORD, "ticks", forms.RecordForm,
            lambda task, cleaned, by, now: task.record(by=by, now=now, values=cleaned),
            _("Tick items"), _("Keep the ticks"), _("ticks kept"),
        ),
        TaskStep(
            TaskVerb.START, "start", forms.StartForm,
            lambda task, cleaned, by, now: task.start(by=by, now=now),
            _("Start"), _("Start"), _("in progress"),
        ),
        TaskStep(
            TaskVerb.BLOCK, "blockage", forms.BlockForm,
            lambda task, cleaned, by, now: task.block(by=by, now=now, reason=cleaned["reason"]),
            _("Cannot proceed"), _("It cannot proceed"), _("cannot proceed"),
        ),
        TaskStep(
            TaskVerb.SKIP, "omission", forms.SkipForm,
            lambda task, cleaned, by, now: task.skip(by=by, now=now, reason=cleaned["reason"]),
            _("Not doing"), _("It will not be done"), _("will not be done"),
        ),
        TaskStep(
            TaskVerb.RESUME, "resumption", forms.ResumeForm,
            lambda task, cleaned, by, now: task.resume(by=by, now=now, reason=cleaned["reason"]),
            _("Go on with it"), _("Go on with it"), _("in progress again"),
        ),
        TaskStep(
            TaskVerb.ASSIGN, "owner", forms.OwnerForm,
            lambda task, cleaned, by, now: task.assign(to=cleaned["to"], by=by, now=now),
            _("Give it to somebody"), _("Save"), _("handed on"),
        ),
        TaskStep(
            TaskVerb.RESCHEDULE, "due-time", forms.DueForm,
            lambda task, cleaned, by, now: task.reschedule(to=cleaned["to"], reason=cleaned["reason"], by=by, now=now),
            _("Another due time"), _("Save"), _("due time changed"),
        ),
    )
}  # fmt: skip
BY_PATH = {step.path: step for step in STEPS.values()}
