"""Pages to read: all thresholds, and one with its chart, breaches and versions."""

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from airp.accounts.requests import AirpRequest
from airp.accounts.roles import Capability
from airp.web import times
from airp.web.answers import answer
from incidents.detection import chart, wording
from incidents.detection.backtest.looking_back import trial_of
from incidents.detection.breaches import Breach
from incidents.detection.care import ONLY, care_of, narrowed
from incidents.detection.change_forms import ConfirmationForm
from incidents.detection.change_reading import marks_on_chart
from incidents.detection.choices import WATCHED, Band, Mode
from incidents.detection.evaluation import tick_of
from incidents.detection.history import Point, history
from incidents.detection.late.reading import late_runs
from incidents.detection.proposals import Proposal, ProposalState
from incidents.detection.queries import (
    breach_row,
    last_tick_at,
    sentence_of,
    standing,
    threshold_rows,
    value_in_words,
    watched_standing,
    worst_states,
)
from incidents.detection.statistics import Op
from incidents.detection.thresholds import Threshold
from incidents.detection.values import values_now
from incidents.detection.versions import ThresholdVersion

ROWS = 50
PAGE = "incidents/threshold.html"


def thresholds(request: AirpRequest) -> HttpResponse:
    """All thresholds by name, `?after=` pages by key, `?q=` searches, `?mode=` and `?only=` filter."""
    now = timezone.now()
    search, mode = request.GET.get("q", "").strip()[:100], request.GET.get("mode", "")
    found = Threshold.objects.select_related("system", "owner", "quality").order_by("name")
    if search:
        found = found.filter(Q(name__icontains=search) | Q(system__name__icontains=search))
    found = found.filter(mode=mode) if mode in Mode.values else found.exclude(mode=Mode.RETIRED)
    only = request.GET.get("only", "")
    found = narrowed(found, only)
    if after := request.GET.get("after", ""):
        found = found.filter(name__gt=after)
    page = list(found[: ROWS + 1])
    query = request.GET.copy()
    if len(page) > ROWS:
        query["after"] = page[ROWS - 1].name
    context = {
        "now": now,
        "rows": threshold_rows(page[:ROWS], now=now),
        "modes": [("", _("All but retired")), *((choice.value, choice.name.capitalize()) for choice in Mode)],
        "mode": mode,
        "search": search,
        "only": only,
        "onlys": ONLY,
        "waiting_changes": Proposal.objects.filter(state=ProposalState.WAITING).count(),
        "older_url": f"?{query.urlencode()}" if len(page) > ROWS else "",
        "last_tick_at": last_tick_at(),
        "may_add": request.user.can(Capability.SET_THRESHOLDS),
    }
    return answer(request, "incidents/thresholds.html", context)


def threshold(request: AirpRequest, pk: int) -> HttpResponse:
    """One threshold: its sentence, where it stands, what it measured, its breaches and versions."""
    return answer(request, PAGE, page_context(request, pk))


def page_context(request: AirpRequest, pk: int, *, confirmation: ConfirmationForm | None = None) -> dict[str, Any]:
    """Everything that the page of a threshold shows. `confirmation` is one that came back with what is wrong in it."""
    now = timezone.now()
    found = get_object_or_404(Threshold.objects.select_related("system", "owner"), pk=pk)
    version = found.version_at(now)
    breaches = Breach.objects.visible_to(request.user).filter(threshold=found)
    related = ("threshold__system", "version__severity", "incident")
    return {
        "now": now,
        "threshold": found,
        "confirmation": confirmation or ConfirmationForm(),
        "standing": _standing(found, version),
        "version": version,
        "watched": sentence_of(version) if version and version.metric in WATCHED else "",
        "measured": _measured(found, version, now=now) if version and version.metric not in WATCHED else None,
        "breaches": [breach_row(row) for row in breaches.select_related(*related).order_by("-started_at", "-pk")[:20]],
        "versions": [
            {"version": each, "sentence": sentence_of(each)}
            for each in found.versions.select_related("author", "approver", "severity").order_by("-number")[:20]
        ],
        "transitions": found.transitions.order_by("-judged_to", "-pk")[:15],
        "late": late_runs(found, now=now),
        "edit_url": reverse("admin:incidents_threshold_change", args=[pk]) if _may_configure(request) else "",
        "waiting": found.proposals.filter(state=ProposalState.WAITING).select_related("author").first(),
        "may_change": request.user.can(Capability.SET_THRESHOLDS),
        "may_change_rule": found.may_be_set_by(request.user),
        "care": care_of(found, version, now=now),
    }


def _standing(found: Threshold, version: ThresholdVersion | None) -> dict[str, str]:
    if version is not None and version.metric in WATCHED:
        return watched_standing(found, is_firing=found.breaches.open().exists())
    states = worst_states([found.pk])
    return standing(found, states.get((found.pk, Band.ACT)), states.get((found.pk, Band.WARN)))


def _may_configure(request: AirpRequest) -> bool:
    return request.user.can(Capability.CONFIGURE)


def _measured(found: Threshold, version: ThresholdVersion, *, now: datetime) -> dict[str, Any]:
    """The present value, and the chart with the same in words."""
    points = history(version, now=now)
    limit = trial_of(version).terms.limit
    drawing = chart.draw([point.value for point in points], limit, warn=version.warn_limit)
    value = values_now({found.pk: version}, tick_at=tick_of(now)).get(found.pk)
    return {
        "sentence": sentence_of(version),
        "measure": wording.measure(metric=version.metric, kind=version.kind, category=version.category),
        "value": value_in_words(version, value),
        "limit": wording.limit(metric=version.metric, amount=limit),
        "window": wording.duration(version.window_seconds),
        "chart": drawing,
        "limit_mark": wording.mark(metric=version.metric, amount=limit),
        "chart_words": _in_words(version, points, now=now),
        "top_words": wording.mark(metric=version.metric, amount=drawing.top_value),
        "changes": marks_on_chart(found.system, points[0].at, points[-1].at),
        "starts": times.short(points[0].at, now=now),
        "ends": times.short(points[-1].at, now=now),
    }


def _in_words(version: ThresholdVersion, points: list[Point], *, now: datetime) -> str:
    """What the chart shows, for those who do not see it."""
    known = [point for point in points if point.value is not None]
    if not known:
        return _("There was not enough data in this time to judge anything.")
    is_floor = Op(version.op).is_floor
    worst = (min if is_floor else max)(known, key=lambda point: point.value or 0.0)
    return _(
        "%(side)s %(worst)s at %(at)s, last %(last)s; limit %(limit)s. %(known)s of %(all)s windows had enough data."
    ) % {
        "side": _("Lowest") if is_floor else _("Highest"),
        "worst": wording.figure(metric=version.metric, amount=worst.value or 0.0),
        "at": times.short(worst.at, now=now),
        "last": wording.figure(metric=version.metric, amount=known[-1].value or 0.0),
        "limit": wording.limit(metric=version.metric, amount=trial_of(version).terms.limit),
        "known": len(known),
        "all": len(points),
    }
