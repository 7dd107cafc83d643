"""What an incident's end says about the breaches that led to it."""

from datetime import datetime

from incidents.detection.breaches import Breach
from incidents.detection.verdicts import Verdict
from incidents.response.timeline import PendingReaction


def presume_right(pending: PendingReaction, *, now: datetime) -> None:
    """Closed after work: whatever nobody judged was harm."""
    _presume(pending, Verdict.TRUE, now=now)


def presume_false_alarm(pending: PendingReaction, *, now: datetime) -> None:
    """Dismissed: whatever nobody judged was a false alarm."""
    _presume(pending, Verdict.FALSE_ALARM, now=now)


def _presume(pending: PendingReaction, verdict: Verdict, *, now: datetime) -> None:
    if pending.entry is None:
        return
    for breach in Breach.objects.filter(incident=pending.entry.incident_id, verdict="").order_by("pk"):
        breach.presume(verdict, now=now)
