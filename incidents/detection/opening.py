"""Opening and ending a breach, whatever found it: the tick, a single event, an alert of another system, a silence.

Both run in the transaction of what found it. Opening joins the present incident of the key, declares one or asks
the owner; in the warn band it only tells the owner. Ending marks the incident and leaves every further step to people.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from incidents.detection.announcing import tell, tell_all
from incidents.detection.attaching import Present, declare_for, mark_cleared
from incidents.detection.breaches import Breach, BreachKind, Origin
from incidents.detection.choices import Band, Mode, OnBreach
from incidents.detection.step import Reason
from incidents.detection.versions import ThresholdVersion
from incidents.response.kinds import Occasion


@dataclass(frozen=True, slots=True)
class Late:
    """Found afterwards: how much may follow from it, and its end where it is over already (both data time)."""

    kind: BreachKind
    cleared_at: datetime | None
    cleared_reason: str


@dataclass(frozen=True, slots=True)
class Opening:
    """A version's threshold is over, for a group and in a band, since `since` (data time)."""

    version: ThresholdVersion
    since: datetime
    bad: int
    n: int
    value: int | None = None
    group_key: str = ""
    band: str = Band.ACT
    headline: str = ""
    late: "Late | None" = None


def open_breach(
    version: ThresholdVersion,
    *,
    group_key: str = "",
    band: str = Band.ACT,
    since: datetime,
    now: datetime,
    bad: int,
    n: int,
    value: int | None = None,
    headline: str = "",
) -> Breach:
    """A new breach of a version's threshold that has been over since `since` (data time).

    The caller makes sure that none is open for this group; the database refuses a second one (IntegrityError).
    """
    opening = Opening(version, since, bad, n, value, group_key, band, headline)
    return open_breaches([opening], now=now)[0]


def open_breaches(openings: Iterable[Opening], *, now: datetime) -> list[Breach]:
    """Many at once: incidents are joined or declared in the order of their keys, questions are asked together."""
    breaches = Breach.objects.bulk_create(_breach(opening, now=now) for opening in openings)
    live = [breach for breach in breaches if breach.kind == BreachKind.LIVE]
    _force_decisions([breach for breach in live if breach.band == Band.ACT], now=now)
    tell_all(Occasion.BREACH_WARNED, _unspoken([breach for breach in live if breach.band == Band.WARN]), now=now)
    for breach in live:
        if breach.cleared_at is not None:
            _say_cleared(breach, now=now)
    return breaches


def clear_breach(
    threshold_id: int, *, group_key: str = "", band: str = Band.ACT, reason: Reason, at: datetime, now: datetime
) -> Breach | None:
    """End the open breach of a group at `at` (data time); None when there is none."""
    found = Breach.objects.select_for_update().filter(threshold_id=threshold_id, group_key=group_key, band=band)
    breach = found.open().first()
    if breach is None:
        return None
    breach.cleared_at, breach.cleared_reason = at, reason.value
    breach.save(update_fields=["cleared_at", "cleared_reason"])
    _say_cleared(breach, now=now)
    return breach


def _say_cleared(breach: Breach, *, now: datetime) -> None:
    mark_cleared(breach, now=now)
    if breach.band == Band.ACT:
        tell(Occasion.BREACH_CLEARED, breach, now=now)


def kind_of(mode: str) -> BreachKind:
    """What may follow from a breach of a threshold in this mode."""
    return BreachKind.LIVE if mode == Mode.ACTIVE else BreachKind.SHADOW


def _breach(opening: Opening, *, now: datetime) -> Breach:
    threshold, late = opening.version.threshold, opening.late
    return Breach(
        threshold=threshold,
        group_key=opening.group_key,
        band=opening.band,
        version=opening.version,
        kind=late.kind if late else kind_of(threshold.mode),
        origin=Origin.LATE if late else Origin.LIVE,
        cleared_at=late.cleared_at if late else None,
        cleared_reason=late.cleared_reason if late else "",
        headline=opening.headline[:300],
        started_at=opening.since,
        detected_at=now,
        bad=opening.bad,
        n=opening.n,
        value=opening.value,
        peak_bad=opening.bad,
        peak_n=opening.n,
    )


def _force_decisions(breaches: Sequence[Breach], *, now: datetime) -> None:
    """Join or declare in the order of the keys, declaring ones first: one that asks joins what its key just got."""
    by_key = sorted(breaches, key=lambda breach: (breach.version.dedup_key, breach.pk))
    present, asked = Present(breach.version.dedup_key for breach in by_key), []
    for breach in sorted(by_key, key=lambda breach: breach.threshold.on_breach != OnBreach.DECLARE):
        if present.take(breach, now=now) is not None:
            continue
        if breach.threshold.on_breach == OnBreach.DECLARE:
            present.add(declare_for(breach, now=now))
        else:
            breach.decision_due_at = now + timedelta(seconds=breach.threshold.decision_due_seconds)
            asked.append(breach)
    Breach.objects.bulk_update(asked, ["decision_due_at"])
    tell_all(Occasion.BREACH_OPENED, asked, now=now)


def _unspoken(warned: Sequence[Breach]) -> list[Breach]:
    """Warnings that do not stand behind a breach that forces a decision already."""
    behind = {breach.threshold_id for breach in warned}
    acting = Breach.objects.open().filter(threshold__in=behind, band=Band.ACT) if behind else Breach.objects.none()
    known = set(acting.values_list("threshold_id", "group_key"))
    return [breach for breach in warned if (breach.threshold_id, breach.group_key) not in known]
