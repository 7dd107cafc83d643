"""What the forms of the desk let people choose from."""

from django.db.models import QuerySet

from airp.accounts.models import User
from airp.accounts.roles import CAPABILITIES, Capability
from incidents.classification.models import HarmKind, SeverityLevel
from incidents.systems.models import AISystem


def levels() -> QuerySet[SeverityLevel]:
    """All levels, worst first."""
    return SeverityLevel.objects.order_by("rank")


def harm_kinds() -> QuerySet[HarmKind]:
    """Harm kinds in use."""
    return HarmKind.objects.filter(retired_at__isnull=True).order_by("position", "name")


def people() -> QuerySet[User]:
    """People who can work on incidents, by name."""
    roles = [role.value for role, granted in CAPABILITIES.items() if Capability.READ_INCIDENTS in granted]
    return User.objects.filter(is_active=True, roles__overlap=roles).order_by("name", "pk")


def systems() -> QuerySet[AISystem]:
    """Systems under watch, by name."""
    return AISystem.objects.filter(retired_at__isnull=True).order_by("name")
