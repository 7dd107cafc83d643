"""What stands around an incident, in one query: its people, those of its system, and the versions that ran."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from incidents.response.models import Incident
from incidents.response.people import IncidentRole
from incidents.systems.models import Component, OwnershipRole

# By hand: the same union of querysets takes ten times as long to build as to run.
AROUND = """
SELECT 'role', held.role, person.id, person.name, ''
FROM incidents_roleholding AS held JOIN accounts_user AS person ON person.id = held.person_id
WHERE held.incident_id = %(incident)s
UNION ALL
SELECT 'owner', owned.role, person.id, person.name, coalesce(deputy.name, '')
FROM incidents_ownership AS owned JOIN accounts_user AS person ON person.id = owned.person_id
LEFT JOIN accounts_user AS deputy ON deputy.id = owned.deputy_id
WHERE owned.system_id = %(system)s
UNION ALL
SELECT 'version', ran.component, ran.id, ran.label, ''
FROM incidents_componentversion AS ran
WHERE ran.system_id = %(system)s AND ran.deployed_from <= %(moment)s
  AND (ran.deployed_to IS NULL OR ran.deployed_to > %(moment)s)
ORDER BY 4, 3
"""
Row = tuple[str, str, int, str, str]


@dataclass(frozen=True, slots=True)
class Around:
    """People by role and component versions. Owner and deputy are the system's; empty where nobody is named."""

    roles: list[dict[str, str]]
    owner: str
    deputy: str
    versions: list[dict[str, str]]
    names: dict[int, str]


def around(incident: Incident, *, now: datetime) -> Around:
    """Roles and components in their usual order; versions as they were at the first moment of harm."""
    sides = _read(incident, incident.started_at or incident.detected_at or incident.declared_at or now)
    held = {role: name for _, role, _, name, _ in sides["role"]}
    owner = next(
        ((name, deputy) for _, role, _, name, deputy in sides["owner"] if role == OwnershipRole.OWNER), ("", "")
    )
    components = dict(Component.choices)
    return Around(
        roles=[{"label": str(role.label), "name": held[role]} for role in IncidentRole if role in held],
        owner=owner[0],
        deputy=owner[1],
        versions=[
            {"label": str(components[component]), "name": label} for _, component, _, label, _ in sides["version"]
        ],
        names={pk: name for side in ("role", "owner") for _, _, pk, name, _ in sides[side]},
    )


def _read(incident: Incident, moment: datetime) -> dict[str, list[Row]]:
    sides: dict[str, list[Row]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(AROUND, {"incident": incident.pk, "system": incident.system_id, "moment": moment})
        for row in cursor.fetchall():
            sides[row[0]].append(row)
    return sides
