"""Rows of the board as plain values: no model instances, addresses computed once per page."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString

from airp.accounts.models import User
from airp.web import times
from incidents.classification.matrix import Materialisation
from incidents.desk.clock_words import SHORT
from incidents.desk.filters import Filters
from incidents.response.clocks import Clock
from incidents.response.models import Incident
from incidents.response.states import MOVES, State, Verb
from incidents.response.timeline import TimelineEntry
from incidents.response.visibility import ExistsFor, Visibility

COLUMNS = (
    "id", "reference", "title", "state", "visibility", "kind", "version", "declared_at", "acknowledged_at",
    "next_clock", "next_due_at", "lead_id", "lead__name",
    "assessment__materialisation", "merged_into_id", "severity__slug", "severity__tone", "system__name",
)  # fmt: skip
STATE_LABELS = dict(State.choices)
STATE_TONES = {
    State.REPORTED: "high", State.TRIAGED: "moderate", State.CONTAINED: "low",
    State.RESOLVED: "good", State.CLOSED: "info", State.DISMISSED: "info",
}  # fmt: skip
# News beyond this many are "100": nobody reads more at once.
MOST_NEWS = 100
NONE: Mapping[int, Clock] = {}


def listed(user: User) -> QuerySet[Incident, dict[str, Any]]:
    """Incidents that exist for a person, as dicts of what a row shows."""
    rows: QuerySet[Incident, dict[str, Any]] = Incident.objects.visible_to(user).values(*COLUMNS)
    return rows


def rows_of(user: User, ids: Sequence[int]) -> list[dict[str, Any]]:
    """These rows in this order; one that has vanished for the person is left out."""
    found = {row["id"]: row for row in listed(user).filter(pk__in=ids)}
    return [found[pk] for pk in ids if pk in found]


def news(user: User, filters: Filters, *, shown: Sequence[int], since: int, is_whole: bool, now: datetime) -> int:
    """How many matching incidents the page does not show yet.

    Where the page shows the whole list these are all that match; else those with an entry after the one that
    was the newest when the page was loaded. Counts to a hundred.
    """
    missing = Incident.objects.visible_to(user).filter(filters.condition(user, now=now)).exclude(pk__in=shown)
    if not is_whole:
        missing = missing.filter(Exists(TimelineEntry.objects.filter(incident=OuterRef("pk"), id__gt=since)))
    return missing[:MOST_NEWS].count()


def newest_entries(user: User) -> list[int]:
    """Ids of the newest entries that exist for the person. More than one, as a late commit may bring an older id."""
    seen = TimelineEntry.objects.filter(ExistsFor(user, path="incident__"))
    return list(seen.order_by("-id").values_list("id", flat=True)[:10])


def promises_of(rows: Sequence[dict[str, Any]]) -> dict[int, Clock]:
    """The promise of lanes, handoffs, sign-offs or the review that is due first, by incident. A query per source."""
    ids = [row["id"] for row in rows]
    found: dict[int, Clock] = {}
    for source in import_string(settings.BOARD_CLOCKS) if ids else ():
        for incident_id, clock in source(ids):
            if incident_id not in found or clock.due_at < found[incident_id].due_at:
                found[incident_id] = clock
    return found


def drawn(
    rows: Iterable[dict[str, Any]], user: User, *, now: datetime, promises: Mapping[int, Clock] = NONE
) -> list[dict[str, Any]]:
    """Exactly what the template prints of each row, as finished words and addresses: the same is drawn only once."""
    address = reverse("incidents:incident", args=["REFERENCE"])
    labels = {state: str(label) for state, label in STATE_LABELS.items()}
    clocks = {name: str(words) for name, words in SHORT.items()}
    may_acknowledge = user.can(MOVES[Verb.ACKNOWLEDGE].capability)
    may_lead = user.can(MOVES[Verb.HAND_OVER].capability)
    return [
        {
            "id": row["id"],
            "reference": row["reference"],
            "url": address.replace("REFERENCE", row["reference"]),
            "title": row["title"],
            "system": row["system__name"],
            "lead": row["lead__name"],
            "version": row["version"],
            "severity": row["severity__slug"],
            "severity_tone": row["severity__tone"],
            "state": row["state"],
            "state_label": labels[row["state"]],
            "state_tone": STATE_TONES[State(row["state"])],
            "declared": times.element(row["declared_at"], times.ago(row["declared_at"], now=now), tick="ago"),
            "due": due(row["next_due_at"], now=now),
            "clock": clocks.get(row["next_clock"], ""),
            "promise": _promise_words(promises.get(row["id"])),
            "promise_due": due(promises[row["id"]].due_at, now=now) if row["id"] in promises else None,
            "is_restricted": row["visibility"] == Visibility.RESTRICTED,
            "is_drill": row["kind"] == "drill",
            "is_near_miss": row["assessment__materialisation"] == Materialisation.NEAR_MISS,
            "is_merged": row["merged_into_id"] is not None,
            "may_acknowledge": may_acknowledge,
            "can_lead": may_lead and row["lead_id"] is None and row["state"] in MOVES[Verb.HAND_OVER].sources,
        }
        for row in rows
    ]


def _promise_words(clock: Clock | None) -> str:
    return "" if clock is None else " ".join(filter(None, (str(SHORT[clock.name]), clock.about)))


def due(at: datetime | None, *, now: datetime) -> SafeString | None:
    """A promise in a table cell, which ticks in the browser; None where nothing is due."""
    if at is None:
        return None
    is_late = at < now
    words = times.overdue(at, now=now) if is_late else times.ago(at, now=now)
    return times.element(at, words, tick="due", is_late=is_late)
