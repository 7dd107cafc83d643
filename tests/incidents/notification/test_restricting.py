"""An incident restricted after everybody worked on it: what waits to leave about it says no more than it may."""

from datetime import timedelta
from uuid import uuid4

import pytest

from airp.outbound.endpoints import Clearance
from airp.outbound.models import AllowedHost, Delivery, DeliveryState, Endpoint
from incidents.notification.bundling import post_waiting
from incidents.notification.models import Alert, AlertState
from incidents.response.kinds import Occasion
from incidents.response.timeline import announce
from incidents.response.visibility import Visibility
from tests.incidents.notification.conftest import NOW, draw
from tests.incidents.notification.test_bundling import breach

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
TITLE = "Named person hurt"


def restrict(incident, by, *, now=NOW + SECOND):
    incident.set_visibility(to=Visibility.RESTRICTED, by=by, now=now, reason="Names in it.")
    draw(now=now)


def task(incident, owner):
    return {
        "task": 7, "incident": incident.pk, "number": 3, "title": TITLE, "owner": owner.pk,
        "due_at": NOW.isoformat(), "url": "/tasks/7/",
    }  # fmt: skip


def waiting(person):
    return list(Delivery.objects.filter(recipient=person, state=DeliveryState.PENDING).order_by("pk"))


def test_outsiders_get_no_mail_that_waited_and_insiders_one_without_words(declared, ravi, lee, mo, edie):
    incident = declared(title=TITLE)
    announce(Occasion.TASK_DUE, facts=task(incident, edie), now=NOW)
    draw(now=NOW)
    before = {person: waiting(person) for person in (ravi, edie)}
    assert [TITLE in mail.body for mails in before.values() for mail in mails] == [True, True]
    restrict(incident, lee)

    assert waiting(edie) == []
    [again] = waiting(ravi)
    assert (TITLE in again.body, again.subject) == (False, f"{incident.reference} SEV2: incident declared")
    withheld = Delivery.objects.filter(state=DeliveryState.SUPERSEDED)
    assert set(withheld.values_list("body", "visibility", "due_at")) == {("", Clearance.RESTRICTED, None)}
    assert withheld.count() == 2
    assert set(Alert.objects.filter(recipient=edie).values_list("state", "mail_due_at")) == {
        (AlertState.WITHDRAWN, None)
    }


def test_a_mail_about_several_things_keeps_the_others(declared, ravi, lee, edie, mo):
    incident = declared(title=TITLE)
    announce(Occasion.TASK_DUE, facts=task(incident, edie), now=NOW)
    announce(Occasion.BREACH_OPENED, facts=breach(1, edie), now=NOW)
    draw(now=NOW)
    [bundle] = waiting(edie)
    assert ("/breaches/1/" in bundle.body, TITLE in bundle.body) == (True, True)
    restrict(incident, lee)
    post_waiting(now=NOW + 2 * SECOND)

    [again] = waiting(edie)
    assert ("/breaches/1/" in again.body, TITLE in again.body, incident.reference in again.body) == (True, False, False)


def test_what_was_raised_and_not_mailed_yet_carries_no_words_either(declared, ravi, lee, mo):
    incident = declared(title=TITLE)
    announce(Occasion.TASK_DUE, facts=task(incident, ravi), now=NOW)
    draw(now=NOW)
    alert = Alert.objects.get(recipient=ravi, reason="task_due")
    Delivery.objects.filter(pk=alert.delivery_id).update(state=DeliveryState.SUPERSEDED, due_at=None, idem_key=uuid4())
    Alert.objects.filter(pk=alert.pk).update(delivery=None, mail_due_at=NOW + 30 * SECOND)
    restrict(incident, lee)
    post_waiting(now=NOW + 90 * SECOND)
    texts = [mail.body for mail in waiting(ravi)]
    assert [TITLE in text for text in texts].count(True) == 0
    assert any(f"{incident.reference}, task 3" in text for text in texts)


def test_only_cleared_endpoints_hear_what_waited_for_them(declared, lee, mo):
    AllowedHost.objects.create(name="hooks.example.com", reason="r")
    given = {"url": "https://hooks.example.com/x", "types": ["incident.declared"]}
    open_one = Endpoint.objects.create(name="Pager", **given)
    cleared = Endpoint.objects.create(name="SOC", clearance=Clearance.RESTRICTED, **given)
    restrict(declared(), lee)
    assert open_one.deliveries.get().state == DeliveryState.SUPERSEDED
    assert cleared.deliveries.get().state == DeliveryState.PENDING
    assert {each.visibility for each in Delivery.objects.all()} == {Clearance.RESTRICTED}


def test_opening_it_again_withholds_nothing(declared, lee, mo):
    incident = declared(visibility=Visibility.RESTRICTED)
    before = list(Delivery.objects.order_by("pk").values())
    incident.set_visibility(to=Visibility.NORMAL, by=lee, now=NOW + SECOND, reason="Nobody is named.")
    draw(now=NOW + SECOND)
    assert list(Delivery.objects.order_by("pk").values())[: len(before)] == before
