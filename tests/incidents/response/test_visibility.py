"""For whom a restricted incident exists: for those who work on it and nobody else."""

import pytest
from django.contrib.auth.models import AnonymousUser

from incidents.response.models import Incident
from incidents.response.people import IncidentRole
from incidents.response.refusals import WouldLoseSight
from incidents.response.visibility import Visibility
from incidents.systems.models import Ownership
from tests import factories
from tests.incidents.cases import assistant, incident

pytestmark = pytest.mark.django_db


def seen_by(name):
    return set(Incident.objects.visible_to(factories.person(name)).values_list("reference", flat=True))


@pytest.mark.parametrize("name", ["tess", "ravi", "lee", "edie", "mo", "ada", "uma"])
def test_a_normal_incident_exists_for_everybody_who_reads_incidents(name, now):
    case = incident(now=now)
    assert seen_by(name) == {case.reference}


def test_no_incident_exists_for_a_stranger(now, sam):
    incident(now=now)
    assert not Incident.objects.visible_to(sam).exists()
    assert not Incident.objects.visible_to(AnonymousUser()).exists()


@pytest.mark.parametrize("name", ["ravi", "lee", "edie", "mo", "ada", "uma", "sam"])
def test_a_restricted_incident_exists_for_nobody_by_role_alone(name, now):
    incident(now=now, visibility=Visibility.RESTRICTED)
    assert seen_by(name) == set()


@pytest.mark.parametrize("bond", ["declarer", "lead", "role", "owner", "deputy"])
def test_a_restricted_incident_exists_for_those_who_work_on_it(bond, now, tess, ravi, lee, edie, mo):
    system = assistant()
    Ownership.objects.create(system=system, person=edie, deputy=mo)
    case = incident(now=now, system=system, visibility=Visibility.RESTRICTED)
    case.hand_over(to=ravi, by=tess, now=now)
    case.assign_role(role=IncidentRole.LEGAL, person=lee, by=tess, now=now)
    who = {"declarer": "tess", "lead": "ravi", "role": "lee", "owner": "edie", "deputy": "mo"}[bond]
    assert seen_by(who) == {case.reference}


def test_whoever_restricts_an_incident_does_not_shut_themselves_out(now, lee):
    case = incident(now=now)
    case.set_visibility(to=Visibility.RESTRICTED, by=lee, now=now, reason="Names in it.")
    assert seen_by("lee") == {case.reference}
    assert seen_by("edie") == set()
    assert list(case.roles.values_list("role", "person")) == [("observer", lee.pk)]


def test_restricting_shuts_out_no_observer_in_silence(now, lee, mo, edie):
    case = incident(now=now)
    case.assign_role(role=IncidentRole.OBSERVER, person=edie, by=mo, now=now)
    before = case.timeline.count()
    with pytest.raises(WouldLoseSight, match="Edie Editor is its observer"):
        case.set_visibility(to=Visibility.RESTRICTED, by=lee, now=now, reason="Names in it.")
    case.refresh_from_db()
    assert (case.visibility, case.timeline.count(), case.roles.get().person) == (Visibility.NORMAL, before, edie)
