"""The small tables of this package: states of tasks, of playbooks in incidents and of versions, with their moves."""

from dataclasses import dataclass
from enum import StrEnum

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from incidents.response.states import State


class TaskState(models.TextChoices):
    """Waiting for somebody else and not having begun are different things, so they look different."""

    NOT_STARTED = "not_started", _("Not started")
    IN_PROGRESS = "in_progress", _("In progress")
    CANNOT_PROCEED = "cannot_proceed", _("Cannot proceed")
    DONE = "done", _("Done")
    NOT_DOING = "not_doing", _("Not doing")


UNFINISHED = (TaskState.NOT_STARTED, TaskState.IN_PROGRESS, TaskState.CANNOT_PROCEED)
FINISHED = frozenset({TaskState.DONE, TaskState.NOT_DOING})
TONES: dict[str, str] = {
    TaskState.NOT_STARTED: "info",
    TaskState.IN_PROGRESS: "low",
    TaskState.CANNOT_PROCEED: "high",
    TaskState.DONE: "good",
    TaskState.NOT_DOING: "moderate",
}


class TaskVerb(StrEnum):
    START = "start"
    BLOCK = "block"
    FINISH = "finish"
    SKIP = "skip"
    RESUME = "resume"
    ASSIGN = "assign"
    RECORD = "record"
    RESCHEDULE = "reschedule"


@dataclass(frozen=True, slots=True)
class TaskMove:
    """From where a verb is possible, where it leads (None: nowhere) and what words it demands."""

    sources: frozenset[TaskState]
    to: TaskState | None = None
    demands: str | Promise = ""


TASK_MOVES: dict[TaskVerb, TaskMove] = {
    TaskVerb.START: TaskMove(frozenset({TaskState.NOT_STARTED, TaskState.CANNOT_PROCEED}), TaskState.IN_PROGRESS),
    TaskVerb.BLOCK: TaskMove(
        frozenset({TaskState.NOT_STARTED, TaskState.IN_PROGRESS}),
        TaskState.CANNOT_PROCEED,
        _("what it waits for, and from whom"),
    ),
    TaskVerb.FINISH: TaskMove(frozenset(UNFINISHED), TaskState.DONE),
    TaskVerb.SKIP: TaskMove(frozenset(UNFINISHED), TaskState.NOT_DOING, _("why it will not be done")),
    TaskVerb.RESUME: TaskMove(FINISHED, TaskState.IN_PROGRESS, _("why it goes on")),
    TaskVerb.ASSIGN: TaskMove(frozenset(UNFINISHED)),
    TaskVerb.RECORD: TaskMove(frozenset(UNFINISHED)),
    TaskVerb.RESCHEDULE: TaskMove(frozenset(UNFINISHED), demands=_("why it is due at another time")),
}


class RunState(models.TextChoices):
    """How a playbook stands in one incident."""

    PROPOSED = "proposed", _("Proposed")
    RUNNING = "running", _("Running")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("No longer fits")
    STOPPED = "stopped", _("Stopped")


class RunVerb(StrEnum):
    PROPOSE = "propose"
    START = "start"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    STOP = "stop"


RUN_MOVES: dict[RunVerb, tuple[frozenset[RunState], RunState]] = {
    RunVerb.PROPOSE: (frozenset({RunState.WITHDRAWN}), RunState.PROPOSED),
    RunVerb.START: (frozenset({RunState.PROPOSED, RunState.DECLINED, RunState.WITHDRAWN}), RunState.RUNNING),
    RunVerb.DECLINE: (frozenset({RunState.PROPOSED}), RunState.DECLINED),
    RunVerb.WITHDRAW: (frozenset({RunState.PROPOSED}), RunState.WITHDRAWN),
    RunVerb.STOP: (frozenset({RunState.RUNNING}), RunState.STOPPED),
}


class VersionState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")
    SUPERSEDED = "superseded", _("Replaced")


class Before(models.TextChoices):
    """The state that a mandatory step holds back until it is done. Empty: the step is optional."""

    CONTAINED = State.CONTAINED.value, _("before it is contained")
    RESOLVED = State.RESOLVED.value, _("before it is resolved")
    CLOSED = State.CLOSED.value, _("before it is closed")


class DueFrom(models.TextChoices):
    """From which moment of the incident a due time counts."""

    DECLARED = "declared_at", _("the declaration")
    TRIAGED = "triaged_at", _("triage")
    CONTAINED = "contained_at", _("containing")
    RESOLVED = "resolved_at", _("resolving")
