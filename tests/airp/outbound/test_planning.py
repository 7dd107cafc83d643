"""Planning writes rows with their cause, once."""

from datetime import timedelta

import pytest
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone

from airp.outbound import planning
from airp.outbound.models import BodyPolicy, Clearance, Delivery, DeliveryState, Endpoint, EndpointState
from airp.outbound.planning import BodyTooLarge, UnsafeSubject, plan_webhooks

pytestmark = pytest.mark.django_db


def test_planning_the_same_twice_is_one_unchanged_row(planned):
    first = planned(cause="incident/1#4", text="First wording")
    second = planned(cause="incident/1#4", text="Other wording", priority=5)
    assert first.pk == second.pk
    assert Delivery.objects.get().body == "First wording"
    assert Delivery.objects.get().priority == 1


def test_another_step_recipient_or_cause_is_another_delivery(planned, ravi):
    planned(cause="incident/1#4")
    planned(cause="incident/1#4", step="alert_deputy")
    planned(cause="incident/1#4", recipient=ravi)
    planned(cause="incident/1#5")
    assert Delivery.objects.count() == 4


def test_a_rolled_back_cause_leaves_no_delivery(planned):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        planned()
        raise ZeroDivisionError
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("subject", ["a\r\nBcc: all@example.com", "a\nb", "a\x00b", "a\u2028b"])
def test_a_subject_with_a_line_break_is_refused(planned, subject):
    with pytest.raises(UnsafeSubject):
        planned(subject=subject)
    assert not Delivery.objects.exists()


def test_a_long_subject_is_cut(planned):
    assert len(planned(subject="x" * 999).subject) == 200


def test_the_text_is_not_readable_in_the_database(planned, django_db_blocker):
    planned(text="the canary sings")
    with transaction.get_connection().cursor() as cursor:
        cursor.execute("SELECT body FROM outbound_delivery")
        assert "canary" not in cursor.fetchone()[0]
    assert Delivery.objects.get().body == "the canary sings"


def test_a_newer_status_update_supersedes_the_waiting_one(planned):
    lane = {"ordering_key": "incident/1", "supersedes": "status_update"}
    old, alert = planned(**lane), planned(ordering_key="incident/1")
    new = planned(**lane)
    states = {row.pk: row.state for row in Delivery.objects.all()}
    assert states == {
        old.pk: DeliveryState.SUPERSEDED,
        alert.pk: DeliveryState.PENDING,
        new.pk: DeliveryState.PENDING,
    }


def test_planning_an_old_update_again_does_not_supersede_the_newer_one(planned):
    lane = {"ordering_key": "incident/1", "supersedes": "status_update"}
    planned(cause="incident/1#1", **lane)
    new = planned(cause="incident/1#2", **lane)
    planned(cause="incident/1#1", **lane)
    new.refresh_from_db()
    assert new.state == DeliveryState.PENDING


def test_what_is_due_wakes_a_sender_after_the_commit(planned, django_capture_on_commit_callbacks, monkeypatch):
    woken = []
    monkeypatch.setattr(planning, "wake", lambda name, **ids: woken.append((name, ids)))
    due = planned()
    planned(due_at=timezone.now() + timedelta(hours=1))
    assert woken == [("outbound.send_one", {"delivery_id": due.pk})]


def test_webhooks_go_to_active_endpoints_of_the_type_that_are_cleared(endpoint):
    cleared = Endpoint.objects.create(
        name="SOC", url="https://hooks.example.com/soc", types=["incident.declared"], clearance=Clearance.RESTRICTED
    )
    Endpoint.objects.create(name="Other", url="https://hooks.example.com/b", types=["review.opened"])
    Endpoint.objects.create(
        name="Off",
        url="https://hooks.example.com/c",
        types=["incident.declared"],
        state=EndpointState.DISABLED,
        clearance=Clearance.RESTRICTED,
    )
    facts = {"type": "incident.declared", "data": {"reference": "AIR-2026-0001"}, "now": timezone.now()}
    normal = plan_webhooks(cause="incident/1#1", **facts)
    restricted = plan_webhooks(cause="incident/2#1", visibility=Clearance.RESTRICTED, **facts)
    assert [row.endpoint for row in normal] == [endpoint, cleared]
    assert [row.endpoint for row in restricted] == [cleared]
    assert plan_webhooks(cause="incident/1#1", **facts) == normal


def test_a_fat_webhook_is_refused(endpoint):
    with pytest.raises(BodyTooLarge):
        plan_webhooks(cause="c", type="incident.declared", data={"x": "y" * 20_480}, now=timezone.now())


def test_mails_of_django_become_deliveries_that_are_wiped(mail_server, tess):
    EmailMessage("Your link", "https://airp.example/reset/secret", to=["tess@example.com", "x@example.com"]).send()
    rows = Delivery.objects.order_by("pk")
    assert [(row.address, row.recipient, row.body_policy) for row in rows] == [
        ("tess@example.com", tess, BodyPolicy.WIPE),
        ("x@example.com", None, BodyPolicy.WIPE),
    ]
    assert mail_server.mails == []
