"""The sign-off: a second person reads everything, then agrees or returns it with comments."""

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from airp.accounts.requests import AirpRequest
from airp.web.answers import answer, conflicted, go, refused
from incidents.response.refusals import Refusal
from reviews.postmortem.forms import CommentForm, SignOffForm
from reviews.postmortem.refusals import DraftConflict
from reviews.postmortem.views.page import sign_off_context, visible_review

PAGE = "reviews/sign_off.html"


def sign_off(request: AirpRequest, reference: str) -> HttpResponse:
    """GET shows what is signed and what is missing, POST signs exactly that version."""
    found = visible_review(request.user, reference)
    if request.method != "POST":
        return answer(request, PAGE, _shown(request, reference))
    form = SignOffForm(request.POST)
    if not form.is_valid():
        return refused(request, PAGE, _shown(request, reference, sign_off_form=form))
    try:
        found.sign_off(
            expected=form.cleaned_data["version"], note=form.cleaned_data["note"], by=request.user, now=timezone.now()
        )
    except DraftConflict:
        changed = _("The review changed since you opened this page. Read the present version, then decide.")
        return conflicted(request, PAGE, _shown(request, reference, refusal=changed))
    except Refusal as refusal:
        return refused(request, PAGE, _shown(request, reference, refusal=str(refusal)))
    return go(request, "reviews:review", reference, notice=_("Signed off. The incident can be closed now."))


def return_with_comments(request: AirpRequest, reference: str) -> HttpResponse:
    found = visible_review(request.user, reference)
    form = CommentForm(request.POST, prefix="return")
    if not form.is_valid():
        return refused(request, PAGE, _shown(request, reference, comment_form=form))
    try:
        found.return_with_comments(comment=form.cleaned_data["comment"], by=request.user, now=timezone.now())
    except Refusal as refusal:
        form.add_error("comment", str(refusal))
        return refused(request, PAGE, _shown(request, reference, comment_form=form))
    return go(request, "reviews:review", reference, notice=_("Returned with your comments."))


def _shown(request: AirpRequest, reference: str, **shown: Any) -> dict[str, Any]:
    found = visible_review(request.user, reference)
    return sign_off_context(found, user=request.user, now=timezone.now(), **shown)
