"""What stands around an incident, in one query: its people, those of its system, versions, and what forms offer."""

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import connection

from airp.accounts.models import User
from incidents.classification.models import SeverityMatrix
from incidents.desk.choices import Choices, roles_at_work
from incidents.response.link_sentences import LINKS
from incidents.response.models import Incident
from incidents.response.people import IncidentRole
from incidents.response.sentences import Told
from incidents.response.visibility import ExistsFor
from incidents.systems.models import Component, OwnershipRole

COLUMNS = ("side", "what", "key", "name", "stand_in", "place")
# By hand: to build the same union from querysets takes Django ten times as long as PostgreSQL takes to answer it.
STANDING = """
SELECT 'role', held.role, person.id, person.name, '', 0
FROM incidents_roleholding AS held JOIN accounts_user AS person ON person.id = held.person_id
WHERE held.incident_id = %(incident)s
UNION ALL
SELECT 'owner', owned.role, person.id, person.name, coalesce(deputy.name, ''), 0
FROM incidents_ownership AS owned JOIN accounts_user AS person ON person.id = owned.person_id
LEFT JOIN accounts_user AS deputy ON deputy.id = owned.deputy_id
WHERE owned.system_id = %(system)s
UNION ALL
SELECT 'author', '', id, name, '', 0 FROM accounts_user
WHERE id IN (SELECT actor_id FROM incidents_timelineentry WHERE incident_id = %(incident)s)
UNION ALL
SELECT 'pin', '', pin.id, json_build_object(
  'seq', entry.seq, 'kind', entry.kind, 'happened_at', entry.happened_at, 'facts', entry.facts,
  'actor_id', entry.actor_id, 'actor_name', actor.name, 'words', said.value,
  'by', pinner.name, 'at', pin.at)::text, '', 0
FROM incidents_pin AS pin
JOIN incidents_timelineentry AS entry ON entry.id = pin.entry_id
JOIN accounts_user AS pinner ON pinner.id = pin.by_id
LEFT JOIN accounts_user AS actor ON actor.id = entry.actor_id
LEFT JOIN incidents_timelinetext AS said ON said.entry_id = entry.id
WHERE pin.incident_id = %(incident)s AND pin.ended_at IS NULL
UNION ALL
SELECT 'other', '', i.id, i.reference, '', 0 FROM incidents_incident AS i
WHERE i.id IN (SELECT (facts->>'other')::bigint FROM incidents_timelineentry
               WHERE incident_id = %(incident)s AND kind = ANY(%(links)s)) AND VISIBLE
UNION ALL
SELECT 'version', ran.component, ran.id, ran.label, '', 0
FROM incidents_componentversion AS ran
WHERE ran.system_id = %(system)s AND ran.deployed_from <= %(moment)s
  AND (ran.deployed_to IS NULL OR ran.deployed_to > %(moment)s)
"""
_VISIBLE = ExistsFor.SQL.format(
    visibility="i.visibility", lead="i.lead_id", declarer="i.declared_by_id", pk="i.id", system="i.system_id"
)
STANDING = STANDING.replace("VISIBLE", _VISIBLE.replace("%s", "%(reader)s"))
OFFERED = """
UNION ALL
SELECT 'level', '', id, slug || ' ' || name, '', rank FROM incidents_severitylevel
UNION ALL
SELECT 'harm_kind', slug, id, name, '', position FROM incidents_harmkind WHERE retired_at IS NULL
UNION ALL
SELECT 'matrix', '', version, content::text, '', 0 FROM incidents_severitymatrix
WHERE version = (SELECT max(version) FROM incidents_severitymatrix)
UNION ALL
SELECT 'person', '', id, name, '', 0 FROM accounts_user WHERE is_active AND roles && %(roles)s::varchar[]
"""
IN_ORDER = "ORDER BY 6, 4, 3"
# Rows that are people
NAMING = ("role", "owner", "person", "author")
NOBODY = {"name": "", "stand_in": ""}


class Side(StrEnum):
    """What a row of the union is about."""

    ROLE = "role"
    OWNER = "owner"
    VERSION = "version"
    LEVEL = "level"
    HARM_KIND = "harm_kind"
    PERSON = "person"
    MATRIX = "matrix"
    AUTHOR = "author"
    PIN = "pin"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Pinned:
    """An entry that is held up, by whom and since when."""

    told: Told
    by: str
    at: datetime


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
    # Who wrote on the timeline
    authors: dict[int, str]
    # In the order of the record
    pinned: list[Pinned]
    # References of the other incidents that the timeline names, of those that exist for the reader
    others: dict[int, str]


def around(incident: Incident, *, reader: User, now: datetime, has_choices: bool) -> Around:
    """Roles and components in their usual order; versions as they were at the first moment of harm.

    `has_choices` also reads what forms let people choose from; a page that draws no such form saves it.
    """
    moment = incident.started_at or incident.detected_at or incident.declared_at or now
    sides = _read(incident, moment, reader=reader, has_choices=has_choices)
    held = {row["what"]: row["name"] for row in sides[Side.ROLE]}
    owner = next((row for row in sides[Side.OWNER] if row["what"] == OwnershipRole.OWNER), NOBODY)
    components = dict(Component.choices)
    return Around(
        roles=[{"label": str(role.label), "name": held[role]} for role in IncidentRole if role in held],
        owner=owner["name"],
        deputy=owner["stand_in"],
        versions=[{"label": str(components[row["what"]]), "name": row["name"]} for row in sides[Side.VERSION]],
        names={row["key"]: row["name"] for side in NAMING for row in sides[side]},
        kind_names=_kind_on(incident) | {row["what"]: row["name"] for row in sides[Side.HARM_KIND]},
        choices=Choices(
            levels=_options(sides[Side.LEVEL]),
            harm_kinds=_options(sides[Side.HARM_KIND]),
            people=_options(sides[Side.PERSON]),
            matrix=_matrix(sides[Side.MATRIX]),
        ),
        authors={row["key"]: row["name"] for row in sides[Side.AUTHOR]},
        pinned=_pinned(sides[Side.PIN]),
        others={row["key"]: row["name"] for row in sides[Side.OTHER]},
    )


def _read(incident: Incident, moment: datetime, *, reader: User, has_choices: bool) -> dict[str, list[dict[str, Any]]]:
    sides: dict[str, list[dict[str, Any]]] = defaultdict(list)
    values: dict[str, Any] = {
        "incident": incident.pk,
        "system": incident.system_id,
        "moment": moment,
        "roles": roles_at_work(),
        "links": list(LINKS),
        "reader": reader.pk,
    }
    with connection.cursor() as cursor:
        cursor.execute(f"{STANDING}{OFFERED if has_choices else ''}{IN_ORDER}", values)
        for row in cursor.fetchall():
            sides[row[0]].append(dict(zip(COLUMNS, row, strict=True)))
    return sides


def _pinned(rows: list[dict[str, Any]]) -> list[Pinned]:
    found = []
    for values in (json.loads(row["name"]) for row in rows):
        by, at = values.pop("by"), datetime.fromisoformat(values.pop("at"))
        happened_at = datetime.fromisoformat(values.pop("happened_at"))
        found.append(Pinned(Told(**values, happened_at=happened_at), by, at))
    return sorted(found, key=lambda pinned: pinned.told.seq)


def _kind_on(incident: Incident) -> dict[str, str]:
    """The name of the incident's own harm kind, which is already there."""
    return {incident.harm_kind.slug: incident.harm_kind.name} if incident.harm_kind else {}


def _matrix(rows: list[dict[str, Any]]) -> SeverityMatrix | None:
    """The version in force, with all that its questions need."""
    return next((SeverityMatrix(version=row["key"], content=json.loads(row["name"])) for row in rows), None)


def _options(rows: list[dict[str, Any]]) -> list[tuple[int, str]]:
    return [(row["key"], row["name"]) for row in rows]
