"""Reads of handoffs: the page of all, the number in the navigation, and what waits in my work."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.web import times
from airp.web.paging import Page, Place, Segment, page
from incidents.coordination.handoffs.handoff import Handoff
from incidents.coordination.handoffs.states import TONES, HandoffKind, HandoffState, Rating
from incidents.coordination.work import is_drill
from incidents.response.lanes import Lane
from incidents.response.visibility import ExistsFor
from incidents.response.work import WorkItem, WorkKind

MOST_WAITING = 50
ROWS = 20
# Nobody remembers longer what a packet was worth.
RATE_WITHIN = timedelta(days=14)
COLUMNS = (
    *("id", "kind", "state", "due_at", "offered_at", "accepted_at", "returned_count", "rating", "unanswered_at"),
    *("giver_id", "receiver_id", "giver__name", "receiver__name"),
    *("incident__reference", "incident__title", "incident__kind", "lane__lane"),
)
_VISIBLE = ExistsFor.SQL.format(
    visibility="i.visibility", lead="i.lead_id", declarer="i.declared_by_id", pk="i.id", system="i.system_id"
)


def handoffs_of_the_page(user: User) -> QuerySet[Handoff]:
    """The handoffs that exist for a person, with what their page shows, in one query."""
    return Handoff.objects.visible_to(user).select_related("incident", "lane", "giver", "receiver")


def waiting_for(user: User) -> list[dict[str, Any]]:
    """What is pending and this person gave or received, what is due first on top. One query."""
    mine = Handoff.objects.visible_to(user).pending().filter(Q(giver=user) | Q(receiver=user))
    return [worded(row) for row in mine.order_by("due_at", "id").values(*COLUMNS)[:MOST_WAITING]]


def recent(user: User, *, after: Place | None, before: Place | None) -> Page:
    """Those that ended, the newest first, by key."""
    walk = (Segment(~Q(state__in=[HandoffState.OFFERED, HandoffState.RETURNED]), "offered_at", is_descending=True),)
    found = page(Handoff.objects.visible_to(user).values(*COLUMNS), walk, size=ROWS, after=after, before=before)
    return Page([worded(row) for row in found.rows], found.newer, found.older)


def worded(row: dict[str, Any]) -> dict[str, Any]:
    """A row with what it passes in words."""
    return row | {
        "what": what_is_passed(row["kind"], giver=row["giver__name"], lane=row["lane__lane"], about=_about(row)),
        "url": reverse("incidents:handoff", args=[row["id"]]),
        "label": HandoffState(row["state"]).label,
        "tone": TONES[row["state"]],
        "is_waiting": row["state"] == HandoffState.OFFERED,
        "is_silent": row["state"] == HandoffState.OFFERED and row["unanswered_at"] is not None,
        "took": times.span((row["accepted_at"] - row["offered_at"]).total_seconds()) if row["accepted_at"] else "",
        "rating_label": Rating(row["rating"]).label if row["rating"] else "",
        "is_drill": row["incident__kind"] == "drill",
    }


def what_is_passed(kind: str, *, giver: str, lane: str | None, about: str) -> str:
    if kind == HandoffKind.SHIFT:
        return _("Shift of %(name)s") % {"name": giver}
    if kind == HandoffKind.LANE and lane:
        return _("Lane %(lane)s of %(about)s") % {"lane": str(Lane(lane).label).lower(), "about": about}
    return _("Lead of %(about)s") % {"about": about}


def tally_for(user: User) -> str:
    """SQL of how many answers this person owes, without parameters: part of the one query of the navigation."""
    person = int(user.pk)
    visible = _VISIBLE.replace("%s", str(person))
    return (
        "SELECT count(*) FROM incidents_handoff AS h LEFT JOIN incidents_incident AS i ON i.id = h.incident_id"  # noqa: S608
        f" WHERE h.receiver_id = {person} AND h.state = '{HandoffState.OFFERED.value}'"
        f" AND (h.kind = '{HandoffKind.SHIFT.value}' OR {visible})"
    )


def my_handoffs(person: User, *, now: datetime, most: int) -> list[WorkItem]:
    """To answer, to amend, and to rate while it is fresh. One query."""
    to_answer = Q(receiver=person, state=HandoffState.OFFERED)
    to_amend = Q(giver=person, state=HandoffState.RETURNED)
    to_rate = Q(receiver=person, state=HandoffState.ACCEPTED, rating="", accepted_at__gte=now - RATE_WITHIN)
    found = handoffs_of_the_page(person).filter(to_answer | to_amend | to_rate)
    return [_item(each, person) for each in found.order_by("due_at", "id")[:most]]


def _item(each: Handoff, person: User) -> WorkItem:
    about = f"{each.incident.reference} {each.incident.title}" if each.incident else ""
    lane = each.lane.lane if each.lane else None
    return WorkItem(
        kind=WorkKind.HANDOFF,
        pk=each.pk,
        title=what_is_passed(each.kind, giver=each.giver.name, lane=lane, about=about),
        url=reverse("incidents:handoff", args=[each.pk]),
        about=each.incident.reference if each.incident else "",
        due_at=each.due_at if each.is_offered else None,
        state=str(each.get_state_display()),
        tone=each.tone,
        why=_why(each),
        is_drill=is_drill(each.incident),
    )


def _why(each: Handoff) -> str:
    if each.state == HandoffState.RETURNED:
        return _("%(name)s says what is missing") % {"name": each.receiver.name}
    if each.state == HandoffState.ACCEPTED:
        return _("say in one tap what the packet was worth")
    return _("%(name)s offers it to you") % {"name": each.giver.name}


def _about(row: dict[str, Any]) -> str:
    return f"{row['incident__reference']} {row['incident__title']}" if row["incident__reference"] else ""
