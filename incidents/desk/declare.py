"""Declaring an incident by hand."""

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from airp.accounts.requests import AirpRequest
from airp.web.answers import answer, go, refused
from incidents.desk.choices import levels
from incidents.desk.forms import DeclareForm
from incidents.response.declaring import Declaration, declare
from incidents.response.refusals import Refusal
from incidents.response.visibility import Visibility

PAGE = "incidents/declare.html"
FORM = "form"


def declaration(request: AirpRequest) -> HttpResponse:
    """The form; `?system=` chooses the system beforehand."""
    if request.method != "POST":
        return answer(request, PAGE, _context(DeclareForm(initial={"system": request.GET.get("system")})))
    form = DeclareForm(request.POST)
    if not form.is_valid():
        return refused(request, PAGE, _context(form), partial=FORM)
    typed = form.cleaned_data | {"visibility": Visibility(form.cleaned_data["visibility"])}
    try:
        incident = declare(Declaration(**typed), by=request.user, now=timezone.now())
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return refused(request, PAGE, _context(form), partial=FORM)
    return go(request, "incidents:incident", incident.reference, notice=_("Declared. The clocks are running."))


def _context(form: DeclareForm) -> dict[str, object]:
    chosen = str(form["severity"].value() or "")
    cards = [{"level": level, "is_chosen": str(level.pk) == chosen} for level in levels()]
    return {"form": form, "cards": cards, "fields": [form[name] for name in ("harm_kind", "started_at", "visibility")]}
