"""The page of one review: reading, writing with drafts that save themselves, submitting."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from airp.accounts.requests import AirpRequest
from airp.web.answers import answer, conflicted, go, refused, wants_fragment
from incidents.response.models import Incident
from incidents.response.refusals import Refusal
from reviews.postmortem.forms import DraftForm
from reviews.postmortem.models import Review
from reviews.postmortem.opening import open_by_choice
from reviews.postmortem.refusals import DraftConflict, ReviewIncomplete
from reviews.postmortem.views.page import review_context, saved_context, visible_review

PAGE = "reviews/review.html"
STATE = "draft-state"


def review(request: AirpRequest, reference: str) -> HttpResponse:
    """GET reads, POST saves the draft; htmx gets the line that says when it was saved."""
    now = timezone.now()
    found = visible_review(request.user, reference)
    if request.method != "POST":
        return answer(request, PAGE, review_context(found, user=request.user, now=now))
    form = DraftForm(request.POST)
    if not form.is_valid():
        return refused(request, PAGE, _shown(request, found, draft_form=form), partial=STATE)
    try:
        found.save_draft(texts=form.texts, by=request.user, now=now, expected=form.expected)
    except Refusal as refusal:
        return _refused(request, found, form, refusal)
    if wants_fragment(request):
        return answer(request, PAGE, saved_context(found, now=now) | {"parts": found.parts()}, partial="saved")
    return go(request, "reviews:review", reference, notice=_("Draft saved."))


def submission(request: AirpRequest, reference: str) -> HttpResponse:
    """Saves the last words and asks for sign-off."""
    now = timezone.now()
    found = visible_review(request.user, reference)
    form = DraftForm(request.POST)
    if not form.is_valid():
        return refused(request, PAGE, _shown(request, found, draft_form=form), partial=STATE)
    try:
        found.submit(texts=form.texts, expected=form.expected, by=request.user, now=now)
    except Refusal as refusal:
        return _refused(request, found, form, refusal)
    return go(request, "reviews:review", reference, notice=_("Submitted for sign-off."))


def opening(request: AirpRequest, reference: str) -> HttpResponse:
    """Opens a review that the severity does not demand."""
    incident = get_object_or_404(Incident.objects.visible_to(request.user), reference=reference)
    try:
        open_by_choice(incident, by=request.user, now=timezone.now())
    except Refusal as refusal:
        return refused(request, "reviews/refused.html", {"incident": incident, "refusal": refusal})
    return go(request, "reviews:review", reference)


def _refused(request: AirpRequest, found: Review, form: DraftForm, refusal: Refusal) -> HttpResponse:
    """The refusal beside the form, which keeps every typed character; for a conflict also their version."""
    theirs = visible_review(request.user, found.incident.reference)
    sentences = refusal.missing if isinstance(refusal, ReviewIncomplete) else [str(refusal)]
    shown = _shown(request, theirs, draft_form=form, sentences=sentences)
    if isinstance(refusal, DraftConflict):
        return conflicted(request, PAGE, shown | {"versus": _versus(form, theirs)}, partial=STATE)
    return refused(request, PAGE, shown, partial=STATE)


def _versus(form: DraftForm, theirs: Review) -> list[dict[str, Any]]:
    """The texts that differ, theirs and mine."""
    return [
        {"label": form.fields[name].label, "theirs": getattr(theirs.texts, name), "mine": getattr(form.texts, name)}
        for name in ("summary", "what_happened", "impact", "what_slowed_us")
        if getattr(theirs.texts, name) != getattr(form.texts, name)
    ]


def _shown(request: AirpRequest, found: Review, **forms: Any) -> dict[str, Any]:
    return review_context(found, user=request.user, now=timezone.now(), **forms)
