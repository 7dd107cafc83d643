"""Which component versions were in force at a moment."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from incidents.systems.models import AISystem, Component, ComponentVersion, Ownership, OwnershipRole

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def assistant():
    return AISystem.objects.create(slug="support-assistant", name="Support assistant", purpose="Answers in chat.")


def labels(versions):
    return [version.label for version in versions]


def test_deploying_a_version_ends_the_one_before_it_at_the_same_moment(assistant):
    v14 = ComponentVersion.deploy(system=assistant, component=Component.MODEL, label="v14", at=NOON)
    ComponentVersion.deploy(system=assistant, component=Component.MODEL, label="v15", at=NOON + HOUR)

    v14.refresh_from_db()
    assert v14.deployed_to == NOON + HOUR
    assert labels(assistant.versions_at(NOON - HOUR)) == []
    assert labels(assistant.versions_at(NOON)) == ["v14"]
    assert labels(assistant.versions_at(NOON + HOUR - timedelta(microseconds=1))) == ["v14"]
    assert labels(assistant.versions_at(NOON + HOUR)) == ["v15"]


def test_components_are_versioned_independently(assistant):
    ComponentVersion.deploy(system=assistant, component=Component.MODEL, label="v14", at=NOON)
    ComponentVersion.deploy(system=assistant, component=Component.PROMPT, label="31", at=NOON)
    ComponentVersion.deploy(system=assistant, component=Component.MODEL, label="v15", at=NOON + HOUR)
    assert labels(assistant.versions_at(NOON + 2 * HOUR)) == ["v15", "31"]


def test_a_version_cannot_be_deployed_before_one_that_is_already_known(assistant):
    ComponentVersion.deploy(system=assistant, component=Component.MODEL, label="v15", at=NOON)
    with pytest.raises(ValidationError):
        ComponentVersion.deploy(system=assistant, component=Component.MODEL, label="v14", at=NOON - HOUR)
    assert labels(ComponentVersion.objects.all()) == ["v15"]


def test_the_database_refuses_two_versions_of_a_component_at_once(assistant):
    ComponentVersion.objects.create(system=assistant, component="model", label="v14", deployed_from=NOON)
    with pytest.raises(IntegrityError, match="one_version_of_a_component_at_a_time"), transaction.atomic():
        ComponentVersion.objects.create(system=assistant, component="model", label="x", deployed_from=NOON + HOUR)
    assert ComponentVersion.objects.count() == 1


def test_one_person_answers_for_a_system_in_a_role_and_the_deputy_is_somebody_else(assistant, ravi, mo):
    owner = Ownership.objects.create(system=assistant, role=OwnershipRole.OWNER, person=ravi, deputy=mo)
    assert assistant.responsible(OwnershipRole.OWNER) == owner
    assert assistant.responsible(OwnershipRole.LEGAL) is None
    with pytest.raises(IntegrityError, match="one_person_per_system_and_role"), transaction.atomic():
        Ownership.objects.create(system=assistant, role=OwnershipRole.OWNER, person=mo)
    with pytest.raises(IntegrityError, match="deputy_is_another_person"), transaction.atomic():
        Ownership.objects.create(system=assistant, role=OwnershipRole.LEGAL, person=mo, deputy=mo)
    assert Ownership.objects.count() == 1
