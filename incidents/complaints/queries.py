"""Reads of complaints for lists, pages, panels and the navigation. Every one begins with what the person may see."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Q, QuerySet, Subquery, Value
from django.db.models.functions import JSONObject
from django.urls import reverse

from airp.accounts.models import User
from incidents.complaints.channels import Channel
from incidents.complaints.complaint import Complaint
from incidents.complaints.states import TONES, State
from incidents.detection.breaches import Breach
from incidents.response.models import Incident

COLUMNS = (
    "id", "reference", "state", "system__name", "harm_kind__name", "category", "channel", "priority_contact",
    "received_at", "person", "text", "incident__reference", "incident_id", "breach_id",
)  # fmt: skip
MOST_COUNTED = 100
SHOWN_BESIDE = 10
EXCERPT = 120


def listed(user: User) -> QuerySet[Complaint, dict[str, Any]]:
    """Complaints that exist for a person, as dicts of what a row shows."""
    rows: QuerySet[Complaint, dict[str, Any]] = Complaint.objects.visible_to(user).values(*COLUMNS)
    return rows


def drawn(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows with the words and addresses that the templates print."""
    address = reverse("incidents:complaint", args=["REFERENCE"])
    states, channels = dict(State.choices), dict(Channel.choices)
    return [
        row
        | {
            "url": address.replace("REFERENCE", row["reference"]),
            "state_label": str(states[row["state"]]),
            "state_tone": TONES[State(row["state"])],
            "channel_label": str(channels[row["channel"]]),
            "priority_label": str(channels[row["priority_contact"]]) if row["priority_contact"] else "",
            "is_anonymous": not row["person"],
            "excerpt": excerpt(row["text"]),
        }
        for row in rows
    ]


def excerpt(text: str) -> str:
    """The beginning of a text in one line."""
    line = " ".join(text[: EXCERPT * 2].split())
    return line if len(line) <= EXCERPT else f"{line[:EXCERPT].rstrip()}…"


# New complaints that nobody has looked at; counts to a hundred. They belong to no incident that could hide them.
WAITING_TALLY = (
    f"SELECT count(*) FROM (SELECT 1 FROM incidents_complaint WHERE state = '{State.NEW.value}'"  # noqa: S608 - ours
    f" LIMIT {MOST_COUNTED}) AS waiting"
)


def people_of(found: QuerySet[Complaint]) -> dict[str, int]:
    """How many complaints, from how many distinct people, and how many anonymous ones, each counting one."""
    figures = found.aggregate(
        complaints=Count("pk"), people=Count("person", distinct=True, filter=~Q(person="")),
        anonymous=Count("pk", filter=Q(person="")),
    )  # fmt: skip
    return {name: int(value) for name, value in figures.items()}


def with_people(rows: QuerySet[Complaint, dict[str, Any]], of: QuerySet[Complaint]) -> QuerySet[Any, dict[str, Any]]:
    """Rows that carry the figures of `people_of` for a set of complaints: one query for both, the set read once."""
    figures = JSONObject(
        complaints=Count("pk"),
        people=Count("person", distinct=True, filter=~Q(person="")),
        anonymous=Count("pk", filter=Q(person="")),
    )
    alone = of.order_by().values(all_together=Value(1)).annotate(figures=figures).values("figures")
    return rows.annotate(figures=Subquery(alone))


def of_same_person(complaint: Complaint, user: User) -> list[dict[str, Any]]:
    """Others by the same person, newest first; nothing for anonymous ones."""
    if complaint.is_anonymous:
        return []
    return _beside(complaint, user, Q(person=complaint.person))


def of_same_kind(complaint: Complaint, user: User) -> list[dict[str, Any]]:
    """Others about the same system in the same category."""
    return _beside(complaint, user, Q(system=complaint.system_id, category=complaint.category))


def _beside(complaint: Complaint, user: User, condition: Q) -> list[dict[str, Any]]:
    rows = listed(user).filter(condition).exclude(pk=complaint.pk).order_by("-received_at", "-id")
    return drawn(rows[:SHOWN_BESIDE])


def incidents_to_attach(complaint: Complaint, user: User) -> QuerySet[Incident]:
    """Incidents of the same system that the person may see, newest first."""
    same = Incident.objects.visible_to(user).filter(system=complaint.system_id)
    return same.order_by("-declared_at", "-pk")[:50]


def breaches_to_attach(complaint: Complaint, user: User) -> QuerySet[Breach]:
    """Breaches of the same system that the person may see, newest first."""
    same = Breach.objects.visible_to(user).filter(threshold__system=complaint.system_id, kind="live")
    return same.select_related("threshold__system", "version").order_by("-started_at", "-pk")[:50]


def categories(user: User) -> list[str]:
    """Categories of the newest complaints that the person may see, for suggestions."""
    found = Complaint.objects.visible_to(user).order_by("-received_at", "-pk")
    return sorted(set(found.values_list("category", flat=True)[:500]) - {""})[:30]
