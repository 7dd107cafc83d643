"""Opening and ending a breach, whatever found it: the tick, a single event, an alert of another system, a silence.

Both run in the transaction of what found it. Opening joins the present incident of the key, declares one or asks
the owner; in the warn band it only tells the owner. Ending marks the incident and leaves every further step to people.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from airp.web.rows import insert
from incidents.detection.announcing import tell_all
from incidents.detection.attaching import Present, attach_all, declaration_of, mark_cleared
from incidents.detection.breaches import Breach, BreachKind, Origin
from incidents.detection.choices import Band, Mode, OnBreach
from incidents.detection.step import Reason
from incidents.detection.versions import ThresholdVersion
from incidents.response.declaring import declare_or_join_all
from incidents.response.kinds import Occasion

_CLEAR = """
UPDATE incidents_breach AS stored SET cleared_at = ended.at, cleared_reason = ended.reason
  FROM unnest(%s::bigint[], %s::timestamptz[], %s::text[]) AS ended(id, at, reason) WHERE stored.id = ended.id
"""


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
    breaches = insert(_breach(opening, now=now) for opening in openings)
    live = [breach for breach in breaches if breach.kind == BreachKind.LIVE]
    _force_decisions([breach for breach in live if breach.band == Band.ACT], now=now)
    tell_all(Occasion.BREACH_WARNED, _unspoken([breach for breach in live if breach.band == Band.WARN]), now=now)
    _say_cleared([breach for breach in live if breach.cleared_at is not None], now=now)
    return breaches


@dataclass(frozen=True, slots=True)
class Clearing:
    """A threshold is back under its limit, for a group and in a band, at `at` (data time)."""

    threshold_id: int
    reason: Reason
    at: datetime
    group_key: str = ""
    band: str = Band.ACT

    @property
    def key(self) -> tuple[int, str, str]:
        return self.threshold_id, self.group_key, self.band


def clear_breach(
    threshold_id: int, *, group_key: str = "", band: str = Band.ACT, reason: Reason, at: datetime, now: datetime
) -> Breach | None:
    """End the open breach of a group at `at` (data time); None when there is none."""
    ended = clear_breaches([Clearing(threshold_id, reason, at, group_key, band)], now=now)
    return ended[0] if ended else None


def clear_breaches(clearings: Iterable[Clearing], *, now: datetime) -> list[Breach]:
    """End the open breaches of many groups; returns those that were open."""
    wanted = {clearing.key: clearing for clearing in clearings}
    ids = {clearing.threshold_id for clearing in wanted.values()}
    if not ids:
        return []
    found = Breach.objects.open().select_for_update(of=("self",)).filter(threshold__in=ids)
    breaches = []
    for breach in found.select_related("threshold__system", "version__severity").order_by("pk"):
        if clearing := wanted.get((breach.threshold_id, breach.group_key, breach.band)):
            breach.cleared_at, breach.cleared_reason = clearing.at, clearing.reason.value
            breaches.append(breach)
    if not breaches:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_CLEAR, [list(column) for column in zip(*map(_end, breaches), strict=True)])
    _say_cleared(breaches, now=now)
    return breaches


def _end(breach: Breach) -> tuple[int, datetime | None, str]:
    return breach.pk, breach.cleared_at, breach.cleared_reason


def _say_cleared(breaches: Sequence[Breach], *, now: datetime) -> None:
    mark_cleared(breaches, now=now)
    tell_all(Occasion.BREACH_CLEARED, [breach for breach in breaches if breach.band == Band.ACT], now=now)


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
    present = Present(breach.version.dedup_key for breach in by_key)
    first: dict[str, Breach] = {}
    for breach in by_key:
        if breach.threshold.on_breach == OnBreach.DECLARE and present.of(breach, now=now) is None:
            first.setdefault(breach.version.dedup_key, breach)
    found = declare_or_join_all([declaration_of(breach) for breach in first.values()], now=now)
    for key, (incident, _is_new) in zip(first, found, strict=True):
        present.add(key, incident)
    declaring_first = sorted(by_key, key=lambda breach: breach.threshold.on_breach != OnBreach.DECLARE)
    places = [(breach, present.of(breach, now=now)) for breach in declaring_first]
    attach_all([(breach, incident) for breach, incident in places if incident is not None], by=None, now=now)
    _ask([breach for breach, incident in places if incident is None], now=now)


def _ask(breaches: Sequence[Breach], *, now: datetime) -> None:
    """Put the questions before their owners, with a clock each: one statement for all that are due together."""
    due: dict[datetime, list[int]] = {}
    for breach in breaches:
        breach.decision_due_at = now + timedelta(seconds=breach.threshold.decision_due_seconds)
        due.setdefault(breach.decision_due_at, []).append(breach.pk)
    for due_at, ids in due.items():
        Breach.objects.filter(pk__in=ids).update(decision_due_at=due_at)
    tell_all(Occasion.BREACH_OPENED, breaches, now=now)


def _unspoken(warned: Sequence[Breach]) -> list[Breach]:
    """Warnings that do not stand behind a breach that forces a decision already."""
    behind = {breach.threshold_id for breach in warned}
    acting = Breach.objects.open().filter(threshold__in=behind, band=Band.ACT) if behind else Breach.objects.none()
    known = set(acting.values_list("threshold_id", "group_key"))
    return [breach for breach in warned if (breach.threshold_id, breach.group_key) not in known]
