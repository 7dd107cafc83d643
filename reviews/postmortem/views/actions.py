"""Actions: added on the review's page, ended with evidence or a reason on their own."""

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from airp.accounts.requests import AirpRequest
from airp.accounts.roles import Capability
from airp.web.answers import answer, go, refused, wants_fragment
from incidents.response.refusals import Refusal
from reviews.postmortem.due import due_words
from reviews.postmortem.forms import ActionForm, EvidenceForm, ReasonForm
from reviews.postmortem.models import Action
from reviews.postmortem.refusals import DueInThePast
from reviews.postmortem.views.page import review_context, visible_action, visible_review

REVIEW_PAGE = "reviews/review.html"
PAGE = "reviews/action.html"


def review_actions(request: AirpRequest, reference: str) -> HttpResponse:
    """Adds one to the review."""
    found = visible_review(request.user, reference)
    form = ActionForm(request.POST, prefix="action")
    now = timezone.now()
    if form.is_valid():
        try:
            Action.add(found, assignment=form.assignment, by=request.user, now=now)
        except DueInThePast as refusal:
            form.add_error("due_date", str(refusal))
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    if form.errors:
        shown = review_context(found, user=request.user, now=now, action_form=form)
        return refused(request, REVIEW_PAGE, shown, partial="actions")
    if not wants_fragment(request):
        return go(request, "reviews:review", reference)
    return answer(request, REVIEW_PAGE, review_context(found, user=request.user, now=now), partial="actions-changed")


def action(request: AirpRequest, pk: int) -> HttpResponse:
    """GET shows it with its forms, POST rewords it, hands it over or moves its due date."""
    found = visible_action(request.user, pk)
    if request.method != "POST":
        return answer(request, PAGE, _shown(request, found))
    form = ActionForm(request.POST)
    if form.is_valid():
        try:
            found.edit(assignment=form.assignment, by=request.user)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    if form.errors:
        return refused(request, PAGE, _shown(request, visible_action(request.user, pk), edit_form=form))
    return go(request, "reviews:action", pk, notice=_("Action saved."))


def completion(request: AirpRequest, pk: int) -> HttpResponse:
    """It is done, with evidence."""
    found = visible_action(request.user, pk)
    form = EvidenceForm(request.POST, prefix="done")
    if form.is_valid():
        try:
            found.complete(evidence=form.cleaned_data["evidence"], by=request.user, now=timezone.now())
        except Refusal as refusal:
            form.add_error("evidence", str(refusal))
    if form.errors:
        return refused(request, PAGE, _shown(request, visible_action(request.user, pk), evidence_form=form))
    return go(request, "reviews:actions", notice=_("Marked as done."))


def decline(request: AirpRequest, pk: int) -> HttpResponse:
    """It will not be done, with the reason."""
    found = visible_action(request.user, pk)
    form = ReasonForm(request.POST, prefix="decline")
    if form.is_valid():
        try:
            found.decline(reason=form.cleaned_data["reason"], by=request.user, now=timezone.now())
        except Refusal as refusal:
            form.add_error("reason", str(refusal))
    if form.errors:
        return refused(request, PAGE, _shown(request, visible_action(request.user, pk), decline_form=form))
    return go(request, "reviews:actions", notice=_("Marked as not doing."))


def resumption(request: AirpRequest, pk: int) -> HttpResponse:
    """Open again."""
    found = visible_action(request.user, pk)
    form = ReasonForm(request.POST, prefix="resume")
    if form.is_valid():
        try:
            found.resume(reason=form.cleaned_data["reason"], by=request.user)
        except Refusal as refusal:
            form.add_error("reason", str(refusal))
    if form.errors:
        return refused(request, PAGE, _shown(request, visible_action(request.user, pk), resume_form=form))
    return go(request, "reviews:action", pk, notice=_("Open again."))


def _shown(request: AirpRequest, found: Action, **forms: Any) -> dict[str, Any]:
    """The action and the forms that this person may use now; a refused form shows whatever the state is."""
    now = timezone.now()
    may_change = request.user.pk == found.owner_id or request.user.can(Capability.WRITE_REVIEW)
    is_open = may_change and found.is_open
    return {
        "action": found,
        "incident": found.review.incident,
        "now": now,
        "due": due_words(found.due_date, today=timezone.localdate(now)),
        "edit_form": ActionForm.of(found) if is_open else None,
        "evidence_form": EvidenceForm(prefix="done") if is_open else None,
        "decline_form": ReasonForm(prefix="decline") if is_open else None,
        "resume_form": ReasonForm(prefix="resume") if may_change and not found.is_open else None,
    } | forms
