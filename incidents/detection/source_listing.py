"""The list of sources: how each stands, filtered and sorted by its URL, paged by key."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from incidents.detection.sources import MAX_SERIES, SERIES_WARNING, SignalSource, SignalSourceQuerySet, SourceState

ROWS = 50
REFUSING_FOR = timedelta(minutes=15)
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class Standing(StrEnum):
    """How a source stands now; the first that applies is shown."""

    RETIRED = "retired"
    NEVER_HEARD = "never"
    SILENT = "silent"
    REFUSING = "refusing"
    HEARD = "heard"


TONES = {
    Standing.RETIRED: "info",
    Standing.NEVER_HEARD: "info",
    Standing.SILENT: "high",
    Standing.REFUSING: "moderate",
    Standing.HEARD: "good",
}
FULL = "full"
ORDERS = {
    "name": (F("name"), False),
    "heard": (Coalesce("activity__last_seen_at", Value(NEVER)), False),
    "refused": (Coalesce("activity__last_refused_at", Value(NEVER)), True),
    "series": (Coalesce("activity__series_count", Value(0)), True),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the URL asks for. Anything unknown is the default."""

    search: str
    standing: str
    order: str
    after: int | None

    @classmethod
    def read(cls, query: QueryDict) -> "Asked":
        standing, order, after = query.get("state", ""), query.get("sort", ""), query.get("after", "")
        return cls(
            search=query.get("q", "").replace("\x00", "").strip()[:100],
            standing=standing if standing in (*Standing, FULL) else "",
            order=order if order in ORDERS else "name",
            after=int(after) if after.isdecimal() and len(after) < 19 else None,
        )


def page_of(asked: Asked, *, now: datetime) -> tuple[list[SignalSource], int | None]:
    """A page of sources, and the id to go on after, or None where the list ends. Two queries at most."""
    expression, is_descending = ORDERS[asked.order]
    found = _matching(asked, now=now).annotate(key=expression)
    place = SignalSource.objects.filter(pk=asked.after or 0).annotate(key=expression).values_list("key", "pk").first()
    if place is not None:
        side = "lt" if is_descending else "gt"
        found = found.filter(Q(**{f"key__{side}": place[0]}) | Q(key=place[0], pk__gt=place[1]))
    rows: list[SignalSource] = list(found.order_by("-key" if is_descending else "key", "pk")[: ROWS + 1])
    return rows[:ROWS], rows[ROWS - 1].pk if len(rows) > ROWS else None


def _matching(asked: Asked, *, now: datetime) -> SignalSourceQuerySet:
    found = SignalSource.objects.select_related("system", "activity")
    if asked.search:
        found = found.filter(Q(name__icontains=asked.search) | Q(system__name__icontains=asked.search))
    if asked.standing == Standing.RETIRED:
        return found.filter(state=SourceState.RETIRED)
    active = found.filter(state=SourceState.ACTIVE)
    match asked.standing:
        case Standing.NEVER_HEARD:
            return active.filter(activity__last_seen_at__isnull=True)
        case Standing.SILENT:
            return active.silent(now=now)
        case Standing.REFUSING:
            return active.filter(activity__last_refused_at__gte=now - REFUSING_FOR)
        case Standing.HEARD:
            heard = active.filter(activity__last_seen_at__isnull=False)
            return heard.exclude(pk__in=SignalSource.objects.silent(now=now).values("pk"))
        case "full":
            return active.filter(activity__series_count__gte=SERIES_WARNING)
    return active


def standing_of(source: SignalSource, *, now: datetime) -> Standing:
    activity = getattr(source, "activity", None)
    if source.state != SourceState.ACTIVE:
        return Standing.RETIRED
    if activity is None or activity.last_seen_at is None:
        return Standing.NEVER_HEARD
    if source.is_silent(now=now):
        return Standing.SILENT
    refused_at = activity.last_refused_at
    return Standing.REFUSING if refused_at and now - refused_at <= REFUSING_FOR else Standing.HEARD


def row_of(source: SignalSource, *, now: datetime) -> dict[str, Any]:
    """A source as the list and the head of its page show it."""
    activity, standing = getattr(source, "activity", None), standing_of(source, now=now)
    series = activity.series_count if activity else 0
    return {
        "source": source,
        "url": reverse("incidents:source", args=[source.pk]),
        "activity": activity,
        "tone": TONES[standing],
        "label": labels()[standing],
        "series_share": min(100, series * 100 // MAX_SERIES),
        "is_nearly_full": series >= SERIES_WARNING,
        "is_full": series >= MAX_SERIES,
    }


def labels() -> dict[str, str]:
    return {
        Standing.HEARD: _("Heard"),
        Standing.SILENT: _("Silent"),
        Standing.REFUSING: _("Refusing"),
        Standing.NEVER_HEARD: _("Never heard"),
        Standing.RETIRED: _("Retired"),
    }


def order_labels() -> dict[str, str]:
    return {
        "name": _("Name"),
        "heard": _("Longest unheard first"),
        "refused": _("Refused last first"),
        "series": _("Most combinations of labels first"),
    }
