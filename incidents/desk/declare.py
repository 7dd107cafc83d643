"""Declaring an incident by hand."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from airp.accounts.requests import AirpRequest
from airp.web.answers import answer, go, refused
from incidents.classification.models import SeverityMatrix
from incidents.desk.choices import levels
from incidents.desk.grading_forms import DeclareForm
from incidents.response.declaring import Declaration, declare
from incidents.response.models import IncidentKind
from incidents.response.refusals import Refusal
from incidents.response.visibility import Visibility

PAGE = "incidents/declare.html"
FORM = "form"
TYPED = ("title", "system", "summary", "severity", "harm_kind", "started_at", "answered")


def declaration(request: AirpRequest) -> HttpResponse:
    """The form; `?system=`, `?kind=` and `?title=` fill in beforehand, as when a drill begins from a playbook."""
    if request.method != "POST":
        given = {name: request.GET[name] for name in ("system", "kind", "title") if name in request.GET}
        return answer(request, PAGE, _context(_form(None, initial=given)))
    form = _form(request.POST)
    if not form.is_valid():
        return refused(request, PAGE, _context(form), partial=FORM)
    typed = {name: form.cleaned_data[name] for name in TYPED}
    typed |= {
        "visibility": Visibility(form.cleaned_data["visibility"]),
        "kind": IncidentKind(form.cleaned_data["kind"] or IncidentKind.LIVE),
    }
    try:
        incident = declare(Declaration(**typed), by=request.user, now=timezone.now())
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return refused(request, PAGE, _context(form), partial=FORM)
    return go(request, "incidents:incident", incident.reference, notice=_("Declared. The clocks are running."))


def _form(data: Any, **kwargs: Any) -> DeclareForm:
    form = DeclareForm(data, **kwargs)
    known = {
        level.slug: {"id": level.pk, "name": level.name, "tone": level.tone, "means": level.definition}
        for level in levels()
    }
    form.ask(SeverityMatrix.current(), levels=known)
    form.preview_url = reverse("incidents:severity_preview")
    return form


def _context(form: DeclareForm) -> dict[str, object]:
    return {"form": form, "fields": [form[name] for name in ("harm_kind", "started_at", "kind", "visibility")]}
