"""Acknowledging from the mail: one person, one incident, once; opening the link changes nothing."""

from datetime import timedelta

import pytest
from django.test import Client

from airp.outbound.enclosures import ENCLOSED, with_enclosures
from airp.outbound.models import Delivery
from incidents.notification.levels import LevelState
from incidents.notification.mail_links import VALID_FOR, AcknowledgeLink, LinkRefused
from incidents.response.kinds import Kind
from incidents.response.models import Incident
from incidents.response.names import Names
from incidents.response.sentences import sentence
from incidents.response.visibility import Visibility
from tests.incidents.notification.conftest import NOW, draw

pytestmark = pytest.mark.django_db
SOON = NOW + timedelta(minutes=3)


@pytest.fixture
def clock(monkeypatch):
    """The time at which the page is opened."""

    def at(moment):
        monkeypatch.setattr("incidents.notification.mail_link_pages.timezone.now", lambda: moment)

    at(SOON)
    return at


def path_of(delivery) -> str:
    address = delivery.enclosure
    return address[address.index("/acknowledge/") :]


def page(client, path, *, post=False) -> tuple[int, str]:
    response = client.post(path) if post else client.get(path)
    return response.status_code, response.content.decode()


def test_the_link_is_in_the_mail_only_and_acknowledges_once(declared, ravi, mo, client, clock):
    incident = declared()
    delivery = Delivery.objects.get(recipient=ravi)
    path = path_of(delivery)
    assert ENCLOSED in delivery.body
    assert path not in delivery.body
    assert path in with_enclosures(delivery.body, delivery.enclosure)

    for _scan in range(2):  # mail scanners open links, also more than once
        status, html = page(client, path)
        assert (status, '<button class="btn primary">Acknowledge' in html) == (200, True)
        assert "Refunds promised" not in html
    incident.refresh_from_db()
    assert incident.acknowledged_at is None

    status, html = page(client, path, post=True)
    assert (status, "Acknowledged by Ravi Responder" in html) == (200, True)
    incident.refresh_from_db()
    assert (incident.acknowledged_by, incident.acknowledged_at) == (ravi, SOON)
    entry = incident.timeline.get(kind=Kind.ACKNOWLEDGED)
    assert (entry.actor, entry.facts) == (ravi, {"way": "mail_link"})
    assert sentence(entry, Names()) == "Acknowledged by mail link"
    draw(now=SOON)
    assert not incident.escalation_levels.filter(state=LevelState.WAITING).exists()

    for post in (False, True):
        assert "This link was used at" in page(client, path, post=post)[1]
    assert incident.timeline.filter(kind=Kind.ACKNOWLEDGED).count() == 1


@pytest.mark.parametrize("case", ["forged", "expired", "role lost", "left", "outside", "already", "not signed in csrf"])
def test_what_a_link_must_not_do(declared, ravi, tess, mo, client, clock, case):
    restricted = {"visibility": Visibility.RESTRICTED} if case == "outside" else {}
    incident = declared(**restricted)
    path = path_of(Delivery.objects.get(recipient=ravi))
    if case == "forged":
        path = path[:-3] + ("ab/" if not path.endswith("ab/") else "cd/")
    if case == "expired":
        clock(NOW + VALID_FOR + timedelta(minutes=1))
    if case == "role lost":
        ravi.roles = ["legal"]
    if case == "left":
        ravi.is_active = False
    ravi.save()
    if case == "outside":
        incident.system.ownerships.all().delete()
    if case == "already":
        incident.acknowledge(by=tess, now=NOW)
    before = incident.timeline.count()
    visitor = Client(enforce_csrf_checks=True) if case == "not signed in csrf" else client

    status, html = page(visitor, path, post=True)

    expected = {"forged": (404, ""), "expired": (409, "This link ended at"), "already": (409, "already acknowledged")}
    expected |= {"not signed in csrf": (403, "")}
    wanted_status, words = expected.get(case, (409, "no longer allow"))
    assert (status, words in html) == (wanted_status, True)
    assert incident.timeline.count() == before
    assert Incident.objects.get(pk=incident.pk).acknowledged_by == (tess if case == "already" else None)
    assert not AcknowledgeLink.objects.filter(used_at__isnull=False).exists()


def test_who_may_not_acknowledge_gets_no_link_and_two_people_get_two(declared, system, lee, ravi, mo):
    ravi.is_active = False
    ravi.save()
    declared()  # Lee, of legal, stands in

    assert Delivery.objects.get(recipient=lee).enclosure == ""
    assert not AcknowledgeLink.objects.exists()


def test_of_two_who_press_at_once_one_wins(declared, ravi, mo):
    incident = declared()
    AcknowledgeLink.issue(incident, mo, now=NOW)
    mine, theirs = AcknowledgeLink.objects.get(person=ravi), AcknowledgeLink.objects.get(person=mo)

    mine.use(now=SOON)
    with pytest.raises(LinkRefused, match="already acknowledged"):
        theirs.use(now=SOON)
    assert incident.timeline.filter(kind=Kind.ACKNOWLEDGED).count() == 1
