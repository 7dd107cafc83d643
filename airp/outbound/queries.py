"""Reads of the outbox: pages of the list, counts for the frame, age of the oldest due row."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Min
from django.db.models.functions import Coalesce

from airp.outbound.models import FAILED_STATES, Delivery, DeliveryQuerySet, DeliveryState

PAGE_SIZE = 25
COUNT_LIMIT = 100


class Show(StrEnum):
    """The choices of the list, as they stand in its address."""

    FAILED = "failed"
    WAITING = "waiting"
    SENT = "sent"
    ENDED = "ended"
    ALL = "all"


_STATES: dict[Show, tuple[DeliveryState, ...]] = {
    Show.FAILED: (DeliveryState.UNKNOWN, DeliveryState.DEAD),
    Show.WAITING: (DeliveryState.PENDING, DeliveryState.LEASED),
    Show.SENT: (DeliveryState.SENT,),
    Show.ENDED: (DeliveryState.SUPERSEDED, DeliveryState.CANCELLED),
    Show.ALL: tuple(DeliveryState),
}


@dataclass(frozen=True, slots=True)
class Page:
    """Some deliveries, newest first, and the keys of the pages beside it."""

    rows: list[Delivery]
    newer_than: int | None
    older_than: int | None


def shown(show: Show) -> DeliveryQuerySet:
    return Delivery.objects.filter(state__in=_STATES[show])


def page_of(show: Show, *, older_than: int | None = None, newer_than: int | None = None) -> Page:
    """One page by key, without texts. Ask for older or for newer than a row, not for both."""
    rows = shown(show).select_related("recipient", "endpoint").defer("body")
    if newer_than is not None:
        found = list(rows.filter(pk__gt=newer_than).order_by("pk")[: PAGE_SIZE + 1])
        has_more, found = len(found) > PAGE_SIZE, found[:PAGE_SIZE][::-1]
        return Page(found, _first(found) if has_more else None, _last(found))
    if older_than is not None:
        rows = rows.filter(pk__lt=older_than)
    found = list(rows.order_by("-pk")[: PAGE_SIZE + 1])
    has_more, found = len(found) > PAGE_SIZE, found[:PAGE_SIZE]
    return Page(found, _first(found) if older_than is not None else None, _last(found) if has_more else None)


# How many deliveries failed or are in doubt; counting ends at 100.
FAILED_TALLY = (
    "SELECT count(*) FROM (SELECT 1 FROM outbound_delivery WHERE state IN "  # noqa: S608 - constants of ours
    f"({', '.join(repr(state.value) for state in FAILED_STATES)}) LIMIT {COUNT_LIMIT}) AS failed"
)


def oldest_due_at(now: datetime) -> datetime | None:
    """Since when the delivery that waits longest has been due."""
    due = Delivery.objects.due(now).aggregate(oldest=Min(Coalesce("lease_until", "due_at")))
    oldest: datetime | None = due["oldest"]
    return oldest


def _first(rows: list[Delivery]) -> int | None:
    return rows[0].pk if rows else None


def _last(rows: list[Delivery]) -> int | None:
    return rows[-1].pk if rows else None
