"""All tasks of an incident on one page, adding one, and choosing playbooks for it."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from airp.accounts.requests import AirpRequest
from airp.web.answers import answer, go, refused
from incidents.playbooks.adding import add_playbook, add_task
from incidents.playbooks.authority import may_choose_playbooks, may_waive
from incidents.playbooks.panel import panel_context
from incidents.playbooks.playbook import Playbook
from incidents.playbooks.queries import offered_to, runs_of
from incidents.playbooks.run import PlaybookRun
from incidents.playbooks.states import RunState
from incidents.playbooks.task_forms import AddTaskForm
from incidents.response.models import Incident
from incidents.response.refusals import Refusal

TASKS = "incidents/tasks.html"
PLAYBOOKS = "incidents/incident_playbooks.html"


def tasks(request: AirpRequest, reference: str) -> HttpResponse:
    """GET shows all tasks and the form of a new one; POST adds it."""
    found = _fetch(request, reference)
    form = AddTaskForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            added = add_task(found, form.assignment, by=request.user, now=timezone.now())
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            notice = _("Task %(number)d added.") % {"number": added.number}
            return go(request, "incidents:tasks", reference, notice=notice)
    context = panel_context(request.user, found, now=timezone.now(), is_live=False) | {"form": form}
    return refused(request, TASKS, context) if form.errors else answer(request, TASKS, context)


def playbooks(request: AirpRequest, reference: str) -> HttpResponse:
    """GET shows what runs, what is proposed and what could be added; POST adds the chosen one."""
    found = _fetch(request, reference)
    if request.method != "POST":
        return answer(request, PLAYBOOKS, _choices(request, found))
    playbook = Playbook.objects.filter(slug=request.POST.get("playbook", "")).first()
    if playbook is None:
        return refused(request, PLAYBOOKS, _choices(request, found) | {"refusal": _("Choose the playbook to add.")})
    notice = _("%(name)s started: its tasks stand below.") % {"name": playbook.name}
    return _done(request, found, partial(add_playbook, found, playbook), notice)


def decline(request: AirpRequest, reference: str, slug: str) -> HttpResponse:
    """The proposal is not needed, with the reason."""
    found, run = _run(request, reference, slug)
    reason = request.POST.get("reason", "")[:2_000]
    return _done(request, found, partial(run.decline, reason=reason), _("Declined, recorded."), typed=(slug, reason))


def stop(request: AirpRequest, reference: str, slug: str) -> HttpResponse:
    """Set the playbook aside with all that is left of it, with the reason."""
    found, run = _run(request, reference, slug)
    reason = request.POST.get("reason", "")[:2_000]
    return _done(request, found, partial(run.stop, reason=reason), _("Stopped, recorded."), typed=(slug, reason))


def _fetch(request: AirpRequest, reference: str) -> Incident:
    visible = Incident.objects.visible_to(request.user).select_related("severity")
    found: Incident = get_object_or_404(visible, reference=reference)
    return found


def _run(request: AirpRequest, reference: str, slug: str) -> tuple[Incident, PlaybookRun]:
    found = _fetch(request, reference)
    runs = PlaybookRun.objects.select_related("playbook", "version")
    return found, get_object_or_404(runs, incident=found, playbook__slug=slug)


def _done(
    request: AirpRequest, found: Incident, act: Callable[..., object], notice: str, *, typed: tuple[str, str] = ("", "")
) -> HttpResponse:
    """Carry it out; a refusal keeps the typed words at the playbook that they were typed for."""
    try:
        act(by=request.user, now=timezone.now())
    except Refusal as refusal:
        context = _choices(request, found) | {"refusal": str(refusal), "typed_for": typed[0], "typed_words": typed[1]}
        return refused(request, PLAYBOOKS, context)
    return go(request, "incidents:tasks", found.reference, notice=notice)


def _choices(request: AirpRequest, found: Incident) -> dict[str, Any]:
    may_choose = found.is_open and found.triaged_at is not None and may_choose_playbooks(request.user, found)
    runs = runs_of(found)
    return {
        "now": timezone.now(),
        "incident": found,
        "running": [run for run in runs if run.state in {RunState.RUNNING, RunState.STOPPED}],
        "proposed": [run for run in runs if run.state == RunState.PROPOSED],
        "declined": [run for run in runs if run.state == RunState.DECLINED],
        "offered": offered_to(found) if may_choose else [],
        "may_choose": may_choose,
        "may_stop": may_choose and may_waive(request.user, found),
    }
