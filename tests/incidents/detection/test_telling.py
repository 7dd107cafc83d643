"""What follows from a breach in the rest of the product, through the real table of reactions."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from airp.outbound.models import Delivery
from incidents.detection.breaches import Breach
from incidents.detection.choices import OnBreach
from incidents.detection.tasks import check_decisions, check_thresholds, keep_signals
from incidents.detection.thresholds import Threshold
from incidents.detection.verdicts import Verdict
from incidents.notification.models import Alert, AlertState
from incidents.response.kinds import Kind
from incidents.response.models import Incident
from incidents.response.timeline import react_to_next, stuck_reactions
from tests.incidents.detection import makers
from tests.incidents.detection.makers import MINUTE
from tests.incidents.detection.test_ticks import count


@pytest.fixture
def over(db) -> Threshold:
    """A threshold whose last whole minutes are over its limit."""
    makers.source()
    threshold = makers.threshold()
    now = timezone.now()
    makers.version(threshold, now=now - timedelta(days=1))
    minute = now.replace(second=0, microsecond=0)
    for number in range(1, 4):
        count(minute - number * MINUTE, answers=200, violations=20)
    return threshold


def react_to_all() -> None:
    while react_to_next(now=timezone.now()):
        pass
    assert not stuck_reactions().exists()


def test_the_owner_is_called_to_decide_and_left_in_peace_afterwards(over, tess):
    assert check_thresholds() == 1
    react_to_all()
    breach = Breach.objects.get()
    alert = Alert.objects.get()
    assert (alert.recipient, alert.due_at) == (tess, breach.decision_due_at)
    mail = Delivery.objects.get()
    assert reverse("incidents:breach", args=[breach.pk]) in mail.body
    breach.dismiss(verdict=Verdict.FALSE_ALARM, by=tess, now=timezone.now(), reason="A load test.")
    react_to_all()
    alert.refresh_from_db()
    assert alert.state != AlertState.OPEN


def test_an_unanswered_breach_reaches_the_managers(over, mo):
    check_thresholds()
    Breach.objects.update(decision_due_at=timezone.now())
    assert check_decisions() == 1
    assert check_decisions() == 0
    react_to_all()
    assert Alert.objects.filter(recipient=mo).count() == 1


def test_a_declared_incident_shows_the_breach_on_its_page(over, client_for, tess):
    Threshold.objects.update(on_breach=OnBreach.DECLARE)
    check_thresholds()
    react_to_all()
    incident = Incident.objects.get()
    assert list(incident.timeline.order_by("seq").values_list("kind", flat=True))[:2] == [
        Kind.DECLARED,
        Kind.BREACH_ATTACHED,
    ]
    page = client_for(tess).get(reverse("incidents:incident", args=[incident.reference])).content.decode()
    assert reverse("incidents:breach", args=[Breach.objects.get().pk]) in page


def test_health_tells_when_nothing_is_judged_any_more(over, client, settings):
    check_thresholds()
    keep_signals()
    assert '"thresholds", "ok": true' in client.get("/health/ready").content.decode()
    settings.READY_TICK_AGE_SECONDS = -1
    assert '"thresholds", "ok": false' in client.get("/health/ready").content.decode()
