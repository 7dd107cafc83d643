"""The verbs of a task: lock incident and task, consult the table of moves, change, record. Mixed into Task."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from django.db import models, transaction
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.accounts.roles import Capability
from incidents.playbooks.authority import may_waive
from incidents.playbooks.refusals import MandatoryTask, OwnerCannotSee, TaskInWrongState, TaskOfSomebodyElse
from incidents.playbooks.states import TASK_MOVES, TaskMove, TaskState, TaskVerb
from incidents.playbooks.step_kinds.base import Given
from incidents.response.kinds import Kind
from incidents.response.models import Incident
from incidents.response.refusals import AlreadyDone, NotPermitted, ReasonMissing
from incidents.response.timeline import TimelineEntry, append

if TYPE_CHECKING:
    from incidents.playbooks.task import Task

# Taking a task over is open to every colleague; the other verbs belong to whoever owns it.
FOR_EVERY_COLLEAGUE = frozenset({TaskVerb.ASSIGN})


class Working(models.Model):
    """Start, stand still, finish, leave undone, go on; who does it and until when."""

    class Meta:
        abstract = True

    @transaction.atomic
    def start(self, *, by: User, now: datetime) -> TimelineEntry:
        """Somebody works on it; whoever starts a task that nobody owns owns it."""
        task, move = self._begin(TaskVerb.START, by=by)
        fields = self._take_if_nobodys(by)
        span = task.kind_of.span(task.detail)
        if span is not None and task.awaits_until is None:
            task.awaits_until = now + span
            fields.append("awaits_until")
        return self._move(move, by=by, now=now, fields=fields)

    @transaction.atomic
    def block(self, *, by: User, now: datetime, reason: str) -> TimelineEntry:
        """It cannot proceed, and why: that is something else than not having begun."""
        _task, move = self._begin(TaskVerb.BLOCK, by=by, words=reason)
        return self._move(move, by=by, now=now, reason=reason)

    @transaction.atomic
    def finish(self, *, by: User, now: datetime, values: Mapping[str, Any] | None = None) -> TimelineEntry:
        """It is done. What its kind demands stands in `values`: ticks, or the decision and its reasons."""
        task, move = self._begin(TaskVerb.FINISH, by=by)
        task.result = task.kind_of.finished(task.detail, task.result, Given(values or {}, by.pk, now))
        fields = ["result", *self._take_if_nobodys(by)]
        words = ": ".join(filter(None, (str(task.result.get("option", "")), str(task.result.get("reasons", "")))))
        return self._move(move, by=by, now=now, fields=fields, said=words)

    @transaction.atomic
    def skip(self, *, by: User, now: datetime, reason: str) -> TimelineEntry:
        """It will not be done, and why. Of a mandatory one only the lead or a manager says so."""
        task, move = self._begin(TaskVerb.SKIP, by=by, words=reason)
        if task.is_mandatory and not may_waive(by, task.incident):
            raise MandatoryTask(
                _("This task is mandatory. Only the lead or a manager decides that it will not be done: ask one.")
            )
        return self._move(move, by=by, now=now, reason=reason)

    @transaction.atomic
    def resume(self, *, by: User, now: datetime, reason: str) -> TimelineEntry:
        """It was finished too soon, or is needed after all."""
        task, move = self._begin(TaskVerb.RESUME, by=by, words=reason)
        task.remind_at = task.due_at if task.due_at and task.due_at > now else None
        span = task.kind_of.span(task.detail)
        task.awaits_until = now + span if span else None
        return self._move(move, by=by, now=now, fields=["remind_at", "awaits_until"], said=reason)

    @transaction.atomic
    def record(self, *, by: User, now: datetime, values: Mapping[str, Any]) -> TimelineEntry:
        """Something on the way, such as ticks. Raises AlreadyDone when nothing changed."""
        task, _move = self._begin(TaskVerb.RECORD, by=by)
        before = task.result
        task.result = task.kind_of.recorded(task.detail, before, Given(values, by.pk, now))
        if task.result == before:
            raise AlreadyDone(_("Nothing was changed."))
        fields = ["result", *self._take_if_nobodys(by)]
        if task.state == TaskState.NOT_STARTED:
            task.state = TaskState.IN_PROGRESS
            fields.append("state")
        task.save(update_fields=fields)
        return self._append(Kind.TASK_RECORDED, by=by, now=now, said=task.outcome)

    @transaction.atomic
    def assign(self, *, to: User | None, by: User, now: datetime) -> TimelineEntry:
        """Give it to somebody, take it, or with None leave it to the lane again."""
        task, _move = self._begin(TaskVerb.ASSIGN, by=by)
        if task.owner_id == (to.pk if to else None):
            raise AlreadyDone(
                _("%(name)s has this task already.") % {"name": to.name} if to else _("Nobody has this task.")
            )
        if to is not None and not Incident.objects.filter(pk=task.incident_id).visible_to(to).exists():
            raise OwnerCannotSee(
                _("%(name)s cannot see this incident. Give them a role on it first, or choose somebody else.")
                % {"name": to.name}
            )
        before, task.owner = task.owner_id, to
        task.save(update_fields=["owner"])
        people: dict[str, Any] = {"from": before, "to": task.owner_id}
        return self._append(Kind.TASK_ASSIGNED, by=by, now=now, **people)

    @transaction.atomic
    def reschedule(self, *, to: datetime, by: User, now: datetime, reason: str) -> TimelineEntry:
        """Another due time, and why. From then on it no longer follows the playbook's rule."""
        task, _move = self._begin(TaskVerb.RESCHEDULE, by=by, words=reason)
        before = task.due_at
        task.due_at = task.remind_at = to
        task.due_minutes = None
        task.save(update_fields=["due_at", "remind_at", "due_minutes"])
        dates = {"before": before.isoformat() if before else "", "after": to.isoformat()}
        return self._append(Kind.TASK_RESCHEDULED, by=by, now=now, said=reason, **dates)

    def finish_by_itself(self, *, now: datetime) -> None:
        """What it waited for has happened. The caller holds the locks."""
        task = self._task
        task.result = task.kind_of.finished(task.detail, task.result, Given({}, None, now))
        self._move(TASK_MOVES[TaskVerb.FINISH], by=None, now=now, fields=["result"])

    def set_aside(self, *, by: User, now: datetime, reason: str) -> None:
        """Its playbook was stopped, which is recorded once for all its tasks. The caller holds the locks."""
        task = self._task
        task.state, task.reason, task.ended_at, task.ended_by = TaskState.NOT_DOING, reason.strip(), now, by
        task.save(update_fields=["state", "reason", "ended_at", "ended_by"])

    @property
    def _task(self) -> "Task":
        return cast("Task", self)

    def _begin(self, verb: TaskVerb, *, by: User, words: str | None = None) -> tuple["Task", TaskMove]:
        """Raises NotPermitted, TaskInWrongState, TaskOfSomebodyElse or ReasonMissing."""
        task, move = self._task, TASK_MOVES[verb]
        incident = Incident.objects.select_for_update(of=("self",)).get(pk=task.incident_id)
        task.refresh_from_db(from_queryset=type(task)._base_manager.select_for_update(of=("self",)))
        task.incident = incident
        if not by.can(Capability.ANNOTATE):
            raise NotPermitted(_("Your roles do not allow working on tasks. Ask the lead."))
        if not incident.is_open:
            raise TaskInWrongState(
                _("%(reference)s is %(state)s. Its tasks change only after it is reopened.")
                % {"reference": incident.reference, "state": incident.get_state_display().lower()}
            )
        if TaskState(task.state) not in move.sources:
            raise TaskInWrongState(
                _("Task %(number)d has the state: %(state)s. Reload the page to see what can be done with it.")
                % {"number": task.number, "state": task.get_state_display().lower()}
            )
        self._check_owner(verb, by)
        if move.demands and not (words or "").strip():
            raise ReasonMissing(str(move.demands))
        return task, move

    def _check_owner(self, verb: TaskVerb, by: User) -> None:
        task = self._task
        is_theirs = task.owner_id in {None, by.pk} or may_waive(by, task.incident)
        if verb not in FOR_EVERY_COLLEAGUE and not is_theirs:
            owner = task.owner.name if task.owner else ""
            raise TaskOfSomebodyElse(_("%(name)s has this task. Take it over first, or ask them.") % {"name": owner})

    def _take_if_nobodys(self, by: User) -> list[str]:
        if self._task.owner_id is not None:
            return []
        self._task.owner = by
        return ["owner"]

    def _move(
        self,
        move: TaskMove,
        *,
        by: User | None,
        now: datetime,
        reason: str = "",
        said: str = "",
        fields: list[str] | None = None,
    ) -> TimelineEntry:
        task = self._task
        before = task.state
        task.state = move.to or task.state
        task.reason = reason.strip()
        is_end = not task.is_unfinished
        task.ended_at, task.ended_by = (now, by) if is_end else (None, None)
        task.save(update_fields=["state", "reason", "ended_at", "ended_by", *(fields or [])])
        return self._append(Kind.TASK_MOVED, by=by, now=now, said=reason or said, before=before, after=task.state)

    def _append(self, kind: Kind, *, by: User | None, now: datetime, said: str = "", **facts: Any) -> TimelineEntry:
        task = self._task
        words = f"{task.title}: {said.strip()}" if said.strip() else task.title
        return append(task.incident, kind=kind, by=by, now=now, facts=task.facts(**facts), text=words)
