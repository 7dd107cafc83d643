"""What stands around an incident, in one query: its people, those of its system, versions, and what forms offer."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models import F, QuerySet, Value
from django.db.models.functions import Coalesce, Concat

from incidents.desk.choices import Choices, harm_kinds, levels, people
from incidents.response.models import Incident, RoleHolding
from incidents.response.people import IncidentRole
from incidents.systems.models import Component, ComponentVersion, Ownership, OwnershipRole

COLUMNS = ("side", "what", "key", "name", "stand_in", "place")
Rows = QuerySet[Any, Any]
NOBODY = {"name": "", "stand_in": ""}


class Side(StrEnum):
    """What a row of the union is about."""

    ROLE = "role"
    OWNER = "owner"
    VERSION = "version"
    LEVEL = "level"
    HARM_KIND = "harm_kind"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Around:
    """People by role and component versions. Owner and deputy are the system's; empty where nobody is named."""

    roles: list[dict[str, str]]
    owner: str
    deputy: str
    versions: list[dict[str, str]]
    names: dict[int, str]
    kind_names: dict[str, str]
    choices: Choices


def around(incident: Incident, *, now: datetime, has_choices: bool) -> Around:
    """Roles and components in their usual order; versions as they were at the first moment of harm.

    `has_choices` also reads what forms let people choose from; a page that draws no such form saves it.
    """
    moment = incident.started_at or incident.detected_at or incident.declared_at or now
    sides = _read(incident, moment, has_choices=has_choices)
    held = {row["what"]: row["name"] for row in sides[Side.ROLE]}
    owner = next((row for row in sides[Side.OWNER] if row["what"] == OwnershipRole.OWNER), NOBODY)
    components = dict(Component.choices)
    return Around(
        roles=[{"label": str(role.label), "name": held[role]} for role in IncidentRole if role in held],
        owner=owner["name"],
        deputy=owner["stand_in"],
        versions=[{"label": str(components[row["what"]]), "name": row["name"]} for row in sides[Side.VERSION]],
        names={row["key"]: row["name"] for side in (Side.ROLE, Side.OWNER, Side.PERSON) for row in sides[side]},
        kind_names=_kind_on(incident) | {row["what"]: row["name"] for row in sides[Side.HARM_KIND]},
        choices=Choices(
            levels=_options(sides[Side.LEVEL]),
            harm_kinds=_options(sides[Side.HARM_KIND]),
            people=_options(sides[Side.PERSON]),
        ),
    )


def _read(incident: Incident, moment: datetime, *, has_choices: bool) -> dict[str, list[dict[str, Any]]]:
    roles = _rows(
        RoleHolding.objects.filter(incident=incident),
        Side.ROLE, what=F("role"), key=F("person_id"), name=F("person__name"),
    )  # fmt: skip
    owners = _rows(
        Ownership.objects.filter(system=incident.system_id),
        Side.OWNER, what=F("role"), key=F("person_id"), name=F("person__name"),
        stand_in=Coalesce("deputy__name", Value("")),
    )  # fmt: skip
    versions = _rows(
        ComponentVersion.objects.in_force_at(moment).filter(system=incident.system_id),
        Side.VERSION, what=F("component"), key=F("pk"), name=F("label"),
    )  # fmt: skip
    offered = (
        ()
        if not has_choices
        else (
            _rows(levels(), Side.LEVEL, place=F("rank"), key=F("pk"), name=Concat("slug", Value(" "), "name")),
            _rows(harm_kinds(), Side.HARM_KIND, what=F("slug"), place=F("position"), key=F("pk"), name=F("name")),
            _rows(people(), Side.PERSON, key=F("pk"), name=F("name")),
        )
    )
    sides: dict[str, list[dict[str, Any]]] = defaultdict(list)
    found = [dict(zip(COLUMNS, row, strict=True)) for row in roles.union(owners, versions, *offered, all=True)]
    for row in sorted(found, key=lambda row: (row["place"], row["name"], row["key"])):
        sides[row["side"]].append(row)
    return sides


def _kind_on(incident: Incident) -> dict[str, str]:
    """The name of the incident's own harm kind, which is already there."""
    return {incident.harm_kind.slug: incident.harm_kind.name} if incident.harm_kind else {}


def _rows(found: Rows, side: Side, **columns: Any) -> Rows:
    """One part in the common shape that a union needs."""
    shape = {"side": Value(side.value), "what": Value(""), "stand_in": Value(""), "place": Value(0)} | columns
    rows: Rows = found.order_by().values_list(*(shape[name] for name in COLUMNS))
    return rows


def _options(rows: list[dict[str, Any]]) -> list[tuple[int, str]]:
    return [(row["key"], row["name"]) for row in rows]
