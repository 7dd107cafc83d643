"""Severity levels and harm kinds: shipped once, kept when used, remembered when changed."""

import pytest
from django.db.models import ProtectedError

from incidents.classification.models import HarmKind, SeverityLevel
from incidents.classification.shipped import install
from incidents.response.declaring import Declaration, declare
from incidents.systems.models import AISystem

pytestmark = pytest.mark.django_db


def test_installing_twice_adds_nothing_and_overwrites_no_edit():
    assert install() == (4, 13)
    SeverityLevel.objects.filter(slug="SEV2").update(acknowledge_minutes=5)
    assert install() == (0, 0)
    assert SeverityLevel.objects.get(slug="SEV2").acknowledge_minutes == 5


def test_a_level_that_an_incident_used_cannot_be_deleted(tess, now):
    install()
    system = AISystem.objects.create(slug="s", name="S", purpose="p")
    level, kind = SeverityLevel.objects.get(slug="SEV3"), HarmKind.objects.get(slug="discrimination")
    declare(Declaration(title="t", system=system, severity=level, harm_kind=kind), by=tess, now=now)
    for used in (level, kind):
        with pytest.raises(ProtectedError):
            used.delete()
    assert SeverityLevel.objects.count() == 4


def test_an_edit_keeps_the_value_before(db):
    install()
    level = SeverityLevel.objects.get(slug="SEV3")
    level.contain_minutes = 99
    level.save()
    assert list(level.events.order_by("pgh_id").values_list("contain_minutes", flat=True)) == [24 * 60, 99]


def test_later_edits_of_a_level_change_no_running_incident(tess, now):
    install()
    system = AISystem.objects.create(slug="s", name="S", purpose="p")
    level = SeverityLevel.objects.get(slug="SEV3")
    incident = declare(Declaration(title="t", system=system, severity=level), by=tess, now=now)
    due_before = incident.acknowledge_due_at
    SeverityLevel.objects.filter(pk=level.pk).update(acknowledge_minutes=1, review_rule="not_required")
    incident.refresh_from_db()
    incident.acknowledge(by=tess, now=now)
    assert incident.terms["acknowledge_minutes"] == 240
    assert incident.terms["review_rule"] == "required"
    assert incident.acknowledge_due_at == due_before
