"""A task of an incident: one step of a playbook as it was frozen, or one that somebody added."""

from typing import Any, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Max, Q
from django.utils.translation import gettext_lazy as _

from airp.accounts.models import User
from airp.accounts.roles import Capability
from incidents.playbooks.states import TONES, UNFINISHED, Before, DueFrom, TaskState
from incidents.playbooks.step_kinds.base import StepKind
from incidents.playbooks.step_kinds.registry import choices as kind_choices
from incidents.playbooks.step_kinds.registry import kind_of
from incidents.playbooks.working import Working
from incidents.response.lanes import Lane
from incidents.response.models import Incident
from incidents.response.people import IncidentRole
from incidents.response.states import OPEN
from incidents.response.visibility import ExistsFor


class TaskQuerySet(models.QuerySet["Task"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """A task of an incident that the person may not see does not exist for them."""
        if not isinstance(user, User) or not user.can(Capability.READ_INCIDENTS):
            return self.none()
        return self.filter(ExistsFor(user, path="incident__"))

    def unfinished(self) -> Self:
        return self.filter(state__in=UNFINISHED)

    def at_work(self) -> Self:
        """Unfinished, of incidents that are not closed or dismissed."""
        return self.unfinished().filter(incident__state__in=OPEN)


def next_number(incident: Incident) -> int:
    """The number of the next task. The caller holds the lock of the incident."""
    return (Task.objects.filter(incident=incident).aggregate(last=Max("number"))["last"] or 0) + 1


class Task(Working):
    """Change it through its verbs only. What the step said is frozen in it."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="tasks")
    # None: somebody added it by hand.
    run = models.ForeignKey("incidents.PlaybookRun", on_delete=models.PROTECT, null=True, related_name="tasks")
    number = models.PositiveIntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=20, choices=kind_choices, default="manual")
    title = models.CharField(_("what to do"), max_length=200)
    instructions = models.TextField(_("how"), blank=True)
    lane = models.CharField(_("lane"), max_length=16, choices=Lane, blank=True)
    role = models.CharField(_("role"), max_length=16, choices=IncidentRole, blank=True)
    # The rule behind the due time; without minutes it was set by hand, or never.
    due_minutes = models.PositiveIntegerField(null=True)
    due_from = models.CharField(max_length=12, choices=DueFrom, default=DueFrom.DECLARED)
    due_at = models.DateTimeField(_("due"), null=True)
    before = models.CharField(_("must be done"), max_length=10, choices=Before, blank=True)
    detail = models.JSONField(default=dict)
    # The kind of timeline entry, or the moment, that finishes it by itself.
    awaits = models.CharField(max_length=40, blank=True)
    awaits_until = models.DateTimeField(null=True)
    # When the sweep looks at it next: at its due time, and once more after it.
    remind_at = models.DateTimeField(null=True)

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="owned_tasks",
        verbose_name=_("owner"),
    )
    state = models.CharField(_("state"), max_length=14, choices=TaskState, default=TaskState.NOT_STARTED)
    # Why it cannot proceed, or will not be done.
    reason = models.TextField(_("reason"), blank=True)
    result = models.JSONField(default=dict)
    added_at = models.DateTimeField(_("added"))
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(_("finished"), null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[TaskQuerySet] = TaskQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        constraints = [
            models.UniqueConstraint(fields=["incident", "number"], name="one_task_per_number"),
            models.CheckConstraint(
                condition=~Q(state__in=[TaskState.CANNOT_PROCEED, TaskState.NOT_DOING]) | ~Q(reason=""),
                name="task_that_stands_still_says_why",
            ),
            models.CheckConstraint(
                condition=Q(state__in=UNFINISHED, ended_at__isnull=True)
                | Q(state__in=[TaskState.DONE, TaskState.NOT_DOING], ended_at__isnull=False),
                name="finished_task_says_when",
            ),
        ]
        indexes = [
            # My work: what is due first; without a due time last, by id.
            models.Index(
                fields=["owner", "due_at", "id"], name="open_tasks_by_owner", condition=Q(state__in=UNFINISHED)
            ),
            # claimed by `remind_next` and `end_waits`
            models.Index(
                fields=["remind_at", "id"],
                name="tasks_to_remind",
                condition=Q(state__in=UNFINISHED, remind_at__isnull=False),
            ),
            models.Index(
                fields=["awaits_until", "id"],
                name="tasks_that_wait",
                condition=Q(state__in=UNFINISHED, awaits_until__isnull=False),
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"task {self.number} of incident {self.incident_id}"

    @property
    def is_unfinished(self) -> bool:
        return self.state in UNFINISHED

    @property
    def is_mandatory(self) -> bool:
        return bool(self.before)

    @property
    def tone(self) -> str:
        return TONES[self.state]

    @property
    def kind_of(self) -> StepKind:
        return kind_of(self.kind)

    @property
    def outcome(self) -> str:
        return self.kind_of.outcome(self.detail, self.result)

    def facts(self, **more: Any) -> dict[str, Any]:
        """What each of its timeline entries says: which task it is."""
        return {"task": self.pk, "number": self.number, **more}


class ReminderStage(models.TextChoices):
    DUE = "due", _("Due now")
    OVERDUE = "overdue", _("Overdue")


class TaskReminder(models.Model):
    """That the owner was reminded. The constraint is what makes it once per due time."""

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="reminders")
    stage = models.CharField(max_length=8, choices=ReminderStage)
    due_at = models.DateTimeField()
    reminded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["task", "stage", "due_at"], name="one_reminder_per_stage_and_due_time"),
        ]

    def __str__(self) -> str:
        return f"{self.stage} reminder of task {self.task_id}"
