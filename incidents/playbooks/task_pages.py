"""The page of a task and its steps. Fetching the task is the permission check."""

from typing import Any

from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from airp.accounts.requests import AirpRequest
from airp.accounts.roles import Capability
from airp.web.answers import answer, go, refused, toast, wants_fragment
from incidents.playbooks.panel import PANEL, panel_context
from incidents.playbooks.queries import tasks_of_the_page
from incidents.playbooks.showing import before_words, due_words, lane_name
from incidents.playbooks.task import Task
from incidents.playbooks.task_steps import BY_PATH, STEPS, TaskStep
from incidents.response.models import Incident
from incidents.response.steps import first_error, history, offer, take

PAGE = "incidents/task.html"
FIRST = ("completion", "start", "resumption")


def task(request: AirpRequest, pk: int) -> HttpResponse:
    """What is to be done, how it stands, what can be done with it, and what was."""
    return answer(request, PAGE, _shown(request, _fetch(request, pk)))


def take_step(request: AirpRequest, pk: int, path: str) -> HttpResponse:
    """One step. Pressed in the panel of the incident it answers the panel, else it leads back to the task."""
    found, step = _fetch(request, pk), BY_PATH[path]
    form = step.form(request.POST, task=found, name=step.path)
    take(step, found, form, by=request.user, now=timezone.now())
    if wants_fragment(request):
        return _panel(request, found, notice=first_error(form) if form.errors else _told(found, step))
    if form.errors:
        return refused(request, PAGE, _shown(request, _fetch(request, pk), step, form))
    return go(request, "incidents:task", pk, notice=_told(found, step))


def _fetch(request: AirpRequest, pk: int) -> Task:
    found: Task = get_object_or_404(tasks_of_the_page(request.user), pk=pk)
    return found


def _told(found: Task, step: TaskStep) -> str:
    return _("Task %(number)d: %(done)s, recorded.") % {"number": found.number, "done": step.done}


def _panel(request: AirpRequest, found: Task, *, notice: str) -> HttpResponse:
    incident = get_object_or_404(Incident.objects.visible_to(request.user), pk=found.incident_id)
    context = panel_context(request.user, incident, now=timezone.now())
    return toast(answer(request, PANEL, context), notice)


def _shown(
    request: AirpRequest, found: Task, attempted: TaskStep | None = None, form: Form | None = None
) -> dict[str, Any]:
    """The task and the forms that fit its state; a refused form shows whatever the state is."""
    may_work = found.incident.is_open and request.user.can(Capability.ANNOTATE)
    offers = [
        _offer(step, found, form if step is attempted else None)
        for step in STEPS.values()
        if (may_work and step.is_open(found)) or step is attempted
    ]
    return {
        "task": found,
        "incident": found.incident,
        "now": timezone.now(),
        "lane": lane_name(found.lane),
        "before": before_words(found.before),
        "due_words": due_words(found),
        "parts": found.kind_of.parts(found.detail),
        "offers": offers,
        "entries": history(found.incident, task=found.pk),
    }


def _offer(step: TaskStep, found: Task, form: Form | None) -> dict[str, Any]:
    return offer(
        step,
        form or step.form(task=found, name=step.path),
        url=reverse(f"incidents:{step.name}", args=[found.pk]),
        is_open=form is not None or step.path in FIRST,
    )
