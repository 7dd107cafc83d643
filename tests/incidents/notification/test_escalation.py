"""The rungs: who is called next, and that acknowledging and escalating never both win."""

import os
import threading
from datetime import timedelta

import pytest
from django.db import connection, connections

from airp.outbound.models import Delivery, DeliveryState
from incidents.notification.bundling import post_waiting
from incidents.notification.escalation import climb_past, escalate, failed_alerts, overdue_incidents
from incidents.notification.levels import EscalationLevel, LevelState
from incidents.notification.models import Alert, AlertState, Reason
from incidents.notification.tasks import climb
from incidents.response.kinds import Kind
from incidents.response.models import Incident
from incidents.response.visibility import Visibility
from incidents.systems.models import Ownership
from tests.incidents.notification.conftest import NOW, draw

pytestmark = pytest.mark.django_db

AFTER_FIRST = NOW + timedelta(minutes=30)
AFTER_SECOND = NOW + timedelta(minutes=60)
# The promise is for 500: AIRP_TEST_RACES=500 make test only=tests/incidents/notification/test_escalation.py
RACES = int(os.environ.get("AIRP_TEST_RACES", "15"))


def test_nothing_is_due_before_its_time(declared, mo) -> None:
    incident = declared()

    assert overdue_incidents(now=AFTER_FIRST - timedelta(seconds=1)) == []
    assert escalate(incident.pk, now=AFTER_FIRST - timedelta(seconds=1)) == 0
    assert Alert.objects.filter(reason=Reason.NOT_ACKNOWLEDGED).count() == 0


def test_the_deputy_is_called_first_and_then_the_managers(declared, lee, mo) -> None:
    incident = declared()

    assert escalate(incident.pk, now=AFTER_FIRST) == 1
    assert escalate(incident.pk, now=AFTER_FIRST) == 0
    assert escalate(incident.pk, now=AFTER_SECOND) == 1

    called = Alert.objects.filter(reason=Reason.NOT_ACKNOWLEDGED).order_by("pk")
    assert [(alert.recipient, alert.level.number) for alert in called] == [(lee, 1), (mo, 2)]
    entries = incident.timeline.filter(kind=Kind.ESCALATED).order_by("seq")
    assert [entry.facts["people"] for entry in entries] == [[lee.pk], [mo.pk]]
    assert {level.state for level in incident.escalation_levels.all()} == {LevelState.ALERTED}
    assert post_waiting(now=AFTER_SECOND) == 2
    assert Delivery.objects.count() == 3


def test_a_late_sweep_climbs_every_due_rung(declared, lee, mo) -> None:
    incident = declared()

    assert overdue_incidents(now=AFTER_SECOND) == [incident.pk]
    assert escalate(incident.pk, now=AFTER_SECOND) == 2


def test_an_acknowledged_incident_is_not_escalated(declared, tess, mo) -> None:
    incident = declared()
    incident.acknowledge(by=tess, now=NOW)  # its consequences are not drawn yet

    assert escalate(incident.pk, now=AFTER_SECOND) == 0
    assert {level.state for level in incident.escalation_levels.all()} == {LevelState.CANCELLED}
    assert not incident.timeline.filter(kind=Kind.ESCALATED).exists()


def test_the_deputy_named_at_the_declaration_is_called_even_after_a_change_of_owners(declared, lee, mo) -> None:
    incident = declared()
    Ownership.objects.all().delete()

    escalate(incident.pk, now=AFTER_FIRST)

    assert Alert.objects.get(reason=Reason.NOT_ACKNOWLEDGED).recipient == lee


def test_escalating_a_restricted_incident_stays_among_its_people(declared, system, ravi, lee, tess, mo) -> None:
    incident = declared(visibility=Visibility.RESTRICTED)

    escalate(incident.pk, now=AFTER_SECOND)

    assert mo not in {alert.recipient for alert in Alert.objects.all()}
    assert {alert.recipient for alert in Alert.objects.filter(level__number=2)} == {ravi, lee, tess}


@pytest.mark.parametrize(("severity", "climbed"), [("SEV2", 1), ("SEV3", 0)])
def test_a_dead_alert_of_the_two_worst_levels_calls_the_next_rung_at_once(declared, lee, mo, severity, climbed) -> None:
    incident = declared(severity=severity)
    Delivery.objects.update(state=DeliveryState.DEAD, due_at=None)

    found = failed_alerts()
    assert sum(climb_past(alert, incident_id=about, now=NOW) for alert, about in found) == climbed
    assert failed_alerts() == []
    assert Alert.objects.filter(reason=Reason.UNREACHED, recipient=lee).count() == climbed
    assert EscalationLevel.objects.filter(incident=incident, state=LevelState.ALERTED).count() == climbed


def test_one_incident_that_raises_does_not_stop_its_neighbours(declared, mo, monkeypatch) -> None:
    broken, sound = declared(), declared()

    def only_the_sound(incident_id, *, now):
        if incident_id == broken.pk:
            raise RuntimeError("cannot be escalated")
        return escalate(incident_id, now=now)

    monkeypatch.setattr("incidents.notification.tasks.escalate", only_the_sound)

    assert climb.run() == 2
    assert Alert.objects.filter(reason=Reason.NOT_ACKNOWLEDGED, incident=sound).count() == 2


@pytest.mark.django_db(transaction=True)
def test_acknowledging_and_escalating_never_both_win(declared, tess, mo) -> None:
    """Whoever commits second sees the other: no escalation stands after the acknowledgement in the record."""
    won = {"acknowledged": 0, "escalated": 0}
    for turn in range(RACES):
        incident = declared()
        _race(incident, tess, acknowledges_first=bool(turn % 2))
        kinds = list(incident.timeline.order_by("seq").values_list("kind", flat=True))
        assert kinds.count(Kind.ACKNOWLEDGED) == 1
        if Kind.ESCALATED in kinds:
            won["escalated"] += 1
            assert kinds.index(Kind.ESCALATED) < kinds.index(Kind.ACKNOWLEDGED)
        else:
            won["acknowledged"] += 1
        draw(now=AFTER_FIRST)
        assert not incident.escalation_levels.filter(state=LevelState.WAITING).exists()
        assert not incident.alerts.filter(state=AlertState.OPEN).exists()
    assert sum(won.values()) == RACES


def _race(incident: Incident, tess, *, acknowledges_first: bool) -> None:
    gate = threading.Barrier(2)
    troubles: list[BaseException] = []

    def run(act) -> None:
        try:
            gate.wait(timeout=5)
            act()
        except BaseException as error:  # noqa: BLE001 - told to the test below
            troubles.append(error)
        finally:
            connections.close_all()

    acts = [
        lambda: Incident.objects.get(pk=incident.pk).acknowledge(by=tess, now=AFTER_FIRST),
        lambda: escalate(incident.pk, now=AFTER_FIRST),
    ]
    threads = [threading.Thread(target=run, args=(act,)) for act in (acts if acknowledges_first else acts[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    connection.ensure_connection()
    assert troubles == []
