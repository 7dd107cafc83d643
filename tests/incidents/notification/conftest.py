"""People, a system with owner and deputy, and a way to draw what follows from the record."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from airp.accounts.models import User
from airp.accounts.roles import Role
from incidents.classification.models import SeverityLevel
from incidents.classification.shipped import install
from incidents.response.declaring import Declaration, declare
from incidents.response.models import Incident
from incidents.response.timeline import react_to_next
from incidents.systems.models import AISystem, Ownership

NOW = datetime(2026, 11, 12, 13, 0, tzinfo=UTC)


def person(name: str, *roles: Role) -> User:
    email = f"{name.split()[0].lower()}@example.com"
    return User.objects.create_user(email=email, name=name, roles=list(roles), time_zone="Europe/Oslo")


@pytest.fixture
def tess(db: None) -> User:
    return person("Tess Triager", Role.TRIAGE)


@pytest.fixture
def ravi(db: None) -> User:
    return person("Ravi Responder", Role.RESPONDER)


@pytest.fixture
def lee(db: None) -> User:
    return person("Lee Legal", Role.LEGAL)


@pytest.fixture
def mo(db: None) -> User:
    return person("Mo Manager", Role.MANAGER)


@pytest.fixture
def system(ravi: User, lee: User) -> AISystem:
    """Ravi answers for it, Lee is the deputy."""
    install()
    system = AISystem.objects.create(slug="assistant", name="Assistant", purpose="Answers customers.")
    Ownership.objects.create(system=system, person=ravi, deputy=lee)
    return system


@pytest.fixture
def declared(system: AISystem, tess: User) -> Callable[..., Incident]:
    """Declare an incident and draw what follows."""

    def _declare(*, severity: str = "SEV2", now: datetime = NOW, **given: object) -> Incident:
        given = {"title": "Refunds promised", "system": system} | given
        level = SeverityLevel.objects.get(slug=severity)
        incident = declare(Declaration(severity=level, **given), by=tess, now=now)
        draw(now=now)
        return incident

    return _declare


def draw(*, now: datetime) -> None:
    while react_to_next(now=now + timedelta(seconds=1)):
        pass
