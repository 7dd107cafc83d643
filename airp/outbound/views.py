"""The delivery pages: what left, what did not, and the two things a person can do about it."""

from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from airp.accounts.requests import AirpRequest
from airp.accounts.roles import Capability
from airp.outbound.forms import ListForm, ReasonForm
from airp.outbound.models import Delivery, DeliveryAlreadyEnded, DeliveryNotFailed
from airp.outbound.queries import page_of
from airp.outbound.showing import detail_of, list_of
from airp.web.answers import answer, conflicted, go, refused

LIST_PAGE = "outbound/deliveries.html"
DETAIL_PAGE = "outbound/delivery.html"


def deliveries(request: AirpRequest) -> HttpResponse:
    """The list. Failed and doubtful ones come first: they are what somebody must look at."""
    asked = ListForm(request.GET)
    if not asked.is_valid():
        raise BadRequest("show, before or after is none that this list knows")
    show, before, after = (asked.cleaned_data[name] for name in ("show", "before", "after"))
    page = page_of(show, older_than=before, newer_than=after)
    return answer(request, LIST_PAGE, list_of(page, show, user=request.user), partial="list")


def delivery(request: AirpRequest, pk: int) -> HttpResponse:
    """One delivery with its tries."""
    return answer(request, DETAIL_PAGE, _context(request, get_object_or_404(Delivery, pk=pk), ReasonForm()))


def retry(request: AirpRequest, pk: int) -> HttpResponse:
    """Put a failed delivery back."""
    found, form = get_object_or_404(Delivery, pk=pk), ReasonForm(request.POST)
    if not form.is_valid():
        return refused(request, DETAIL_PAGE, _context(request, found, form))
    try:
        found.retry(by=request.user, reason=form.cleaned_data["reason"], now=timezone.now())
    except DeliveryNotFailed as refusal:
        return _refusal(request, pk, form, refusal)
    return go(request, "outbound:delivery", pk, notice=_("Put back: it is sent in a moment."))


def discard(request: AirpRequest, pk: int) -> HttpResponse:
    """Give a delivery up."""
    found, form = get_object_or_404(Delivery, pk=pk), ReasonForm(request.POST)
    if not form.is_valid():
        return refused(request, DETAIL_PAGE, _context(request, found, form))
    try:
        found.discard(by=request.user, reason=form.cleaned_data["reason"], now=timezone.now())
    except DeliveryAlreadyEnded as refusal:
        return _refusal(request, pk, form, refusal)
    return go(request, "outbound:delivery", pk, notice=_("Discarded: it will not be sent."))


def _refusal(request: AirpRequest, pk: int, form: ReasonForm, refusal: Exception) -> HttpResponse:
    form.add_error(None, str(refusal))
    return conflicted(request, DETAIL_PAGE, _context(request, Delivery.objects.get(pk=pk), form))


def _context(request: AirpRequest, found: Delivery, form: ReasonForm) -> dict[str, Any]:
    may_handle = request.user.can(Capability.RETRY_DELIVERIES)
    return detail_of(found, user=request.user) | {"form": form, "may_handle": may_handle}
