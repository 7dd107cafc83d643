"""What the page of a source shows: its rate, how its clock goes, what was refused, which labels multiply."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.web import times
from incidents.detection import bars, wording
from incidents.detection.activity import IngestRefusal, SourceMinute
from incidents.detection.breaches import Breach
from incidents.detection.choices import Metric
from incidents.detection.evaluation import tick_of
from incidents.detection.queries import breach_row
from incidents.detection.series import SignalSeries
from incidents.detection.silence import group_of
from incidents.detection.sources import SignalSource

MINUTE = timedelta(minutes=1)
RATE_MINUTES = 60
SKEW_MINUTES = 15
SKEW_TOLERATED = timedelta(seconds=30)
REFUSALS_SHOWN = 25
CODES_LOOKED_AT = 1_000
NEWEST_SERIES_LOOKED_AT = 200
NEWEST_SERIES_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Skew:
    """How the clock of a sender goes, in words."""

    words: str
    is_off: bool


def rate_of(source: SignalSource, *, now: datetime) -> dict[str, Any]:
    """What was accepted in each of the last sixty whole minutes, as bars and in words."""
    end = tick_of(now)
    start = end - RATE_MINUTES * MINUTE
    found = SourceMinute.objects.filter(source=source, ts__gte=start, ts__lt=end)
    known = dict(found.values_list("ts", "accepted"))
    counts = [known.get(start + place * MINUTE, 0) for place in range(RATE_MINUTES)]
    most = max(counts)
    return {
        "chart": bars.draw(counts),
        "words": _in_words(counts, start, now=now),
        "most": most,
        "starts": times.short(start, now=now),
        "ends": times.short(end, now=now),
    }


def _in_words(counts: list[int], start: datetime, *, now: datetime) -> str:
    total, most = sum(counts), max(counts)
    if not total:
        return _("Nothing was accepted in the last hour.")
    return _("%(total)s accepted in the last hour: %(mean)s a minute on average, at most %(most)s at %(at)s.") % {
        "total": total,
        "mean": f"{total / len(counts):.1f}",
        "most": most,
        "at": times.short(start + counts.index(most) * MINUTE, now=now),
    }


def skew_of(source: SignalSource, *, now: datetime) -> Skew:
    """How far the newest event of each minute ran ahead of its arrival; the median over fifteen such minutes.

    One stray event or one late batch does not move a median; a clock that is wrong does.
    """
    since = now - timedelta(hours=1)
    found = SourceMinute.objects.filter(source=source, ts__gte=since, lead_ms__isnull=False).order_by("-ts")
    leads = [lead_ms or 0 for lead_ms in found.values_list("lead_ms", flat=True)[:SKEW_MINUTES]]
    if not leads:
        return Skew(_("unknown: no event with a time in the last hour"), is_off=False)
    lead = timedelta(milliseconds=median(leads))
    seconds = abs(round(lead.total_seconds()))
    if abs(lead) <= SKEW_TOLERATED:
        return Skew(_("in step: newest events arrive within %(s)s s of their time") % {"s": seconds}, is_off=False)
    amount = wording.rough_duration(seconds)
    if lead > timedelta(0):
        return Skew(_("%(amount)s ahead of our clock") % {"amount": amount}, is_off=True)
    return Skew(_("%(amount)s behind: its clock is slow, or it sends that late") % {"amount": amount}, is_off=True)


def refusals_of(source: SignalSource, *, code: str, before: int | None) -> dict[str, Any]:
    """A page of refusals, newest first, of one code or all; and the codes of the newest thousand with their counts."""
    newest = IngestRefusal.objects.filter(source=source).order_by("-at", "-pk")
    codes = Counter(newest.values_list("code", flat=True)[:CODES_LOOKED_AT])
    found = newest.filter(code=code) if code else newest
    if before is not None and (place := newest.filter(pk=before).first()):
        found = found.filter(Q(at__lt=place.at) | Q(at=place.at, pk__lt=place.pk))
    rows = list(found[: REFUSALS_SHOWN + 1])
    return {
        "rows": rows[:REFUSALS_SHOWN],
        "codes": sorted(codes.items()),
        "older": rows[REFUSALS_SHOWN - 1].pk if len(rows) > REFUSALS_SHOWN else None,
    }


def newest_series_of(source: SignalSource) -> dict[str, Any]:
    """The newest combinations of labels, and which label has how many values among the newest two hundred."""
    found = SignalSeries.objects.filter(source=source).select_related("system").order_by("-pk")
    newest = list(found[:NEWEST_SERIES_LOOKED_AT])
    values: dict[str, set[str]] = defaultdict(set)
    for series in newest:
        for name, value in {"kind": series.kind, "category": series.category, **series.labels}.items():
            if value:
                values[name].add(str(value))
    spread = sorted(((name, len(found)) for name, found in values.items()), key=lambda each: (-each[1], each[0]))
    return {"rows": newest[:NEWEST_SERIES_SHOWN], "spread": spread[:10], "looked_at": len(newest)}


def silences_of(source: SignalSource, user: User) -> list[dict[str, Any]]:
    """Its silences that became a question, newest first."""
    found = Breach.objects.visible_to(user).filter(group_key=group_of(source), version__metric=Metric.SILENCE)
    related = ("threshold__system", "version__severity", "incident")
    return [breach_row(breach) for breach in found.select_related(*related).order_by("-started_at", "-pk")[:5]]
