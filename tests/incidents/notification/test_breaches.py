"""A breach that waits for a decision calls people until it is decided."""

from datetime import timedelta

import pytest

from airp.outbound.models import AllowedHost, Delivery, Endpoint
from incidents.notification.models import Alert, AlertState, Reason
from incidents.response.kinds import Occasion
from incidents.response.timeline import announce
from tests.incidents.notification.conftest import NOW, draw

pytestmark = pytest.mark.django_db

DUE = NOW + timedelta(minutes=15)


def facts(**given: object) -> dict[str, object]:
    return {
        "breach": 5,
        "title": "Policy breaches above 2 %",
        "due_at": DUE.isoformat(),
        "url": "/breaches/5/",
        "severity": "SEV2",
    } | given


def test_the_owner_of_the_threshold_is_asked_with_the_decision_clock(ravi, mo) -> None:
    announce(Occasion.BREACH_OPENED, facts=facts(owner=ravi.pk), now=NOW)
    draw(now=NOW)

    alert = Alert.objects.get()
    assert (alert.recipient, alert.subject_key, alert.reason) == (ravi, "breach/5", Reason.BREACH_TO_DECIDE)
    assert alert.due_at == DUE
    delivery = Delivery.objects.get()
    assert (delivery.subject, delivery.priority) == ("A breach waits for your decision", 1)
    assert "Policy breaches above 2 %" in delivery.body
    assert "Due: 12 Nov 2026, 14:15 CET" in delivery.body
    assert "/breaches/5/" in delivery.body


def test_with_hardly_any_facts_the_managers_are_asked(mo) -> None:
    announce(Occasion.BREACH_OPENED, facts={"breach": 5}, now=NOW)
    draw(now=NOW)

    assert Alert.objects.get().recipient == mo
    assert "A threshold is over its limit." in Delivery.objects.get().body


def test_a_breach_that_declares_by_itself_asks_nobody(ravi, mo) -> None:
    announce(Occasion.BREACH_OPENED, facts=facts(owner=ravi.pk, policy="declare"), now=NOW)
    draw(now=NOW)

    assert not Alert.objects.exists()


def test_an_unanswered_breach_calls_owner_and_managers(ravi, mo) -> None:
    announce(Occasion.BREACH_OPENED, facts=facts(owner=ravi.pk), now=NOW)
    announce(Occasion.BREACH_UNANSWERED, facts=facts(owner=ravi.pk), now=DUE)
    draw(now=DUE)

    called = Alert.objects.filter(reason=Reason.BREACH_UNANSWERED)
    assert {alert.recipient for alert in called} == {ravi, mo}


def test_a_decision_ends_the_alerts(ravi, mo) -> None:
    announce(Occasion.BREACH_OPENED, facts=facts(owner=ravi.pk), now=NOW)
    announce(Occasion.BREACH_UNANSWERED, facts=facts(owner=ravi.pk), now=DUE)
    announce(Occasion.BREACH_DECIDED, facts=facts(decided_by=mo.pk), now=DUE)
    draw(now=DUE)

    states = {(alert.recipient.name, alert.state) for alert in Alert.objects.all()}
    assert states == {("Ravi Responder", AlertState.WITHDRAWN), ("Mo Manager", AlertState.ACKNOWLEDGED)}


def test_a_breach_whose_hold_ran_out_asks_again(ravi, mo) -> None:
    announce(Occasion.BREACH_OPENED, facts=facts(owner=ravi.pk), now=NOW)
    draw(now=NOW)
    announce(Occasion.BREACH_OPENED, facts=facts(owner=ravi.pk), now=DUE)
    draw(now=DUE)

    assert [alert.recipient for alert in Alert.objects.all()] == [ravi, ravi]
    assert Delivery.objects.count() == 2


def test_endpoints_hear_of_breaches_without_titles_or_people(ravi, mo) -> None:
    AllowedHost.objects.create(name="hooks.example.com", reason="Status page")
    Endpoint.objects.create(name="Status", url="https://hooks.example.com/a", types=["breach.opened"])

    announce(Occasion.BREACH_OPENED, facts=facts(owner=ravi.pk), now=NOW)
    draw(now=NOW)

    hook = Delivery.objects.get(channel="webhook")
    assert hook.kind == "breach.opened"
    assert '"severity":"SEV2"' in hook.body
    assert "Policy breaches" not in hook.body
    assert "owner" not in hook.body


def test_the_owner_of_a_broken_threshold_hears_that_it_is_blind(ravi, mo) -> None:
    told = {"threshold": 9, "owner": ravi.pk, "title": "Refund promises", "url": "/thresholds/9/"}
    announce(Occasion.THRESHOLD_BROKEN, facts=told, now=NOW)
    draw(now=NOW)

    alert = Alert.objects.get()
    assert (alert.recipient, alert.subject_key, alert.state) == (ravi, "threshold/9", AlertState.TOLD)
    delivery = Delivery.objects.get()
    assert delivery.subject == "One of your thresholds cannot be judged"
    assert "Refund promises" in delivery.body
    assert "/thresholds/9/" in delivery.body
