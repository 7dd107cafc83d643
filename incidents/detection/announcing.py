"""Telling the rest of the product about a breach: facts only, so that nobody above needs to know this package."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.urls import reverse

from incidents.detection.attaching import title_of
from incidents.response.kinds import Occasion
from incidents.response.timeline import announce

if TYPE_CHECKING:
    from incidents.detection.breaches import Breach
    from incidents.detection.thresholds import Threshold


def tell(occasion: Occasion, breach: "Breach", *, now: datetime, **more: Any) -> None:
    """Queue the consequences of what happened to a breach. A shadow breach has none."""
    if breach.kind != "live":
        return
    threshold = breach.threshold
    facts: dict[str, Any] = {
        "breach": breach.pk,
        "owner": threshold.owner_id,
        "decided_by": breach.decided_by_id,
        "title": title_of(breach),
        "due_at": breach.decision_due_at.isoformat() if breach.decision_due_at else None,
        "url": reverse("incidents:breach", args=[breach.pk]),
        "severity": breach.version.severity.slug,
        "system": threshold.system.slug,
        "policy": threshold.on_breach,
    }
    announce(occasion, facts={name: value for name, value in (facts | more).items() if value is not None}, now=now)


def tell_broken(threshold: "Threshold", *, now: datetime) -> None:
    """Queue the news that a threshold cannot be judged: nothing fails open silently."""
    facts = {
        "threshold": threshold.pk,
        "owner": threshold.owner_id,
        "title": threshold.name,
        "url": reverse("incidents:threshold", args=[threshold.pk]),
    }
    announce(Occasion.THRESHOLD_BROKEN, facts=facts, now=now)
