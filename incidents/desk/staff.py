"""Who works on an incident and who answers for its system, as the rail shows them, in one query."""

from dataclasses import dataclass

from django.db.models import F, Value
from django.db.models.functions import Coalesce

from incidents.response.models import Incident, RoleHolding
from incidents.response.people import IncidentRole
from incidents.systems.models import Ownership, OwnershipRole

ON_INCIDENT, FOR_SYSTEM = "incident", "system"
COLUMNS = ("side", "what", "who", "name", "stand_in")


@dataclass(frozen=True, slots=True)
class Staff:
    """People by role. `roles` are those on the incident; owner and deputy are the system's."""

    roles: list[dict[str, str]]
    owner: str
    deputy: str
    names: dict[int, str]


def staff_of(incident: Incident) -> Staff:
    """Roles on the incident in their usual order, and the owner of the system with the deputy, if named."""
    on_incident = RoleHolding.objects.filter(incident=incident).annotate(
        side=Value(ON_INCIDENT), what=F("role"), who=F("person_id"), name=F("person__name"), stand_in=Value("")
    )
    for_system = Ownership.objects.filter(system=incident.system_id).annotate(
        side=Value(FOR_SYSTEM),
        what=F("role"),
        who=F("person_id"),
        name=F("person__name"),
        stand_in=Coalesce("deputy__name", Value("")),
    )
    rows = list(on_incident.values(*COLUMNS).union(for_system.values(*COLUMNS), all=True))
    held = {row["what"]: row["name"] for row in rows if row["side"] == ON_INCIDENT}
    owned = {row["what"]: row for row in rows if row["side"] == FOR_SYSTEM}
    owner = owned.get(OwnershipRole.OWNER, {"name": "", "stand_in": ""})
    return Staff(
        roles=[{"label": str(role.label), "name": held[role]} for role in IncidentRole if role in held],
        owner=owner["name"],
        deputy=owner["stand_in"],
        names={row["who"]: row["name"] for row in rows},
    )
