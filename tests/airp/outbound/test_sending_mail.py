"""Mail over a real SMTP server."""

import pytest
from django.core.mail import EmailMessage
from django.utils import timezone

from airp.outbound.models import AllowedHost, Attempt, AttemptOutcome, Delivery, DeliveryState, Endpoint
from airp.outbound.tasks import send_due, send_one

pytestmark = pytest.mark.django_db


def test_a_due_mail_arrives_once_and_is_recorded(planned, mail_server):
    delivery = planned(text="Größe: 3 °C\n.dot line\nPlease acknowledge.")
    send_due()
    send_due()
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.SENT
    assert delivery.sent_at is not None
    [mail] = mail_server.mails
    assert mail["Subject"] == "AIR-2026-0001 SEV1: acknowledge"
    assert mail["To"] == "tess@example.com"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"] == f"<{delivery.idem_key}@localhost>"
    assert mail.get_content_type() == "text/plain"
    assert ".dot line" in mail.get_payload(decode=True).decode()
    assert Attempt.objects.get().outcome == AttemptOutcome.SENT


def test_a_wake_up_sends_that_delivery_only(planned, mail_server):
    one, other = planned(), planned()
    send_one(delivery_id=other.pk)
    one.refresh_from_db()
    assert one.state == DeliveryState.PENDING
    assert len(mail_server.mails) == 1


def test_a_batch_uses_one_connection(planned, mail_server):
    for _number in range(20):
        planned()
    send_due()
    assert len(mail_server.mails) == 20
    assert len(mail_server.senders) == 1


def test_a_temporary_answer_is_tried_again(planned, mail_server):
    mail_server.answer = "451 come back later"
    delivery = planned()
    send_due()
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.PENDING
    assert (delivery.error_class, delivery.error_text) == ("smtp_451", "come back later")
    assert delivery.due_at >= delivery.first_tried_at


def test_a_final_answer_ends_the_delivery(planned, mail_server):
    mail_server.answer = "554 5.7.1 no such tess@example.com"
    delivery = planned()
    send_due()
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.DEAD
    assert delivery.due_at is None
    assert delivery.error_text == "5.7.1 no such [hidden]"


def test_endpoints_hear_of_a_mail_that_failed_for_good(planned, mail_server, endpoint):
    Endpoint.objects.update(types=["delivery.dead"])
    AllowedHost.objects.all().delete()
    mail_server.answer = "554 no"
    mail = planned(subject_key="incident/1")
    send_due()
    send_due()
    [notice] = Delivery.objects.exclude(pk=mail.pk)
    assert (notice.kind, notice.endpoint) == ("delivery.dead", endpoint)
    assert f'"delivery":{mail.pk}' in notice.body


def test_a_mail_server_that_is_away_is_tried_again(planned, mail_server, settings):
    settings.MAILERS["smtp"]["OPTIONS"]["port"] = 1
    delivery = planned()
    send_due()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.error_class) == (DeliveryState.PENDING, "mail_server_away")


def test_a_one_time_link_is_wiped_once_sent(mail_server):
    EmailMessage("Your link", "https://airp.example/reset/secret", to=["x@example.com"]).send()
    send_due()
    assert "reset/secret" in mail_server.mails[0].get_payload()
    assert Delivery.objects.get().body == ""


def test_paused_sends_nothing_and_keeps_everything(planned, mail_server, settings):
    settings.OUTBOUND = "paused"
    delivery = planned()
    send_due()
    send_one(delivery_id=delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempt_count) == (DeliveryState.PENDING, 0)
    assert mail_server.mails == []


def test_what_expired_is_not_sent_but_shown(planned, mail_server):
    delivery = planned(expires_at=timezone.now())
    send_due()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.error_class) == (DeliveryState.DEAD, "expired")
    assert mail_server.mails == []


def test_an_error_of_ours_dies_after_three_tries_and_stops_nobody(planned, mail_server, monkeypatch):
    poisoned, healthy = planned(text="poison"), planned(text="fine")

    def explode(delivery):
        if delivery.body == "poison":
            raise KeyError("name")
        return EmailMessage(delivery.subject, delivery.body, to=[delivery.address])

    monkeypatch.setattr("airp.outbound.mail.message_of", explode)
    for _sweep in range(4):
        send_due()
        Delivery.objects.filter(state=DeliveryState.PENDING).update(due_at=timezone.now())
    poisoned.refresh_from_db()
    healthy.refresh_from_db()
    assert (poisoned.state, poisoned.error_class) == (DeliveryState.DEAD, "KeyError")
    assert "trace" in poisoned.error_text
    assert poisoned.attempts.count() == 3
    assert healthy.state == DeliveryState.SENT
