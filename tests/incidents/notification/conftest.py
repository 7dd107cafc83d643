"""A system with owner and deputy, and a way to draw what follows from the record."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from airp.accounts.models import User
from incidents.classification.models import SeverityLevel
from incidents.classification.shipped import install
from incidents.response.declaring import Declaration, declare
from incidents.response.models import Incident
from incidents.response.timeline import react_to_next
from incidents.systems.models import AISystem, Ownership

NOW = datetime(2026, 11, 12, 13, 0, tzinfo=UTC)


@pytest.fixture
def ravi(ravi: User) -> User:
    """Ravi as he works, in Oslo."""
    ravi.time_zone = "Europe/Oslo"
    ravi.save(update_fields=["time_zone"])
    return ravi


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

    def _declare(*, severity: str = "SEV2", now: datetime = NOW, by: User | None = tess, **given: object) -> Incident:
        given = {"title": "Refunds promised", "system": system} | given
        level = SeverityLevel.objects.get(slug=severity)
        incident = declare(Declaration(severity=level, **given), by=by, now=now)
        draw(now=now)
        return incident

    return _declare


def draw(*, now: datetime) -> None:
    while react_to_next(now=now + timedelta(seconds=1)):
        pass
