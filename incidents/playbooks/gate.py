"""What mandatory tasks hold back: containing, resolving and closing, each with its sentence and the way to the task."""

from django.urls import reverse
from django.utils.translation import gettext as _

from airp.accounts.models import User
from incidents.playbooks.queries import tasks_for_the_page
from incidents.playbooks.states import Before
from incidents.playbooks.task import Task
from incidents.response.gates import Obstacle
from incidents.response.models import Incident

NAMED = 3  # the others are told as a number


def tasks_before_containing(incident: Incident, *, by: User) -> list[Obstacle]:
    return _left(incident, Before.CONTAINED)


def tasks_before_resolving(incident: Incident, *, by: User) -> list[Obstacle]:
    """Also those that should have been done before: one may have been added late."""
    return _left(incident, Before.CONTAINED, Before.RESOLVED)


def tasks_before_closing(incident: Incident, *, by: User) -> list[Obstacle]:
    return _left(incident, *Before)


def _left(incident: Incident, *states: Before) -> list[Obstacle]:
    tasks = [task for task in tasks_for_the_page(incident) if task.before in states and task.is_unfinished]
    shown = [_obstacle(task) for task in tasks[:NAMED]]
    if len(tasks) > NAMED:
        url = reverse("incidents:incident", args=[incident.reference]) + "#tasks"
        more = _("%(n)d more mandatory tasks are not finished.") % {"n": len(tasks) - NAMED}
        shown.append(Obstacle(more, url=url, action=_("See all tasks")))
    return shown


def _obstacle(task: Task) -> Obstacle:
    words = {"number": task.number, "title": task.title, "state": task.get_state_display().lower()}
    if task.owner is not None:
        sentence = _("Task %(number)d is mandatory and not finished (%(name)s, %(state)s): %(title)s.")
        words["name"] = task.owner.name
    else:
        sentence = _("Task %(number)d is mandatory and nobody has it (%(state)s): %(title)s.")
    return Obstacle(sentence % words, url=reverse("incidents:task", args=[task.pk]), action=_("Open the task"))
