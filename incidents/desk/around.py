"""What stands around an incident, in one query: who works on it, who answers for its system, what was in force."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet, Value
from django.db.models.functions import Coalesce

from incidents.response.models import Incident, RoleHolding
from incidents.response.people import IncidentRole
from incidents.systems.models import Component, ComponentVersion, Ownership, OwnershipRole

ON_INCIDENT, FOR_SYSTEM, IN_FORCE = "incident", "system", "version"
COLUMNS = ("side", "what", "who", "name", "stand_in")


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
    moment = incident.started_at or incident.detected_at or incident.declared_at or now
    rows = list(_roles(incident).union(_owners(incident), _versions(incident, moment), all=True))
    side = {name: {row["what"]: row for row in rows if row["side"] == name} for name in (ON_INCIDENT, FOR_SYSTEM)}
    owner = side[FOR_SYSTEM].get(OwnershipRole.OWNER, {"name": "", "stand_in": ""})
    held, labels = side[ON_INCIDENT], dict(Component.choices)
    return Around(
        roles=[{"label": str(role.label), "name": held[role]["name"]} for role in IncidentRole if role in held],
        owner=owner["name"],
        deputy=owner["stand_in"],
        versions=[{"label": str(labels[row["what"]]), "name": row["name"]} for row in rows if row["side"] == IN_FORCE],
        names={row["who"]: row["name"] for row in rows if row["side"] != IN_FORCE},
    )


def _roles(incident: Incident) -> QuerySet[Any, Any]:
    found = RoleHolding.objects.filter(incident=incident)
    return _as_rows(found, ON_INCIDENT, what=F("role"), who=F("person_id"), name=F("person__name"), stand_in=Value(""))


def _owners(incident: Incident) -> QuerySet[Any, Any]:
    found = Ownership.objects.filter(system=incident.system_id)
    deputy = Coalesce("deputy__name", Value(""))
    return _as_rows(found, FOR_SYSTEM, what=F("role"), who=F("person_id"), name=F("person__name"), stand_in=deputy)


def _versions(incident: Incident, moment: datetime) -> QuerySet[Any, Any]:
    found = ComponentVersion.objects.in_force_at(moment).filter(system=incident.system_id)
    return _as_rows(found, IN_FORCE, what=F("component"), who=F("pk"), name=F("label"), stand_in=Value(""))


def _as_rows(found: QuerySet[Any, Any], side: str, **columns: Any) -> QuerySet[Any, Any]:
    """One of the three in the common shape that a union needs."""
    return found.annotate(side=Value(side), **columns).values(*COLUMNS)
