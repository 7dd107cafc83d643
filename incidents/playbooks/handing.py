"""Tasks as somebody holds them and as a packet tells them."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.web import times
from incidents.playbooks.states import TaskState
from incidents.playbooks.task import Task
from incidents.response.holdings import Holding, HoldingKind, NotTheirs
from incidents.response.models import Incident
from incidents.response.packets import Line, Section


class OwnedTasks:
    """Unfinished tasks that somebody has."""

    kind = HoldingKind.TASK

    def held_by(self, person: User, *, now: datetime, most: int) -> list[Holding]:
        mine = Task.objects.visible_to(person).at_work().filter(owner=person).select_related("incident")
        return [_holding(task) for task in mine.order_by(F("due_at").asc(nulls_last=True), "id")[:most]]

    def pass_on(self, key: str, *, giver: User, to: User, now: datetime) -> None:
        task = Task.objects.select_for_update(of=("self",)).select_related("incident").get(pk=key)
        if task.owner_id != giver.pk:
            raise NotTheirs(_("%(name)s does not have this task any more.") % {"name": giver.name})
        task.assign(to=to, by=giver, now=now)


def task_lines(incidents: Sequence[Incident], *, lane: str, now: datetime) -> Iterator[Line]:
    """Unfinished tasks with who has them; what cannot proceed is a risk, with its reason."""
    by_id = {incident.pk: incident for incident in incidents}
    found = Task.objects.filter(incident__in=by_id).unfinished().select_related("owner").order_by("number")
    for task in found.filter(lane=lane) if lane else found:
        incident = by_id[task.incident_id]
        yield Line(incident=incident, section=Section.WORK, text=_words(task), due_at=task.due_at)
        if task.state == TaskState.CANNOT_PROCEED:
            stuck = _("task %(number)d cannot proceed: %(reason)s") % {"number": task.number, "reason": task.reason}
            yield Line(incident=incident, section=Section.RISKS, text=stuck)


def _words(task: Task) -> str:
    told = _("task %(number)d, %(title)s: %(owner)s, %(state)s") % {
        "number": task.number,
        "title": task.title,
        "owner": task.owner.name if task.owner else _("nobody"),
        "state": str(task.get_state_display()).lower(),
    }
    return _("%(told)s, due %(due)s") % {"told": told, "due": times.absolute(task.due_at)} if task.due_at else told


def _holding(task: Task) -> Holding:
    return Holding(
        kind=HoldingKind.TASK,
        key=str(task.pk),
        title=f"{task.incident.reference} {task.title}",
        url=reverse("incidents:task", args=[task.pk]),
        incident_id=task.incident_id,
        stands=str(task.get_state_display()),
        due_at=task.due_at,
    )
