"""Opening and ending a breach, whatever found it: the tick, a single event, an alert of another system, a silence.

Both run in the transaction of what found it. Opening joins the present incident of the key, declares one or asks
the owner; ending marks the incident and leaves every further step to people.
"""

from datetime import datetime, timedelta

from incidents.detection.announcing import tell
from incidents.detection.attaching import declare_for, join_present, mark_cleared
from incidents.detection.breaches import Breach, BreachKind
from incidents.detection.choices import Band, Mode, OnBreach
from incidents.detection.step import Reason
from incidents.detection.versions import ThresholdVersion
from incidents.response.kinds import Occasion


def open_breach(
    version: ThresholdVersion,
    *,
    group_key: str = "",
    since: datetime,
    now: datetime,
    bad: int,
    n: int,
    headline: str = "",
) -> Breach:
    """A new breach of a version's threshold that has been over since `since` (data time).

    The caller makes sure that none is open for this group; the database refuses a second one (IntegrityError).
    """
    threshold = version.threshold
    is_live = threshold.mode == Mode.ACTIVE
    breach = Breach.objects.create(
        threshold=threshold,
        group_key=group_key,
        version=version,
        kind=BreachKind.LIVE if is_live else BreachKind.SHADOW,
        headline=headline[:300],
        started_at=since,
        detected_at=now,
        bad=bad,
        n=n,
        peak_bad=bad,
        peak_n=n,
    )
    if is_live and join_present(breach, now=now) is None:
        _force_a_decision(breach, now=now)
    return breach


def clear_breach(
    threshold_id: int, *, group_key: str = "", reason: Reason, at: datetime, now: datetime
) -> Breach | None:
    """End the open breach of a group at `at` (data time); None when there is none."""
    found = Breach.objects.select_for_update().filter(threshold_id=threshold_id, group_key=group_key, band=Band.ACT)
    breach = found.open().first()
    if breach is None:
        return None
    breach.cleared_at, breach.cleared_reason = at, reason.value
    breach.save(update_fields=["cleared_at", "cleared_reason"])
    mark_cleared(breach, now=now)
    tell(Occasion.BREACH_CLEARED, breach, now=now)
    return breach


def _force_a_decision(breach: Breach, *, now: datetime) -> None:
    threshold = breach.threshold
    if threshold.on_breach == OnBreach.DECLARE:
        declare_for(breach, now=now)
        return
    breach.decision_due_at = now + timedelta(seconds=threshold.decision_due_seconds)
    breach.save(update_fields=["decision_due_at"])
    tell(Occasion.BREACH_OPENED, breach, now=now)
