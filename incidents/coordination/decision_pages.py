"""The decisions of an incident, the page of one, and recording another. Fetching is the permission check."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.aggregates import JSONBAgg
from django.db.models import Q
from django.db.models.functions import JSONObject
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from airp.accounts.models import User
from airp.accounts.requests import AirpRequest
from airp.accounts.roles import Capability
from airp.web.answers import answer, go, refused
from incidents.coordination import decision_forms as forms
from incidents.coordination.decision import Decision
from incidents.coordination.decision_states import DECISION_MOVES, DecisionState, DecisionVerb
from incidents.coordination.recording import record_decision
from incidents.response import sentences
from incidents.response.models import Incident
from incidents.response.refusals import Refusal

PAGE = "incidents/decision.html"
LIST = "incidents/decisions.html"
SHOWN = 20
Cleaned = dict[str, Any]


@dataclass(frozen=True, slots=True)
class DecisionStep:
    """One small form of a decision, and what it does."""

    verb: DecisionVerb
    path: str
    form: type[forms.DecisionForm]
    carry_out: Callable[[Decision, Cleaned, User, datetime], object]
    title: str | Promise
    done: str | Promise

    @property
    def name(self) -> str:
        return f"decision_{self.path}"

    def is_open_to(self, person: User, decision: Decision) -> bool:
        move = DECISION_MOVES[self.verb]
        is_possible = decision.incident.is_open and DecisionState(decision.state) in move.sources
        is_own = self.verb is DecisionVerb.DISSENT and decision.decider_id == person.pk
        return is_possible and not is_own and decision.may_be_taken_by(move, person)


STEPS: dict[str, DecisionStep] = {
    step.path: step
    for step in (
        DecisionStep(
            DecisionVerb.CONFIRM, "confirmation", forms.ConfirmForm,
            lambda decision, given, by, now: decision.confirm(**given, by=by, now=now),
            gettext_lazy("It stands"), gettext_lazy("confirmed"),
        ),
        DecisionStep(
            DecisionVerb.DISSENT, "dissent", forms.DissentForm,
            lambda decision, given, by, now: decision.dissent(why=given["why"], by=by, now=now),
            gettext_lazy("I disagree"), gettext_lazy("your dissent is recorded"),
        ),
        DecisionStep(
            DecisionVerb.REVERSE, "reversal", forms.ReverseForm,
            lambda decision, given, by, now: decision.reverse(reason=given["reason"], by=by, now=now),
            gettext_lazy("Take it back"), gettext_lazy("taken back"),
        ),
    )
}  # fmt: skip


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
    found, step = _fetch(request, pk), STEPS[path]
    form = step.form(request.POST, name=step.path)
    if form.is_valid():
        try:
            step.carry_out(found, form.cleaned_data, request.user, timezone.now())
        except Refusal as refusal:
            form.add_error(None, str(refusal))
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
    request: AirpRequest, found: Decision, attempted: DecisionStep | None = None, form: forms.DecisionForm | None = None
) -> dict[str, Any]:
    """The decision and the forms that fit; a refused form shows whatever the state is."""
    now = timezone.now()
    offers = [
        {
            "path": step.path,
            "name": f"incidents:{step.name}",
            "form": form if step is attempted and form else step.form(name=step.path),
            "title": step.title,
            "is_open": step is attempted,
        }
        for step in STEPS.values()
        if step.is_open_to(request.user, found) or step is attempted
    ]
    entries = sentences.told(found.incident.timeline.filter(facts__decision=found.pk).order_by("-seq"))
    people = User.objects.filter(pk__in=sentences.people_in(entries)).values_list("pk", "name")
    return {
        "decision": found,
        "incident": found.incident,
        "dissents": list(found.dissents.select_related("person").order_by("at", "pk")),
        "is_due": found.is_due(now=now),
        "offers": offers,
        "entries": [sentences.row(entry, sentences.Names(people=dict(people))) for entry in entries],
        "now": now,
    }
