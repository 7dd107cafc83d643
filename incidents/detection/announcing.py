"""Telling the rest of the product about a breach: facts only, so that nobody above needs to know this package."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _

from airp.web import times
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
        "title": _title(breach),
        "origin": str(breach.origin),
        "due_at": breach.decision_due_at.isoformat() if breach.decision_due_at else None,
        "url": reverse("incidents:breach", args=[breach.pk]),
        "severity": breach.version.severity.slug,
        "system": threshold.system.slug,
        "policy": threshold.on_breach,
    }


def _title(breach: "Breach") -> str:
    """What was found late says when it was: whoever reads it must not take it for something that begins now."""
    if not breach.is_late:
        return title_of(breach)
    facts = {"title": title_of(breach), "since": times.absolute(breach.started_at)}
    if breach.cleared_at is None:
        return _("%(title)s; found late, over since %(since)s") % facts
    return _("%(title)s; found late, over from %(since)s until %(until)s") % {
        **facts,
        "until": times.absolute(breach.cleared_at),
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
