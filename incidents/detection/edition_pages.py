"""Changing a threshold's rule with its back-test beside it, and making a new one.

Everybody who reads may try limits here; saving is for the owner and for those who set thresholds.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from airp.accounts.requests import AirpRequest
from airp.web.answers import answer, go, refused
from incidents.classification.models import SeverityLevel
from incidents.detection.about_form import AboutForm
from incidents.detection.approving import Forecast
from incidents.detection.backtest.looking_back import RANGES, USUAL_RANGE, look_back, why_not
from incidents.detection.backtest.records import Backtest
from incidents.detection.backtest.running import run_backtest
from incidents.detection.backtest.showing import shown, suggested
from incidents.detection.changing import change_rule
from incidents.detection.choices import Mode
from incidents.detection.presets import PRESETS, Preset, preset
from incidents.detection.proposals import Proposal
from incidents.detection.queries import sentence_of
from incidents.detection.rule_form import RuleForm
from incidents.detection.thresholds import Threshold
from incidents.detection.versions import ThresholdVersion
from incidents.response.refusals import Refusal

PAGE = "incidents/edition.html"
USUAL_SEVERITY = 3


@dataclass(frozen=True, slots=True)
class Sheet:
    """What one request is about: a threshold, saved or not, the rule in force, and what was typed."""

    threshold: Threshold
    before: ThresholdVersion | None
    form: RuleForm
    days: int
    about: AboutForm | None = None

    @property
    def version(self) -> ThresholdVersion | None:
        """The rule to play: what was typed if it can be understood, else none; at first the one in force."""
        if self.form.is_bound:
            self.form.is_valid()
            return getattr(self.form, "version", None)
        return self.form.before


def edition(request: AirpRequest, pk: int) -> HttpResponse:
    """Another rule for a threshold, or `?from=` a shipped one: try it on the past, then save it with a reason."""
    now = timezone.now()
    threshold = get_object_or_404(Threshold.objects.select_related("system", "owner"), pk=pk)
    before = threshold.version_at(now)
    chosen = preset(request.GET.get("from", ""))
    start = _restarted(threshold, before, chosen) if chosen else before or _started(threshold, PRESETS[0])
    start.threshold = threshold
    sheet = Sheet(threshold, before, _form(request, threshold, start), _days(request))
    if "save" not in request.POST:
        return _answer(request, sheet, now=now)
    if not threshold.may_be_set_by(request.user):
        sheet.form.add_error(None, _("Only its owner and people who set thresholds may save. You can try limits here."))
    if sheet.form.is_valid() and (done := _save_edition(request, sheet, now=now)):
        return done
    return _answer(request, sheet, now=now)


def new(request: AirpRequest) -> HttpResponse:
    """A new threshold: first what to start from (`?from=`), then the whole form."""
    now = timezone.now()
    chosen = preset(request.GET.get("from", ""))
    if chosen is None:
        return answer(request, "incidents/threshold_new.html", {"presets": PRESETS, "now": now})
    about = AboutForm(request.POST or None, user=request.user)
    threshold = Threshold(owner=request.user)
    if about.chosen_system is not None:
        threshold.system = about.chosen_system
    sheet = Sheet(threshold, None, _form(request, threshold, _started(threshold, chosen)), _days(request), about=about)
    if "save" in request.POST and about.is_valid() & sheet.form.is_valid():
        return _save_new(request, sheet, now=now) or _answer(request, sheet, now=now)
    return _answer(request, sheet, now=now)


def _form(request: AirpRequest, threshold: Threshold, start: ThresholdVersion) -> RuleForm:
    data = request.POST.copy() if request.method == "POST" else None
    if data is not None and (limit := data.get("use", "")):
        data["limit"] = limit[:20]
    return RuleForm(data, threshold=threshold, version=start, asks_reason="save" in request.POST)


def _days(request: AirpRequest) -> int:
    given = request.POST.get("days", "") or request.GET.get("days", "")
    return int(given) if given.isdecimal() and given in map(str, RANGES) else USUAL_RANGE


def _started(threshold: Threshold, chosen: Preset) -> ThresholdVersion:
    level = SeverityLevel.objects.order_by("rank")[:USUAL_SEVERITY]
    return ThresholdVersion(threshold=threshold, severity=list(level)[-1] if level else None, **chosen.rule)


def _restarted(threshold: Threshold, before: ThresholdVersion | None, chosen: Preset) -> ThresholdVersion:
    """A shipped rule with what the threshold forces so far."""
    fresh = _started(threshold, chosen)
    if before is not None:
        fresh.severity, fresh.harm_kind = before.severity, before.harm_kind
        fresh.cooldown_seconds, fresh.dedup_template = before.cooldown_seconds, before.dedup_template
    return fresh


def _save_edition(request: AirpRequest, sheet: Sheet, *, now: datetime) -> HttpResponse | None:
    """The answer after saving; None where it was refused, which the form then says."""
    try:
        made = _change(request, sheet.threshold, sheet, now=now)
    except Refusal as refusal:
        sheet.form.add_error(None, str(refusal))
        return None
    if isinstance(made, Proposal):
        return go(request, made.path, notice=_("It waits for a second person, who was told."))
    words = _("Version %(number)s is in force from the next minute.") % {"number": made.number}
    return go(request, "incidents:threshold", sheet.threshold.pk, notice=words)


@transaction.atomic
def _save_new(request: AirpRequest, sheet: Sheet, *, now: datetime) -> HttpResponse | None:
    assert sheet.about is not None, "a new threshold has both forms"
    threshold, reason = sheet.about.threshold, sheet.form.cleaned_data["reason"]
    threshold.save()
    _change(request, threshold, sheet, now=now)
    mode = Mode(sheet.about.cleaned_data["mode"])
    if mode != Mode.DRAFT:
        threshold.set_mode(mode, by=request.user, now=now, reason=reason)
    return go(request, "incidents:threshold", threshold.pk, notice=_("The threshold is there."))


@transaction.atomic
def _change(request: AirpRequest, threshold: Threshold, sheet: Sheet, *, now: datetime) -> ThresholdVersion | Proposal:
    version = sheet.form.version
    kept = run_backtest(threshold, version.as_rule, days=sheet.days, by=request.user, now=now)
    reason = sheet.form.cleaned_data["reason"]
    return change_rule(threshold, version, by=request.user, now=now, reason=reason, forecast=_forecast(kept))


def _forecast(kept: Backtest) -> Forecast | None:
    if kept.per_week is None:
        return None
    before = kept.result["before"]
    return Forecast(
        days=kept.days,
        per_week=kept.per_week,
        per_week_before=before["per_week"] if before else None,
        lost_incidents=kept.result["lost_incidents"],
        lost_hidden=kept.result["lost_hidden"],
    )


def _answer(request: AirpRequest, sheet: Sheet, *, now: datetime) -> HttpResponse:
    """The page; for htmx the part that it asked for."""
    part = "outcome" if request.headers.get("HX-Target") == "outcome" else "form"
    context = _context(request, sheet, now=now)
    is_wrong = bool(sheet.form.errors or (sheet.about and sheet.about.is_bound and sheet.about.errors))
    if is_wrong and "save" in request.POST:
        return refused(request, PAGE, context, partial=part)
    return answer(request, PAGE, context, partial=part)


def _context(request: AirpRequest, sheet: Sheet, *, now: datetime) -> dict[str, Any]:
    version = sheet.version
    return {
        "now": now,
        "threshold": sheet.threshold,
        "is_new": sheet.about is not None,
        "about": sheet.about,
        "form": sheet.form,
        "measured_fields": sheet.form.group("measured"),
        "firing_fields": sheet.form.group("firing"),
        "timing_fields": (timing := sheet.form.group("timing")),
        "timing_is_open": any(field.errors for field in timing),
        "shows_errors": "save" in request.POST,
        "url": request.get_full_path(),
        "may_save": sheet.about is not None or sheet.threshold.may_be_set_by(request.user),
        "days": sheet.days,
        "ranges": RANGES,
        "presets": () if sheet.about is not None else PRESETS,
        "sentence": sentence_of(version) if version else "",
        **_played(sheet, version, wants_suggestions="suggest" in request.POST, now=now),
    }


def _played(
    sheet: Sheet, version: ThresholdVersion | None, *, wants_suggestions: bool, now: datetime
) -> dict[str, Any]:
    """The back-test, or why there is none."""
    if version is None:
        return {"why_not": _("Put right what is marked in the form; then this shows what the rule would have done.")}
    if not sheet.threshold.system_id:
        return {"why_not": _("Choose the AI system first; then this shows what the rule would have done there.")}
    if reason := why_not(version):
        return {"why_not": reason}
    version.threshold = sheet.threshold
    found = look_back(version, before=sheet.before, days=sheet.days, now=now)
    return {"test": shown(found, now=now), "suggested": suggested(found) if wants_suggestions else None}
