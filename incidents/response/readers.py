"""Whom an incident exists for: the other side of `visibility`, asked of one incident instead of one person."""

from django.db.models import Q, QuerySet

from airp.accounts.models import User
from airp.accounts.roles import CAPABILITIES, Capability
from incidents.response.models import Incident, RoleHolding
from incidents.systems.models import Ownership


def readers_of(incident: Incident) -> QuerySet[User]:
    """Everybody active who may see it, by name."""
    roles = [role.value for role, granted in CAPABILITIES.items() if Capability.READ_INCIDENTS in granted]
    people = User.objects.filter(is_active=True, roles__overlap=roles).order_by("name", "pk")
    if not incident.is_restricted:
        return people
    holders = RoleHolding.objects.filter(incident=incident).values("person")
    owners = Ownership.objects.filter(system=incident.system_id)
    inside = Q(pk__in=[pk for pk in (incident.lead_id, incident.declared_by_id) if pk]) | Q(pk__in=holders)
    inside |= Q(pk__in=owners.values("person")) | Q(pk__in=owners.exclude(deputy=None).values("deputy"))
    return people.filter(inside)
