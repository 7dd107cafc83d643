"""The tasks of a person, for my work and the number beside it in the navigation."""

from datetime import datetime

from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _

from airp.accounts.models import User
from incidents.playbooks.states import UNFINISHED
from incidents.playbooks.task import Task
from incidents.response.models import IncidentKind
from incidents.response.states import OPEN
from incidents.response.visibility import ExistsFor
from incidents.response.work import WorkItem, WorkKind

_VISIBLE = ExistsFor.SQL.format(
    visibility="i.visibility", lead="i.lead_id", declarer="i.declared_by_id", pk="i.id", system="i.system_id"
)
_STATES = ", ".join(f"'{state.value}'" for state in UNFINISHED)
_OPEN = ", ".join(f"'{state.value}'" for state in sorted(OPEN))


def my_tasks(person: User, *, now: datetime, most: int) -> list[WorkItem]:
    """Unfinished tasks that this person has, those due first at the top. One query."""
    mine = Task.objects.visible_to(person).at_work().filter(owner=person).select_related("incident")
    return [_item(task) for task in mine.order_by(F("due_at").asc(nulls_last=True), "id")[:most]]


def tally_of_tasks(person: User) -> str:
    """SQL of how many `my_tasks` there are, without parameters: part of the one query of the navigation."""
    visible = _VISIBLE.replace("%s", str(int(person.pk)))
    return (
        "SELECT count(*) FROM incidents_task AS t JOIN incidents_incident AS i ON i.id = t.incident_id"  # noqa: S608
        f" WHERE t.owner_id = {int(person.pk)} AND t.state IN ({_STATES}) AND i.state IN ({_OPEN}) AND {visible}"
    )


def _item(task: Task) -> WorkItem:
    return WorkItem(
        kind=WorkKind.TASK,
        pk=task.pk,
        title=task.title,
        url=reverse("incidents:task", args=[task.pk]),
        about=" ".join(
            [*([_("drill")] if task.incident.is_drill else []), task.incident.reference, task.incident.title]
        ),
        due_at=task.due_at,
        state=task.get_state_display(),
        tone=task.tone,
        is_drill=task.incident.kind == IncidentKind.DRILL,
    )
