"""Which other incident: suggestions without a word typed, those with the reference or the words otherwise."""

from enum import StrEnum
from typing import Any

from django.db.models import QuerySet

from airp.accounts.models import User
from incidents.response.likeness import called, likest
from incidents.response.models import Incident, IncidentKind
from incidents.response.states import UNDER_WAY

SHOWN = 8
LONGEST = 100


class Purpose(StrEnum):
    LINK = "link"
    MERGE = "merge"


def clean(words: str) -> str:
    return " ".join(words.replace("\x00", "").split())[:LONGEST]


def candidates(incident: Incident, user: User, *, purpose: Purpose, words: str = "") -> list[dict[str, Any]]:
    """At most eight of those that exist for the person, the likeliest first. One query."""
    found: QuerySet[Incident] = Incident.objects.visible_to(user).exclude(pk=incident.pk)
    found = _fit_to_merge(found, incident) if purpose is Purpose.MERGE else found
    words = clean(words)
    if words:
        found = found.filter(called(words))
    elif purpose is Purpose.LINK:
        found = found.filter(system=incident.system_id)
    return likest(found, title=words or incident.title, harm_kinds=[incident.harm_kind], most=SHOWN)


def the_one(user: User, reference: str) -> Incident | None:
    """The incident with exactly this reference, if it exists for the person."""
    return Incident.objects.visible_to(user).filter(reference=reference.strip().upper()[:16]).first()


def _fit_to_merge(found: QuerySet[Incident], incident: Incident) -> QuerySet[Incident]:
    """What the verb would refuse is not offered (incidents/response/merging.py)."""
    fit = found.filter(state__in=UNDER_WAY, system=incident.system_id, visibility=incident.visibility)
    return fit.filter(kind=IncidentKind.DRILL) if incident.is_drill else fit.exclude(kind=IncidentKind.DRILL)
