"""The lead and the roles."""

import pytest

from incidents.response.people import IncidentRole
from incidents.response.refusals import AlreadyDone, EditConflict, NotPermitted
from tests.incidents.cases import incident

pytestmark = pytest.mark.django_db


def test_the_lead_goes_to_a_person_and_back_to_nobody(now, tess, ravi):
    case = incident(now=now)
    taken = case.hand_over(to=ravi, by=tess, now=now)
    assert (case.lead, taken.facts) == (ravi, {"from": None, "to": ravi.pk})

    left = case.give_up_lead(by=tess, now=now)
    case.refresh_from_db()
    assert (case.lead, left.facts) == (None, {"from": ravi.pk, "to": None})
    with pytest.raises(AlreadyDone):
        case.give_up_lead(by=tess, now=now)


def test_nobody_is_named_who_could_not_read_the_incident(now, tess, sam):
    case = incident(now=now)
    with pytest.raises(NotPermitted, match="Sam Stranger"):
        case.hand_over(to=sam, by=tess, now=now)
    with pytest.raises(NotPermitted, match="Sam Stranger"):
        case.assign_role(role=IncidentRole.LEGAL, person=sam, by=tess, now=now)
    assert (case.timeline.count(), case.roles.count()) == (1, 0)


def test_a_hand_over_decided_on_an_old_page_is_a_conflict(now, tess, ravi, mo):
    case = incident(now=now)
    opened_with = case.version
    case.hand_over(to=ravi, by=ravi, now=now)
    with pytest.raises(EditConflict):
        case.hand_over(to=tess, by=tess, now=now, expected=opened_with)
    case.refresh_from_db()
    assert case.lead == ravi


def test_a_role_has_one_holder_and_can_be_released(now, tess, lee, edie):
    case = incident(now=now)
    case.assign_role(role=IncidentRole.LEGAL, person=lee, by=tess, now=now)
    case.assign_role(role=IncidentRole.LEGAL, person=edie, by=tess, now=now)
    assert list(case.roles.values_list("role", "person__name")) == [("legal", "Edie Editor")]

    case.end_role(role=IncidentRole.LEGAL, by=tess, now=now)
    assert case.roles.count() == 0
    with pytest.raises(AlreadyDone):
        case.end_role(role=IncidentRole.LEGAL, by=tess, now=now)
