"""What must not enter the record: impossible dates, and a severity lowered by the back door."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from incidents.classification.models import HarmKind, SeverityLevel
from incidents.classification.shipped import install
from incidents.response.declaring import Declaration, declare
from incidents.response.models import Incident
from incidents.response.refusals import ImpossibleTime, NotPermitted, ReasonMissing
from incidents.response.telling import IncidentTime
from incidents.systems.models import AISystem

LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


@pytest.fixture
def declaration(db):
    install()
    system = AISystem.objects.create(slug="s", name="S", purpose="p")
    return {"title": "T", "system": system, "severity": SeverityLevel.objects.get(slug="SEV2")}


@pytest.fixture
def incident(declaration, tess, now) -> Incident:
    return declare(Declaration(**declaration), by=tess, now=now)


@pytest.mark.parametrize("field", ["started_at", "detected_at", "reported_at"])
def test_declaring_refuses_a_date_that_cannot_be_meant(declaration, tess, now, field):
    for at in (LONG_AGO, now + timedelta(days=1)):
        with pytest.raises(ImpossibleTime):
            declare(Declaration(**declaration, **{field: at}), by=tess, now=now)
    assert not Incident.objects.exists()


def test_correcting_refuses_a_date_that_cannot_be_meant(incident, tess, now):
    with pytest.raises(ImpossibleTime):
        incident.correct_time(which=IncidentTime.STARTED, to=LONG_AGO, by=tess, now=now, reason="slip")
    incident.refresh_from_db()
    assert incident.started_at is None
    assert incident.timeline.count() == 1


def test_the_database_refuses_it_too(incident):
    with pytest.raises(IntegrityError, match="started_at_can_be_meant"), transaction.atomic():
        Incident.objects.filter(pk=incident.pk).update(started_at=LONG_AGO)


def test_triage_raises_the_level_but_lowers_it_only_with_the_right_and_a_reason(incident, tess, mo, now):
    low, kind = SeverityLevel.objects.get(slug="SEV4"), HarmKind.objects.get(slug="discrimination")
    with pytest.raises(NotPermitted, match="only a manager"):
        incident.triage(severity=low, harm_kind=kind, by=tess, now=now, note="harmless")
    with pytest.raises(ReasonMissing):
        incident.triage(severity=low, harm_kind=kind, by=mo, now=now)
    incident.refresh_from_db()
    assert (incident.state, incident.severity_slug, incident.timeline.count()) == ("reported", "SEV2", 1)

    incident.triage(severity=low, harm_kind=kind, by=mo, now=now, note="One person, nothing lost.")
    assert (incident.state, incident.severity_slug) == ("triaged", "SEV4")
