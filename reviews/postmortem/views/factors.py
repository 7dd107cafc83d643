"""Contributing factors: adding and removing, one region of the review's page."""

from typing import Any

from django.http import HttpResponse
from django.utils import timezone

from airp.accounts.requests import AirpRequest
from airp.web.answers import answer, go, refused, wants_fragment
from incidents.response.refusals import Refusal
from reviews.postmortem.forms import FactorForm
from reviews.postmortem.views.page import review_context, visible_review
from reviews.postmortem.views.review import PAGE


def factors(request: AirpRequest, reference: str) -> HttpResponse:
    """Adds one."""
    found = visible_review(request.user, reference)
    form = FactorForm(request.POST, prefix="factor")
    if not form.is_valid():
        return _refused(request, reference, factor_form=form)
    try:
        found.add_factor(text=form.cleaned_data["text"], by=request.user, now=timezone.now())
    except Refusal as refusal:
        form.add_error("text", str(refusal))
        return _refused(request, reference, factor_form=form)
    return _changed(request, reference)


def factor(request: AirpRequest, reference: str, pk: int) -> HttpResponse:
    """Removes it from the draft."""
    found = visible_review(request.user, reference)
    try:
        found.remove_factor(factor_id=pk, by=request.user)
    except Refusal as refusal:
        return _refused(request, reference, factor_refusal=str(refusal))
    return _changed(request, reference)


def _changed(request: AirpRequest, reference: str) -> HttpResponse:
    if not wants_fragment(request):
        return go(request, "reviews:review", reference)
    return answer(request, PAGE, _shown(request, reference), partial="factors-changed")


def _refused(request: AirpRequest, reference: str, **shown: Any) -> HttpResponse:
    return refused(request, PAGE, _shown(request, reference, **shown), partial="factors")


def _shown(request: AirpRequest, reference: str, **shown: Any) -> dict[str, Any]:
    found = visible_review(request.user, reference)
    return review_context(found, user=request.user, now=timezone.now(), **shown)
