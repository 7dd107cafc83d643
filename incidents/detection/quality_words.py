"""The quality of a threshold in words: how often right, how much noise, how blind, and when to look at it again."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from incidents.detection import wording
from incidents.detection.quality import ThresholdQuality
from incidents.detection.thresholds import Threshold
from incidents.detection.versions import ThresholdVersion

MEASURED_AFTER = timedelta(days=14)
WEEK = timedelta(days=7)


def quality_of(threshold: Threshold, quality: ThresholdQuality | None) -> dict[str, Any]:
    """Cells of the register. A figure that cannot be given is a dash, with the reason beside it."""
    if quality is None:
        waiting = _("measured within the hour")
        return {"right": "—", "right_why": waiting, "wrong": "—", "blind": "—", "is_blind": False, "blind_why": ""}
    return {
        "right": _right(quality),
        "right_why": _right_why(quality),
        "wrong": _("%(count)s a week") % {"count": f"{quality.wrong_per_week:.1f}"} if quality.breach_count else "—",
        "blind": "—" if quality.blind_ppm is None else wording.rounded_percent(quality.blind_ppm, 1_000_000),
        "blind_why": _blind_why(quality),
        "is_blind": quality.is_mostly_blind,
    }


def review_due_at(threshold: Threshold, version: ThresholdVersion | None) -> datetime | None:
    """When somebody should look at it again: a term after its last change or confirmation."""
    looked_at = max((at for at in (threshold.reviewed_at, version and version.effective_from) if at), default=None)
    return looked_at + timedelta(days=threshold.review_every_days) if looked_at else None


def forecast_of(version: ThresholdVersion, *, breaches_since: int, now: datetime) -> dict[str, Any] | None:
    """What the back-test forecast beside what came; the measure is given once a fortnight has passed."""
    if not version.forecast:
        return None
    age = now - version.effective_from
    return {
        "forecast": f"{version.forecast['per_week']:.1f}",
        "measured": f"{breaches_since / (age / WEEK):.1f}" if age >= MEASURED_AFTER else "",
        "due_at": version.effective_from + MEASURED_AFTER,
    }


def _right(quality: ThresholdQuality) -> str:
    if not quality.judged_count:
        return "—"
    return _("%(true)s of %(judged)s") % {"true": quality.true_count, "judged": quality.judged_count}


def _right_why(quality: ThresholdQuality) -> str:
    if quality.precision_at_least_ppm is not None:
        share = wording.rounded_percent(quality.precision_at_least_ppm, 1_000_000)
        return _("surely at least %(share)s") % {"share": share}
    if quality.breach_count:
        return _("no verdict yet")
    words = ngettext("no breach in %(days)s day", "no breach in %(days)s days", quality.days)
    return words % {"days": quality.days}


def _blind_why(quality: ThresholdQuality) -> str:
    return {
        "no_series": _("no signal of this kind ever came"),
        "no_data": _("mostly without data"),
        "below_minimum": _("mostly too few samples"),
    }.get(quality.blind_reason if quality.blind_ppm else "", "")
