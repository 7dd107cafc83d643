"""Declaring with a key, at the same moment."""

import pytest

from incidents.response.declaring import Declaration, declare_once
from incidents.response.models import Incident
from tests.incidents.cases import assistant, level
from tests.racing import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_same_filling_in_of_a_form_declares_once_however_often_it_is_pressed(now, tess):
    declaration = Declaration(title="Refunds", system=assistant(), severity=level("SEV2"), dedup_key="form/1/one")
    found, refused = at_once(*[lambda: declare_once(declaration, by=tess, now=now)] * 4)
    assert sorted(is_new for _incident, is_new in found) == [False, False, False, True]
    assert {incident.pk for incident, _is_new in found} == {Incident.objects.get().pk}
    assert refused == []
