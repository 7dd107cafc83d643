"""The demo's own pages: its mailbox and the levers of the simulated product. Local installations only."""

from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from airp.local import mailbox, remote_product
from airp.local.forms import LeverForm
from airp.local.product.levers import Flag
from airp.local.remote_product import ProductAway
from airp.local.seed.thresholds import POLICY
from airp.web.answers import answer, go, refused
from incidents.detection.thresholds import Threshold

MAIL_PAGE, PRODUCT_PAGE = "local/mail.html", "local/product.html"


def mail(request: HttpRequest) -> HttpResponse:
    """All mails that left, newest first."""
    return answer(request, MAIL_PAGE, {"mails": mailbox.newest()}, partial="list")


def mail_message(request: HttpRequest, name: str) -> HttpResponse:
    """One mail as text."""
    found = mailbox.read(name)
    if found is None:
        raise Http404
    return answer(request, "local/message.html", {"mail": found})


def product(request: HttpRequest) -> HttpResponse:
    """How the simulated product stands, and its levers."""
    if request.method == "POST":
        return _pull(request)
    try:
        found = remote_product.standing()
    except ProductAway:
        return answer(request, PRODUCT_PAGE, {"standing": None})
    form = LeverForm(initial={"model": found.model, "flag": found.flag.value})
    return answer(request, PRODUCT_PAGE, {"standing": found, "form": form, "watched_at": _watched_at()})


def _pull(request: HttpRequest) -> HttpResponse:
    form = LeverForm(request.POST)
    try:
        if not form.is_valid():
            context = {"standing": remote_product.standing(), "form": form, "watched_at": _watched_at()}
            return refused(request, PRODUCT_PAGE, context)
        remote_product.point_alias_at(form.cleaned_data["model"])
        remote_product.switch(Flag(form.cleaned_data["flag"]))
    except ProductAway:
        return answer(request, PRODUCT_PAGE, {"standing": None}, status=HTTPStatus.SERVICE_UNAVAILABLE)
    return go(request, "dev_product", notice=_("Done. Within two minutes the threshold shows the new rate."))


def _watched_at() -> str:
    """The page of the threshold that shows the effect of the levers; the list where the story is not written."""
    found = Threshold.objects.filter(name=POLICY).first()
    return reverse("incidents:threshold", args=[found.pk]) if found else reverse("incidents:thresholds")
