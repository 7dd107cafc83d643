"""Telling the rest of the product about a breach: facts only, so that nobody above needs to know this package."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.urls import reverse

from incidents.detection.attaching import title_of
from incidents.response.kinds import Occasion
from incidents.response.timeline import announce, announce_all

if TYPE_CHECKING:
    from incidents.detection.breaches import Breach
    from incidents.detection.thresholds import Threshold


def tell(occasion: Occasion, breach: "Breach", *, now: datetime, **more: Any) -> None:
    """Queue the consequences of what happened to a breach. A shadow breach has none."""
    tell_all(occasion, [breach], now=now, **more)


def tell_all(occasion: Occasion, breaches: Iterable["Breach"], *, now: datetime, **more: Any) -> None:
    """The same for many at once."""
    facts = [_facts(breach) | more for breach in breaches if breach.kind == "live"]
    known = [{name: value for name, value in each.items() if value is not None} for each in facts]
    announce_all(occasion, facts=known, now=now)


def _facts(breach: "Breach") -> dict[str, Any]:
    threshold = breach.threshold
    return {
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


def tell_broken(threshold: "Threshold", *, now: datetime) -> None:
    """Queue the news that a threshold cannot be judged: nothing fails open silently."""
    facts = {
        "threshold": threshold.pk,
        "owner": threshold.owner_id,
        "title": threshold.name,
        "url": reverse("incidents:threshold", args=[threshold.pk]),
    }
    announce(Occasion.THRESHOLD_BROKEN, facts=facts, now=now)
