"""The vault of an incident: its samples, one more, and reading an original for a reason."""

from typing import Any

from django.db.models import Count, Max
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from airp.accounts.requests import AirpRequest
from airp.web.answers import answer, go, refused, wants_fragment
from incidents.impact.exposure_pages import fetch
from incidents.impact.keeping import KEEP, REVEAL, keep_sample
from incidents.impact.keeping import reveal as reveal_original
from incidents.impact.providers import offers_of
from incidents.impact.providers import take_over as take_over_one
from incidents.impact.sample_forms import RevealForm, SampleForm
from incidents.impact.samples import HarmSample, SampleOriginal, SampleReveal
from incidents.response.models import Incident
from incidents.response.refusals import Refusal

PAGE = "incidents/samples.html"
SHOWN = 10


def samples(request: AirpRequest, reference: str) -> HttpResponse:
    """GET lists them, newest first; POST keeps one that somebody typed or pasted."""
    found = fetch(request, reference)
    if request.method != "POST":
        return answer(request, PAGE, _context(request, found))
    form = SampleForm(request.POST)
    if form.is_valid():
        try:
            kept = keep_sample(found, draft=form.draft, by=request.user, now=timezone.now())
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            return go(request, "incidents:samples", reference, notice=_kept(kept))
    return refused(request, PAGE, _context(request, found, form=form))


def take_over(request: AirpRequest, reference: str) -> HttpResponse:
    """Keep words that another part of airp holds already, such as those of a complaint."""
    found, now = fetch(request, reference), timezone.now()
    name, _slash, key = request.POST.get("from", "").partition("/")
    try:
        kept = take_over_one(found, name, key, by=request.user, now=now)
        notice = _kept(kept) if kept else _("Choose one.")
    except Refusal as refusal:
        notice = str(refusal)
    return go(request, "incidents:samples", reference, notice=notice)


def reveal(request: AirpRequest, reference: str, number: int) -> HttpResponse:
    """The words as they came, in this one answer, kept by no browser; or why not."""
    found = fetch(request, reference)
    sample: HarmSample = get_object_or_404(found.samples.with_state(), number=number)
    form, shown = RevealForm(request.POST, number=number), None
    if form.is_valid():
        try:
            shown = reveal_original(sample, by=request.user, now=timezone.now(), reason=form.cleaned_data["reason"])
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    row = _row(request, found.samples.with_state().select_related("by").get(pk=sample.pk), form=form, shown=shown)
    reply = answer if shown else refused
    if wants_fragment(request):
        return reply(request, f"{PAGE}#sample", {"row": row, "incident": found, "now": timezone.now()})
    return reply(request, PAGE, _context(request, found, instead=row))


def _kept(sample: HarmSample) -> str:
    return _("Sample %(number)d is in the vault.") % {"number": sample.number}


def _context(
    request: AirpRequest,
    found: Incident,
    *,
    form: SampleForm | None = None,
    instead: dict[str, Any] | None = None,
) -> dict[str, Any]:
    given, now = request.GET.get("before", ""), timezone.now()
    listed = found.samples.with_state().select_related("by").order_by("-number")
    if instead:
        listed = listed.filter(number__lte=instead["sample"].number)
    elif given.isdecimal() and len(given) < 10:
        listed = listed.filter(number__lt=int(given))
    page = list(listed[: SHOWN + 1])
    rows = [_row(request, sample) for sample in page[:SHOWN]]
    may_keep = request.user.can(KEEP)
    return {
        "now": now,
        "incident": found,
        "rows": [instead if instead and row["sample"] == instead["sample"] else row for row in rows],
        "older": page[SHOWN - 1].number if len(page) > SHOWN else None,
        "is_first": not given and not instead,
        "form": (form or SampleForm()) if may_keep else None,
        "is_tried": form is not None,
        "offers": offers_of(found, by=request.user) if may_keep else [],
        "versions": found.versions_in_force(now=now) if may_keep else [],
        "readers": _readers(found),
    }


def _row(
    request: AirpRequest, sample: HarmSample, *, form: RevealForm | None = None, shown: SampleOriginal | None = None
) -> dict[str, Any]:
    may_reveal = request.user.can(REVEAL) and sample.has_original  # type: ignore[attr-defined]
    return {
        "sample": sample,
        "form": (form or RevealForm(number=sample.number)) if may_reveal else None,
        "is_open": form is not None,
        "original": shown,
    }


def _readers(found: Incident) -> list[dict[str, Any]]:
    """How many originals each person has read here, the most first."""
    reveals = SampleReveal.objects.filter(sample__incident=found).values("by__name")
    counted = reveals.annotate(count=Count("pk"), last=Max("at")).order_by("-count", "by__name")
    return [dict(row) for row in counted]
