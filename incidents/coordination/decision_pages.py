"""The decisions of an incident, the page of one, and recording another. Fetching is the permission check."""

from datetime import datetime
from typing import Any

from django.contrib.postgres.aggregates import JSONBAgg
from django.db.models import Q
from django.db.models.functions import JSONObject
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from airp.accounts.requests import AirpRequest
from airp.accounts.roles import Capability
from airp.web.answers import answer, go, refused
from incidents.coordination import decision_forms as forms
from incidents.coordination.decision import Decision
from incidents.coordination.decision_steps import BY_PATH, DecisionStep
from incidents.coordination.recording import record_decision
from incidents.response.models import Incident
from incidents.response.refusals import Refusal
from incidents.response.steps import history, offer, take

PAGE = "incidents/decision.html"
LIST = "incidents/decisions.html"
SHOWN = 20


def decisions(request: AirpRequest, reference: str) -> HttpResponse:
    """The decisions of an incident, and the form that records another."""
    incident: Incident = get_object_or_404(Incident.objects.visible_to(request.user), reference=reference)
    if request.method != "POST":
        return answer(request, LIST, _listed(request, incident, forms.RecordForm(user=request.user)))
    form = forms.RecordForm(request.POST, user=request.user)
    if form.is_valid():
        try:
            made = record_decision(incident, form.made, by=request.user, now=timezone.now())
            return go(request, "incidents:decision", made.pk, notice=_("Recorded."))
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    return refused(request, LIST, _listed(request, incident, form))


def decision(request: AirpRequest, pk: int) -> HttpResponse:
    return answer(request, PAGE, _shown(request, _fetch(request, pk)))


def take_step(request: AirpRequest, pk: int, path: str) -> HttpResponse:
    """One step; it leads back to the decision."""
    found, step = _fetch(request, pk), BY_PATH[path]
    form = step.form(request.POST, name=step.path)
    take(step, found, form, by=request.user, now=timezone.now())
    if form.errors:
        return refused(request, PAGE, _shown(request, _fetch(request, pk), step, form))
    return go(request, "incidents:decision", pk, notice=_("Decision: %(done)s.") % {"done": step.done})


def _of(incident: Incident, *, now: datetime) -> list[dict[str, Any]]:
    """The newest decisions, each with who disagreed. One query."""
    people = JSONBAgg(JSONObject(name="dissents__person__name", why="dissents__why"), filter=Q(dissents__isnull=False))
    found = Decision.objects.filter(incident=incident).select_related("decider").annotate(disagree=people)
    return [
        {"decision": each, "disagree": each.disagree or [], "is_due": each.is_due(now=now)}
        for each in found.order_by("-number")[:SHOWN]
    ]


def _fetch(request: AirpRequest, pk: int) -> Decision:
    mine = Decision.objects.visible_to(request.user).select_related("incident", "decider", "recorded_by", "looked_by")
    found: Decision = get_object_or_404(mine, pk=pk)
    return found


def _listed(request: AirpRequest, incident: Incident, form: forms.RecordForm) -> dict[str, Any]:
    now = timezone.now()
    may_record = incident.is_open and request.user.can(Capability.ANNOTATE)
    return {"incident": incident, "form": form, "rows": _of(incident, now=now), "may_record": may_record, "now": now}


def _shown(
    request: AirpRequest, found: Decision, attempted: DecisionStep | None = None, form: Form | None = None
) -> dict[str, Any]:
    """The decision and the forms that fit; a refused form shows whatever the state is."""
    offers = [
        offer(
            step,
            form if step is attempted and form else step.form(name=step.path),
            url=reverse(f"incidents:{step.name}", args=[found.pk]),
            is_open=step is attempted,
        )
        for step in BY_PATH.values()
        if step.is_open_to(request.user, found) or step is attempted
    ]
    now = timezone.now()
    return {
        "decision": found,
        "incident": found.incident,
        "dissents": list(found.dissents.select_related("person").order_by("at", "pk")),
        "is_due": found.is_due(now=now),
        "offers": offers,
        "entries": history(found.incident, decision=found.pk),
        "now": now,
    }
