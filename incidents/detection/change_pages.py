"""Changes that wait for a second person, the mode of a threshold, and its review: pages and small forms."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from airp.accounts.models import User
from airp.accounts.requests import AirpRequest
from airp.accounts.roles import Capability
from airp.web.answers import answer, go, refused
from incidents.detection.change_forms import ApprovalForm, ConfirmationForm, ModeForm, ReturnForm
from incidents.detection.changing import change_mode
from incidents.detection.choices import Mode
from incidents.detection.differences import differences, ground_sentences
from incidents.detection.places import after_place, next_url
from incidents.detection.proposals import Proposal, ProposalState
from incidents.detection.threshold_pages import PAGE as THRESHOLD
from incidents.detection.threshold_pages import page_context
from incidents.detection.thresholds import Threshold
from incidents.response.models import Incident
from incidents.response.refusals import Refusal

CHANGE, CHANGES, MODE = "incidents/change.html", "incidents/changes.html", "incidents/mode.html"
ROWS = 50


def changes(request: AirpRequest) -> HttpResponse:
    """Proposed changes, newest first: those that wait, or with `?show=decided` the others."""
    is_decided = request.GET.get("show") == "decided"
    found = _shown(is_decided=is_decided)
    rows = list(after_place(found, request.GET.get("after", ""), key="proposed_at")[: ROWS + 1])
    context = {
        "now": timezone.now(),
        "rows": rows[:ROWS],
        "is_decided": is_decided,
        "tabs": [
            {"label": _("Waiting"), "url": "?", "is_current": not is_decided},
            {"label": _("Decided"), "url": "?show=decided", "is_current": is_decided},
        ],
        "older_url": next_url(request.GET, rows, size=ROWS, key="proposed_at"),
    }
    return answer(request, CHANGES, context)


def change(request: AirpRequest, pk: int) -> HttpResponse:
    """One change: what it does, why it needs a second person, and the forms to decide on it."""
    return answer(request, CHANGE, _context(request, _find(pk)))


@require_POST
def approval(request: AirpRequest, pk: int) -> HttpResponse:
    found, form = _find(pk), ApprovalForm(request.POST)

    def decide() -> HttpResponse:
        found.approve(by=request.user, now=timezone.now(), note=form.cleaned_data["note"])
        return go(request, "incidents:threshold", found.threshold_id, notice=_("Approved. It is in force."))

    return _try(request, found, form, decide)


@require_POST
def giving_back(request: AirpRequest, pk: int) -> HttpResponse:
    found, form = _find(pk), ReturnForm(request.POST)

    def decide() -> HttpResponse:
        found.give_back(by=request.user, now=timezone.now(), note=form.cleaned_data["note"])
        return go(request, "incidents:threshold_changes", notice=_("Returned. Its author was told."))

    return _try(request, found, form, decide)


@require_POST
def withdrawal(request: AirpRequest, pk: int) -> HttpResponse:
    found, form = _find(pk), forms.Form(request.POST)

    def decide() -> HttpResponse:
        found.withdraw(by=request.user, now=timezone.now())
        return go(request, "incidents:threshold", found.threshold_id, notice=_("Withdrawn. Nothing changed."))

    return _try(request, found, form, decide)


def mode(request: AirpRequest, pk: int) -> HttpResponse:
    """Activate, shadow, pause or retire a threshold; stopping an active one needs a second person."""
    threshold = get_object_or_404(Threshold.objects.select_related("system", "owner"), pk=pk)
    form = ModeForm(request.POST or None, initial={"mode": threshold.mode})
    if request.method == "POST" and form.is_valid():
        try:
            made = change_mode(
                threshold,
                Mode(form.cleaned_data["mode"]),
                by=request.user,
                now=timezone.now(),
                reason=form.cleaned_data["reason"],
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            words = _("Proposed: a second person must agree.") if made else _("The mode is set.")
            return go(request, "incidents:threshold", pk, notice=words)
    context = {"now": timezone.now(), "threshold": threshold, "form": form}
    return refused(request, MODE, context) if form.errors else answer(request, MODE, context)


@require_POST
def confirmation(request: AirpRequest, pk: int) -> HttpResponse:
    """Somebody looked at the threshold and found it right as it is."""
    threshold = get_object_or_404(Threshold, pk=pk)
    form = ConfirmationForm(request.POST)
    if not form.is_valid():
        return refused(request, THRESHOLD, page_context(request, pk, confirmation=form))
    threshold.confirm(by=request.user, now=timezone.now(), reason=form.cleaned_data["reason"])
    return go(request, "incidents:threshold", pk, notice=_("Confirmed. The next review moves on."))


def _shown(*, is_decided: bool) -> QuerySet[Proposal]:
    found = Proposal.objects.select_related("threshold__system", "author", "decided_by")
    if is_decided:
        return found.exclude(state=ProposalState.WAITING)
    return found.filter(state=ProposalState.WAITING)


def _find(pk: int) -> Proposal:
    related = ("threshold__system", "author", "decided_by", "based_on__severity", "based_on__harm_kind")
    return get_object_or_404(Proposal.objects.select_related(*related), pk=pk)


def _try(request: AirpRequest, found: Proposal, form: forms.Form, decide: Callable[[], HttpResponse]) -> HttpResponse:
    if form.is_valid():
        try:
            return decide()
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    return refused(request, CHANGE, _context(request, _find(found.pk), form))


def _context(request: AirpRequest, found: Proposal, tried: forms.Form | None = None) -> dict[str, Any]:
    is_waiting = found.state == ProposalState.WAITING
    is_author = found.author_id == request.user.pk
    may_approve = is_waiting and not is_author and request.user.can(Capability.APPROVE)
    return {
        "now": timezone.now(),
        "change": found,
        "mode_label": Mode(found.mode).label if found.mode else "",
        "differences": differences(found.based_on, found.rule) if found.rule else [],
        "grounds": ground_sentences(found.grounds),
        "missed": _missed(found, request.user),
        "approval": tried if isinstance(tried, ApprovalForm) else ApprovalForm() if may_approve else None,
        "giving_back": tried if isinstance(tried, ReturnForm) else ReturnForm() if may_approve else None,
        "may_withdraw": is_waiting and is_author,
        "refusal": tried.non_field_errors() if tried is not None and not isinstance(tried, ApprovalForm) else [],
        "is_waiting": is_waiting,
    }


def _missed(found: Proposal, user: User) -> list[str]:
    """The incidents that the change would have missed, as far as they exist for the person now."""
    named = found.forecast.get("lost_incidents", [])
    seen = Incident.objects.visible_to(user).filter(reference__in=named)
    return list(seen.order_by("reference").values_list("reference", flat=True)) if named else []
