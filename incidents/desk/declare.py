"""Declaring an incident by hand."""

import hashlib
import secrets
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.accounts.requests import AirpRequest
from airp.web.answers import answer, go, refused
from incidents.classification.models import SeverityMatrix
from incidents.desk.choices import levels
from incidents.desk.grading_forms import DeclareForm
from incidents.response.declaring import Declaration, declare_once
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
        return answer(request, PAGE, _context(_form(None, initial=given | {"ticket": secrets.token_urlsafe(24)})))
    form = _form(request.POST)
    if not form.is_valid():
        return refused(request, PAGE, _context(form), partial=FORM)
    typed = {name: form.cleaned_data[name] for name in TYPED}
    typed |= {
        "visibility": Visibility(form.cleaned_data["visibility"]),
        "kind": IncidentKind(form.cleaned_data["kind"] or IncidentKind.LIVE),
        "dedup_key": _key_of(form.cleaned_data["ticket"], request.user),
    }
    try:
        incident, is_new = declare_once(Declaration(**typed), by=request.user, now=timezone.now())
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return refused(request, PAGE, _context(form), partial=FORM)
    notice = _("Declared. The clocks are running.") if is_new else _("This form had declared it already.")
    return go(request, "incidents:incident", incident.reference, notice=notice)


def _key_of(ticket: str, person: User) -> str:
    """One filling-in of the form by one person."""
    return f"form/{person.pk}/{hashlib.sha256(ticket.encode()).hexdigest()}"


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
