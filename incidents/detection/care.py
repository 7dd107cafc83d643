"""Which thresholds need somebody's care, and what one of them needs: reads for the register and its page."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from incidents.detection.breaches import Breach, BreachKind
from incidents.detection.choices import Band
from incidents.detection.proposals import ProposalState
from incidents.detection.quality import MUCH_BLIND_PPM, ThresholdQuality
from incidents.detection.quality_words import forecast_of, quality_of, review_due_at
from incidents.detection.step import BREACHING, Status
from incidents.detection.thresholds import Threshold
from incidents.detection.versions import ThresholdVersion

ONLY = (
    ("", _("All")),
    ("over", _("Over the limit")),
    ("blind", _("Mostly blind")),
    ("wrong", _("With false alarms")),
    ("broken", _("Broken")),
    ("waiting", _("With a change that waits")),
)
TWO_IN_A_ROW = 2


def narrowed(found: QuerySet[Threshold], only: str) -> QuerySet[Threshold]:
    """The part of the register that a person asked for."""
    match only:
        case "over":
            return found.filter(states__status__in=[status.value for status in BREACHING], states__band=Band.ACT)
        case "broken":
            return found.filter(states__status=Status.ERROR.value, states__band=Band.ACT)
        case "blind":
            return found.filter(quality__blind_ppm__gt=MUCH_BLIND_PPM)
        case "wrong":
            return found.filter(quality__wrong_count__gt=0)
        case "waiting":
            return found.filter(proposals__state=ProposalState.WAITING)
        case _:
            return found


def care_of(threshold: Threshold, version: ThresholdVersion | None, *, now: datetime) -> dict[str, Any]:
    """How well a threshold does, when to look at it again, and how its forecast came true."""
    quality = ThresholdQuality.objects.filter(threshold=threshold).first()
    due_at = review_due_at(threshold, version)
    return {
        **quality_of(threshold, quality),
        "quality": quality,
        "review_due_at": due_at,
        "is_review_due": due_at is not None and due_at < now,
        "forecast": _forecast(threshold, version, now=now) if version else None,
        "cries_wolf": _cries_wolf(threshold),
    }


def _forecast(threshold: Threshold, version: ThresholdVersion, *, now: datetime) -> dict[str, Any] | None:
    if not version.forecast:
        return None
    found = _live(threshold).filter(detected_at__gte=version.effective_from, detected_at__lte=now)
    return forecast_of(version, breaches_since=found.count(), now=now)


def _cries_wolf(threshold: Threshold) -> bool:
    """The last two judged breaches were false alarms: time to propose another version."""
    last = _live(threshold).exclude(verdict="").order_by("-detected_at", "-pk").values_list("verdict", flat=True)
    newest = list(last[:TWO_IN_A_ROW])
    return len(newest) == TWO_IN_A_ROW and set(newest) == {"false_alarm"}


def _live(threshold: Threshold) -> QuerySet[Breach]:
    return Breach.objects.counted().filter(threshold=threshold, kind=BreachKind.LIVE, band=Band.ACT)
