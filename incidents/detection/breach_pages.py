"""One breach and the three decisions on it. A refusal is shown where it was made."""

from collections.abc import Callable
from datetime import datetime

from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from airp.accounts.requests import AirpRequest
from airp.web.answers import answer, go, refused
from incidents.detection.alert_reading import said_about
from incidents.detection.attaching import title_of
from incidents.detection.breaches import Breach
from incidents.detection.choices import WATCHED, Metric
from incidents.detection.deciding import Decision
from incidents.detection.forms import DismissalForm, HoldForm, InterventionForm, VerdictForm
from incidents.detection.queries import sentence_of
from incidents.detection.verdicts import Verdict
from incidents.response.models import Incident
from incidents.response.refusals import Refusal

TEMPLATE = "incidents/breach.html"
DECISIONS = (InterventionForm, HoldForm, DismissalForm)


def breach(request: AirpRequest, pk: int) -> HttpResponse:
    """The facts of a breach, its decisions so far, and the forms to decide."""
    return answer(request, TEMPLATE, _context(request, _find(request, pk)))


@require_POST
def intervention(request: AirpRequest, pk: int) -> HttpResponse:
    found = _find(request, pk)
    form = InterventionForm(request.POST, breach=found, user=request.user)

    def decide() -> HttpResponse:
        given = form.cleaned_data
        incident = found.intervene(by=request.user, now=timezone.now(), **given)
        if not Incident.objects.visible_to(request.user).filter(pk=incident.pk).exists():
            return go(request, "incidents:breaches", notice=_("Colleagues are at work on this already."))
        notice = _("%(reference)s works on this breach.") % {"reference": incident.reference}
        return go(request, "incidents:incident", incident.reference, notice=notice)

    return _try(request, found, form, decide)


@require_POST
def hold(request: AirpRequest, pk: int) -> HttpResponse:
    found, form = _find(request, pk), HoldForm(request.POST)

    def decide() -> HttpResponse:
        found.hold(by=request.user, now=timezone.now(), **form.cleaned_data)
        return go(request, "incidents:breach", pk, notice=_("On hold. The question comes back in time."))

    return _try(request, found, form, decide)


@require_POST
def dismissal(request: AirpRequest, pk: int) -> HttpResponse:
    found, form = _find(request, pk), DismissalForm(request.POST)

    def decide() -> HttpResponse:
        verdict, reason = Verdict(form.cleaned_data["verdict"]), form.cleaned_data["reason"]
        found.dismiss(by=request.user, now=timezone.now(), verdict=verdict, reason=reason)
        return go(request, "incidents:breach", pk, notice=_("Dismissed. The verdict counts for the threshold."))

    return _try(request, found, form, decide)


@require_POST
def verdict(request: AirpRequest, pk: int) -> HttpResponse:
    found, form = _find(request, pk), VerdictForm(request.POST)

    def decide() -> HttpResponse:
        given = Verdict(form.cleaned_data["verdict"])
        found.judge(verdict=given, by=request.user, now=timezone.now(), reason=form.cleaned_data["reason"])
        return go(request, "incidents:breach", pk, notice=_("The verdict counts for the threshold."))

    return _try(request, found, form, decide)


def _find(request: AirpRequest, pk: int) -> Breach:
    related = ("threshold__system", "threshold__owner", "version__severity", "version__harm_kind", "incident")
    return get_object_or_404(Breach.objects.visible_to(request.user).select_related(*related), pk=pk)


def _try(request: AirpRequest, found: Breach, form: forms.Form, decide: Callable[[], HttpResponse]) -> HttpResponse:
    if form.is_valid():
        try:
            return decide()
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    return refused(request, TEMPLATE, _context(request, _find(request, found.pk), form), partial="decision")


def _context(request: AirpRequest, found: Breach, tried: forms.Form | None = None) -> dict[str, object]:
    version = found.version
    incident = found.incident
    is_visible = incident is not None and Incident.objects.visible_to(request.user).filter(pk=incident.pk).exists()
    return {
        "now": timezone.now(),
        "breach": found,
        "title": title_of(found),
        "sentence": sentence_of(version),
        "is_watched": version.metric in WATCHED,
        "said": said_about(found) if version.metric == Metric.ALERT else [],
        "severity": version.severity,
        "incident": incident if is_visible else None,
        "decisions": found.decisions.select_related("by").order_by("-at", "-pk"),
        "due_at": found.decision_due_at if found.awaits_decision else None,
        "offers": _offers(request, found, tried),
        "is_held": found.decision == Decision.HOLD,
        "panels": _panels(request, found, now=timezone.now()),
        "verdict_form": _verdict_form(request, found, tried),
        "verdict_is_open": isinstance(tried, VerdictForm),
    }


def _panels(request: AirpRequest, found: Breach, *, now: datetime) -> list[str]:
    """Parts that packages above this one add to the page."""
    panels = (panel(request, found, now=now) for panel in import_string(settings.BREACH_PANELS))
    return [render_to_string(panel["template"], {**panel["context"], "now": now}, request) for panel in panels if panel]


def _verdict_form(request: AirpRequest, found: Breach, tried: forms.Form | None) -> VerdictForm | None:
    """Judging comes after deciding; who may decide may judge."""
    if isinstance(tried, VerdictForm):
        return tried
    if found.kind == "shadow" or found.is_warning or found.can_be_decided or not found.may_be_decided_by(request.user):
        return None
    return VerdictForm(initial={"verdict": found.verdict})


def _offers(request: AirpRequest, found: Breach, tried: forms.Form | None) -> list[dict[str, object]]:
    """The decisions that this person can take now; the form that came back is shown open."""
    if not (found.can_be_decided and found.may_be_decided_by(request.user)) and not isinstance(tried, DECISIONS):
        return []
    made: list[tuple[str, str, forms.Form]] = [
        ("intervention", _("Intervene"), InterventionForm(breach=found, user=request.user)),
        ("hold", _("Hold"), HoldForm()),
        ("dismissal", _("Dismiss"), DismissalForm()),
    ]
    return [
        {
            "name": name,
            "label": label,
            "form": tried if isinstance(tried, type(form)) else form,
            "is_open": isinstance(tried, type(form)),
            "is_first": name == "intervention",
            "url": reverse(f"incidents:{name}", args=[found.pk]),
        }
        for name, label, form in made
        if name != "hold" or found.cleared_at is None or isinstance(tried, type(form))
        if not isinstance(tried, DECISIONS) or found.can_be_decided or isinstance(tried, type(form))
    ]
