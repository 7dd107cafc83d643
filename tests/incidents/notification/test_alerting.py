"""Who is called when something happens to an incident, and what the mail says."""

from datetime import timedelta

import pytest

from airp.accounts.models import User
from airp.accounts.roles import Role
from airp.outbound.models import AllowedHost, Delivery, Endpoint
from incidents.classification.models import HarmKind, SeverityLevel
from incidents.notification.levels import EscalationLevel, LevelState
from incidents.notification.models import Alert, AlertState, Reason
from incidents.notification.reacting import call_owner
from incidents.notification.wording import one_line
from incidents.response.kinds import Kind
from incidents.response.timeline import PendingReaction
from incidents.response.visibility import Visibility
from incidents.systems.models import Ownership
from tests.incidents.notification.conftest import NOW, draw

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(minutes=4)


def test_declaring_alerts_the_owner_by_one_mail_and_writes_the_rungs(declared, ravi, lee, mo) -> None:
    incident = declared()

    alert = Alert.objects.get()
    assert (alert.recipient, alert.reason, alert.state) == (ravi, Reason.DECLARED, AlertState.OPEN)
    assert alert.due_at == incident.acknowledge_due_at
    delivery = Delivery.objects.get()
    assert alert.delivery == delivery
    assert delivery.address == ravi.email
    entry = incident.timeline.get(kind=Kind.ALERT_RAISED)
    assert entry.facts == {"reason": "declared", "people": [ravi.pk]}
    rungs = [(level.target, level.person, level.due_at) for level in incident.escalation_levels.all()]
    half_hour = timedelta(minutes=30)
    assert rungs == [("deputy", lee, NOW + half_hour), ("role", None, NOW + 2 * half_hour)]


def test_the_mail_says_what_where_what_next_and_who_follows(declared, ravi, mo) -> None:
    incident = declared()

    delivery = Delivery.objects.get()
    assert delivery.subject == f"{incident.reference} SEV2: incident declared"
    body = delivery.body
    assert "Refunds promised" in body
    assert "System: Assistant" in body
    assert "Acknowledge it, then triage" in body
    assert "Due: 12 Nov 2026, 14:30 CET" in body
    assert f"/incidents/{incident.reference}/" in body
    assert "Nobody else was told." in body
    assert "If nobody acknowledges it, Lee Legal will be called at 12 Nov 2026, 14:30 CET." in body
    assert "\n\n\n" not in body


def test_the_mail_of_a_restricted_incident_says_reference_and_level_only(declared, ravi) -> None:
    incident = declared(visibility=Visibility.RESTRICTED, title="Named person hurt")

    delivery = Delivery.objects.get(recipient=ravi)
    assert delivery.visibility == "restricted"
    assert incident.reference in delivery.body
    assert "SEV2" in delivery.body
    for secret in ("Named person", "Assistant", "Lee Legal"):
        assert secret not in delivery.subject + delivery.body


def test_drawing_the_same_fact_twice_alerts_once(declared, ravi) -> None:
    incident = declared()
    entry = incident.timeline.get(kind=Kind.DECLARED)

    call_owner(PendingReaction(kind=Kind.DECLARED, entry=entry), now=LATER)

    assert Alert.objects.count() == Delivery.objects.count() == 1
    assert EscalationLevel.objects.count() == 2


def test_without_an_owner_all_active_managers_are_alerted(declared, system, mo) -> None:
    Ownership.objects.all().delete()
    second, gone = (
        User.objects.create_user(email=f"{name}@example.com", name=name, roles=[Role.MANAGER])
        for name in ("mia", "gus")
    )
    gone.is_active = False
    gone.save()

    incident = declared()

    assert {alert.recipient for alert in incident.alerts.all()} == {mo, second}
    assert [level.target for level in incident.escalation_levels.all()] == ["role"]


def test_an_owner_who_left_is_replaced_by_the_deputy(declared, ravi, lee, mo) -> None:
    ravi.is_active = False
    ravi.save()

    incident = declared()

    assert incident.alerts.get().recipient == lee


def test_without_owner_and_managers_whoever_declared_it_is_alerted(declared, tess) -> None:
    Ownership.objects.all().delete()

    assert declared().alerts.get().recipient == tess


def test_when_nobody_can_be_alerted_the_record_says_so(declared, system, ravi, lee) -> None:
    for each in (ravi, lee):
        each.is_active = False
        each.save()

    incident = declared(by=None)

    assert not Alert.objects.exists()
    assert incident.timeline.get(kind=Kind.ALERT_RAISED).facts["people"] == []
    assert incident.escalation_levels.filter(state=LevelState.WAITING).count() == 2


def test_a_manager_outside_a_restricted_incident_is_not_told_of_it(declared, system, tess, mo) -> None:
    Ownership.objects.all().delete()

    incident = declared(visibility=Visibility.RESTRICTED)

    assert [alert.recipient for alert in incident.alerts.all()] == [tess]


def test_raising_the_severity_alerts_owner_and_lead_and_moves_the_rungs(declared, ravi, tess, mo) -> None:
    incident = declared(severity="SEV3")
    incident.hand_over(to=tess, by=tess, now=NOW)
    incident.raise_severity(to=SeverityLevel.objects.get(slug="SEV1"), by=tess, now=LATER, reason="A child is hurt")
    draw(now=LATER)

    raised = Alert.objects.filter(reason=Reason.SEVERITY_RAISED)
    assert {alert.recipient for alert in raised} == {ravi, tess}
    quarter = timedelta(minutes=15)
    assert [level.due_at for level in incident.escalation_levels.all()] == [NOW + quarter, NOW + 2 * quarter]


def test_an_alert_on_an_acknowledged_incident_asks_for_nothing(declared, ravi, tess) -> None:
    incident = declared(severity="SEV3")
    incident.acknowledge(by=tess, now=NOW)
    draw(now=NOW)
    incident.raise_severity(to=SeverityLevel.objects.get(slug="SEV2"), by=tess, now=LATER, reason="More people")
    draw(now=LATER)

    alert = Alert.objects.get(reason=Reason.SEVERITY_RAISED)
    assert (alert.recipient, alert.state, alert.due_at) == (ravi, AlertState.TOLD, None)
    assert "You need not answer" in alert.delivery.body


def test_acknowledging_ends_the_alerts_and_cancels_the_rungs(declared, ravi, tess) -> None:
    incident = declared()
    incident.acknowledge(by=ravi, now=LATER)
    draw(now=LATER)

    assert Alert.objects.get().state == AlertState.ACKNOWLEDGED
    assert {level.state for level in incident.escalation_levels.all()} == {LevelState.CANCELLED}


@pytest.mark.parametrize("act", ["triage", "dismiss"])
def test_triage_or_dismissal_by_another_withdraws_the_alert(declared, tess, act) -> None:
    incident = declared()
    if act == "triage":
        harm, level = HarmKind.objects.get(slug="other"), SeverityLevel.objects.get(slug="SEV2")
        incident.triage(severity=level, harm_kind=harm, by=tess, now=LATER, note="It flatters.")
    else:
        incident.dismiss(by=tess, now=LATER, reason="A test by the vendor")
    draw(now=LATER)

    alert = Alert.objects.get()
    assert (alert.state, alert.ended_at is not None) == (AlertState.WITHDRAWN, True)
    assert not EscalationLevel.objects.filter(state=LevelState.WAITING).exists()


def test_reopening_alerts_lead_and_owner_again(declared, ravi, tess) -> None:
    incident = declared()
    incident.dismiss(by=tess, now=NOW, reason="Looked harmless")
    incident.reopen(by=tess, now=LATER, reason="It came back")
    draw(now=LATER)

    assert Alert.objects.get(reason=Reason.REOPENED).recipient == ravi


def test_endpoints_hear_thin_events_in_order_and_nothing_of_restricted_incidents(declared, tess) -> None:
    AllowedHost.objects.create(name="hooks.example.com", reason="Status page")
    types = ["incident.declared", "incident.acknowledged"]
    Endpoint.objects.create(name="Status", url="https://hooks.example.com/a", types=types)

    incident = declared()
    incident.acknowledge(by=tess, now=LATER)
    declared(visibility=Visibility.RESTRICTED)
    draw(now=LATER)

    hooks = Delivery.objects.filter(channel="webhook").order_by("pk")
    assert [hook.kind for hook in hooks] == types
    assert all(incident.reference in hook.body and "Refunds" not in hook.body for hook in hooks)
    assert '"actor_roles":["triage"]' in hooks[0].body


def test_hostile_titles_become_one_plain_line() -> None:
    assert one_line("Refund\r\nBcc: x@y\u202egnp\u200b  \x00now\u2028!") == "Refund Bcc: x@ygnp now !"
