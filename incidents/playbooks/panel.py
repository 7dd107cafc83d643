"""Tasks on the incident page, by lane, and the numbers of the navigation."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from airp.accounts.models import User
from airp.accounts.roles import Capability
from airp.web.folds import Fold
from incidents.playbooks.authority import may_choose_playbooks, may_waive
from incidents.playbooks.queries import tasks_of_the_panel
from incidents.playbooks.showing import by_lane, due_tone, progress
from incidents.playbooks.states import TaskState
from incidents.playbooks.task import Task
from incidents.response.models import Incident
from incidents.response.work import WorkItem, WorkKind

PANEL = "incidents/tasks.html#panel"


def tasks_panel(request: HttpRequest, incident: Incident, *, now: datetime) -> dict[str, Any] | None:
    """Before triage there are none, and nothing is read. One query otherwise."""
    if incident.triaged_at is None or not isinstance(request.user, User):
        return None
    context = panel_context(request.user, incident, now=now)
    tasks = [row["task"] for group in context["groups"] for row in [*group["rows"], *group["finished"]]]
    mine = [task for task in tasks if task.is_unfinished and task.owner_id == request.user.pk]
    return {
        "template": PANEL,
        "context": context,
        "fold": context["fold"],
        "owed": [_owed(task) for task in mine] if incident.is_open else [],
    }


def _owed(task: Task) -> WorkItem:
    return WorkItem(
        kind=WorkKind.TASK,
        pk=task.pk,
        title=_("Task %(number)d: %(title)s") % {"number": task.number, "title": task.title},
        url=reverse("incidents:task", args=[task.pk]),
        due_at=task.due_at,
        state=task.get_state_display(),
        tone=task.tone,
    )


def panel_context(user: User, incident: Incident, *, now: datetime, is_live: bool = True) -> dict[str, Any]:
    """`is_live` on the incident's page, whose polls a press of a button must hold off."""
    tasks = tasks_of_the_panel(incident)
    may_work = incident.is_open and user.can(Capability.ANNOTATE)
    may_choose = incident.is_open and may_choose_playbooks(user, incident)
    rows = [_row(task, user, incident, may_work=may_work, now=now) for task in tasks]
    return {
        "now": now,
        "user": user,
        "is_live": is_live,
        "incident": incident,
        "groups": by_lane(rows),
        "progress": progress(tasks),
        "fold": _fold(tasks, incident, now=now),
        "proposals": list(tasks[0].proposals or ()) if tasks else [],  # type: ignore[attr-defined]
        "may_add": may_work,
        "may_choose": may_choose,
        "tasks_url": reverse("incidents:tasks", args=[incident.reference]),
        "playbooks_url": reverse("incidents:incident_playbooks", args=[incident.reference]),
    }


def _fold(tasks: list[Task], incident: Incident, *, now: datetime) -> Fold:
    """Open where something is late or stuck while the incident still runs."""
    left = [task for task in tasks if task.is_unfinished]
    late = sum(due_tone(task, now=now) == "late" for task in left)
    stuck = sum(task.state == TaskState.CANNOT_PROCEED for task in left)
    mark, tone = "", "info"
    if incident.is_open and late:
        mark, tone = ngettext("%(n)d late", "%(n)d late", late) % {"n": late}, "high"
    elif incident.is_open and stuck:
        mark, tone = ngettext("%(n)d cannot proceed", "%(n)d cannot proceed", stuck) % {"n": stuck}, "moderate"
    starts = "open" if mark else "shut"
    return Fold(name="tasks", title=_("Tasks"), count=len(left) or None, mark=mark, tone=tone, starts=starts)


def _row(task: Task, user: User, incident: Incident, *, may_work: bool, now: datetime) -> dict[str, Any]:
    """One line: what, who, until when, how it stands, and what can be pressed."""
    is_theirs = may_work and task.is_unfinished and (task.owner_id in {None, user.pk} or may_waive(user, incident))
    return {
        "task": task,
        "url": reverse("incidents:task", args=[task.pk]),
        "due_tone": due_tone(task, now=now),
        "outcome": task.outcome,
        "take": may_work and task.is_unfinished and task.owner_id is None,
        "start": is_theirs and task.state in {TaskState.NOT_STARTED, TaskState.CANNOT_PROCEED},
        "finish": is_theirs and task.kind_of.is_done_by_one_press and task.state == TaskState.IN_PROGRESS,
    }
