"""Whoever is called finds the incident among their work until somebody acknowledges it, and on its page."""

from datetime import timedelta

import pytest
from django.test import RequestFactory

from incidents.notification.models import Alert, AlertState, Reason
from incidents.notification.panels import alerts_panel
from incidents.notification.work import my_calls
from incidents.response.visibility import Visibility
from tests.incidents.notification.conftest import NOW, draw

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def owed(incident, person, *, now):
    request = RequestFactory().get("/")
    request.user = person
    return [item.title for item in alerts_panel(request, incident, now=now)["owed"]]


def test_a_call_waits_for_whoever_is_called_until_it_is_acknowledged(declared, ravi, uma, tess, mo) -> None:
    incident = declared()
    [item] = my_calls(ravi, now=NOW, most=9)
    assert (item.title, item.url) == ("Acknowledge: Refunds promised", f"/incidents/{incident.reference}/")
    assert item.due_at == incident.acknowledge_due_at
    assert owed(incident, ravi, now=NOW) == [item.title]
    assert my_calls(uma, now=NOW, most=9) == owed(incident, uma, now=NOW) == []

    incident.acknowledge(by=tess, now=NOW + MINUTE)
    draw(now=NOW + MINUTE)
    assert my_calls(ravi, now=NOW, most=9) == owed(incident, ravi, now=NOW + MINUTE) == []


def test_two_calls_about_one_incident_are_one_thing_to_do(declared, ravi, mo) -> None:
    incident = declared()
    first = Alert.objects.get(recipient=ravi)
    again = {"subject_key": first.subject_key, "cause": "again", "raised_at": NOW + MINUTE, "state": AlertState.OPEN}
    Alert.objects.create(incident=incident, recipient=ravi, reason=Reason.SEVERITY_RAISED, **again)
    assert [item.why for item in my_calls(ravi, now=NOW, most=9)] == ["you were called: severity raised"]
    assert len(owed(incident, ravi, now=NOW)) == 1


def test_what_became_hidden_calls_nobody_outside(declared, ravi, uma, mo) -> None:
    incident = declared()
    incident.set_visibility(to=Visibility.RESTRICTED, by=mo, now=NOW, reason="Named people.")
    Alert.objects.filter(recipient=ravi).update(recipient=uma)
    assert my_calls(uma, now=NOW, most=9) == []
    Alert.objects.filter(recipient=uma).update(recipient=mo)
    assert len(my_calls(mo, now=NOW, most=9)) == 1
