"""What the forms of the desk let people choose from, read at most once per page."""

from dataclasses import dataclass

from django.db.models import QuerySet

from airp.accounts.models import User
from airp.accounts.roles import CAPABILITIES, Capability
from incidents.classification.models import HarmKind, SeverityLevel, SeverityMatrix
from incidents.systems.models import AISystem

Options = list[tuple[int, str]]


def levels() -> QuerySet[SeverityLevel]:
    """All levels, worst first."""
    return SeverityLevel.objects.order_by("rank")


def harm_kinds() -> QuerySet[HarmKind]:
    """Harm kinds in use."""
    return HarmKind.objects.filter(retired_at__isnull=True).order_by("position", "name")


def roles_at_work() -> list[str]:
    """The roles that read incidents."""
    return [role.value for role, granted in CAPABILITIES.items() if Capability.READ_INCIDENTS in granted]


def people() -> QuerySet[User]:
    """People who can work on incidents, by name."""
    return User.objects.filter(is_active=True, roles__overlap=roles_at_work()).order_by("name", "pk")


def systems() -> QuerySet[AISystem]:
    """Systems under watch, by name."""
    return AISystem.objects.filter(retired_at__isnull=True).order_by("name")


@dataclass(frozen=True, slots=True)
class Choices:
    """The lists of one page as (id, words)."""

    levels: Options
    harm_kinds: Options
    people: Options
    matrix: SeverityMatrix | None = None
