"""Tasks in words and groups, for the panel, the page of a task and my work. Reads nothing."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from incidents.playbooks.due import due_rule
from incidents.playbooks.states import Before, TaskState
from incidents.playbooks.task import Task
from incidents.response.lanes import Lane


def lane_name(lane: str) -> str:
    """The lane's name; work of no lane is the lead's."""
    return str(Lane(lane).label) if lane else _("Lead")


def by_lane(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of each lane in its usual order, the lead's first, what is finished apart; lanes without tasks are left
    out.
    """
    rows = list(rows)
    groups = [_group(lane, [row for row in rows if row["task"].lane == lane]) for lane in ("", *Lane.values)]
    return [group for group in groups if group["rows"] or group["finished"]]


def _group(lane: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    left = [row for row in rows if row["task"].is_unfinished]
    finished = [row for row in rows if not row["task"].is_unfinished]
    return {"lane": lane, "name": lane_name(lane), "rows": left, "finished": finished, "left": len(left)}


def progress(tasks: list[Task]) -> dict[str, int]:
    """How many of them are finished, stand still, or are mandatory and left."""
    return {
        "count": len(tasks),
        "finished": sum(not task.is_unfinished for task in tasks),
        "blocked": sum(task.state == TaskState.CANNOT_PROCEED for task in tasks),
        "mandatory": sum(task.is_mandatory and task.is_unfinished for task in tasks),
    }


def due_tone(task: Task, *, now: datetime) -> str:
    """How the due time stands: only unfinished tasks are late."""
    if not task.is_unfinished or task.due_at is None:
        return ""
    return "late" if task.due_at < now else "coming"


def due_words(task: Task) -> str:
    """The rule, while its moment has not come; empty where a time stands or nothing was promised."""
    return "" if task.due_at else due_rule(task.due_minutes, task.due_from)


def before_words(before: str) -> str:
    """Mandatory before it is contained; or optional."""
    return _("mandatory, %(before)s") % {"before": Before(before).label} if before else _("optional")
