"""The delivery pages and the admin of endpoints, through HTTP."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from airp.audit.models import AuditEntry
from airp.outbound.frame import oldest_due
from airp.outbound.models import (
    AllowedHost,
    Attempt,
    AttemptOutcome,
    BodyPolicy,
    Clearance,
    Delivery,
    DeliveryAlreadyEnded,
    DeliveryNotFailed,
    DeliveryState,
    Endpoint,
    Handling,
)
from airp.outbound.queries import COUNT_LIMIT, PAGE_SIZE
from airp.web.context import compose

pytestmark = pytest.mark.django_db
LIST = "/deliveries/"


@pytest.fixture(autouse=True)
def plain_static_files(settings):
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


def signed_in(person):
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def dead(planned):
    delivery = planned()
    Delivery.objects.filter(pk=delivery.pk).update(
        state=DeliveryState.DEAD, due_at=None, attempt_count=12, error_class="smtp_451", error_text="later"
    )
    delivery.refresh_from_db()
    return delivery


def test_the_list_begins_with_what_failed(dead, planned, ravi):
    planned(subject="Waiting one")
    page = signed_in(ravi).get(LIST).content.decode()
    assert dead.subject in page
    assert "Failed" in page
    assert "Waiting one" not in page
    assert "Waiting one" in signed_in(ravi).get(f"{LIST}?show=waiting").content.decode()


def test_an_empty_list_says_why(ravi):
    assert "Everything got through" in signed_in(ravi).get(LIST).content.decode()


def test_the_list_pages_by_key(planned, ravi):
    rows = [planned(subject=f"Mail {number:03}") for number in range(PAGE_SIZE * 2 + 5)]
    client = signed_in(ravi)
    seen, url = [], f"{LIST}?show=waiting"
    while url:
        context = client.get(url).context
        seen += [row["pk"] for row in context["rows"]]
        url = context["older_url"]
    assert seen == [row.pk for row in reversed(rows)]
    newer = client.get(f"{LIST}?show=waiting&after={seen[PAGE_SIZE]}").context
    assert [row["pk"] for row in newer["rows"]] == seen[:PAGE_SIZE]


def test_the_list_takes_few_queries(planned, ravi, django_assert_max_num_queries):
    for _number in range(PAGE_SIZE):
        planned()
    client = signed_in(ravi)
    with django_assert_max_num_queries(5):
        client.get(f"{LIST}?show=all", headers={"HX-Request": "true"})


@pytest.mark.parametrize("query", ["show=nothing", "before=x", "after=-1", "before=" + "9" * 40])
def test_a_crooked_address_is_a_bad_request(ravi, query):
    assert signed_in(ravi).get(f"{LIST}?{query}").status_code == 400


def test_who_may_not_read_deliveries_is_refused(dead, edie):
    assert signed_in(edie).get(LIST).status_code == 403
    assert signed_in(edie).get(f"{LIST}{dead.pk}/").status_code == 403


def test_the_page_shows_tries_and_the_text_to_its_recipient(dead, tess, ravi, mo):
    now = timezone.now()
    Attempt.objects.create(
        delivery=dead, number=1, started_at=now, finished_at=now, outcome=AttemptOutcome.FAILED, error_text="later"
    )
    url = f"{LIST}{dead.pk}/"
    assert "An incident waits for you." in signed_in(tess).get(url).content.decode()
    assert "An incident waits for you." in signed_in(mo).get(url).content.decode()
    others = signed_in(ravi).get(url).content.decode()
    assert "An incident waits for you." not in others
    assert "later" in others


def test_a_restricted_delivery_hides_subject_and_text(planned, tess, ravi, ada):
    delivery = planned(visibility=Clearance.RESTRICTED, subject="AIR-2026-0007 SEV1", text="canary")
    for person in (ravi, ada):
        for url in (f"{LIST}?show=all", f"{LIST}{delivery.pk}/"):
            page = signed_in(person).get(url).content.decode()
            assert "AIR-2026-0007" not in page
            assert "canary" not in page
    assert "AIR-2026-0007" in signed_in(tess).get(f"{LIST}{delivery.pk}/").content.decode()


def test_a_one_time_link_is_shown_to_nobody(dead, tess, mo):
    Delivery.objects.filter(pk=dead.pk).update(body_policy=BodyPolicy.WIPE)
    for person in (tess, mo):
        assert "An incident waits for you." not in signed_in(person).get(f"{LIST}{dead.pk}/").content.decode()


def test_a_manager_puts_a_failed_delivery_back_with_a_reason(dead, mo):
    response = signed_in(mo).post(f"{LIST}{dead.pk}/retry/", {"reason": "The mail server is back."})
    assert response.status_code == 302
    before = dead.idem_key
    dead.refresh_from_db()
    assert (dead.state, dead.tries, dead.idem_key) == (DeliveryState.PENDING, 0, before)
    handling = Handling.objects.get()
    assert (handling.by, handling.reason) == (mo, "The mail server is back.")
    entry = AuditEntry.objects.get(act="delivery_retried")
    assert entry.actor == mo
    assert entry.facts["delivery"] == dead.pk
    assert "mail server" not in str(entry.facts)


def test_without_a_reason_nothing_happens(dead, mo):
    for act in ("retry", "discard"):
        assert signed_in(mo).post(f"{LIST}{dead.pk}/{act}/", {"reason": " "}).status_code == 422
    dead.refresh_from_db()
    assert dead.state == DeliveryState.DEAD
    assert not AuditEntry.objects.exists()


def test_a_manager_discards_a_delivery(dead, mo):
    signed_in(mo).post(f"{LIST}{dead.pk}/discard/", {"reason": "Told by telephone."})
    dead.refresh_from_db()
    assert dead.state == DeliveryState.CANCELLED
    assert AuditEntry.objects.get().act == "delivery_discarded"


@pytest.mark.parametrize("act", ["retry", "discard"])
def test_who_may_only_read_changes_nothing(dead, ravi, act):
    assert signed_in(ravi).post(f"{LIST}{dead.pk}/{act}/", {"reason": "I want it"}).status_code == 403
    assert signed_in(ravi).get(f"{LIST}{dead.pk}/{act}/").status_code == 405
    dead.refresh_from_db()
    assert dead.state == DeliveryState.DEAD


def test_what_is_not_failed_cannot_be_put_back(planned, mo):
    delivery = planned()
    response = signed_in(mo).post(f"{LIST}{delivery.pk}/retry/", {"reason": "Hurry"})
    assert response.status_code == 409
    assert "has not failed" in response.content.decode()
    with pytest.raises(DeliveryNotFailed):
        delivery.retry(by=mo, reason="Hurry", now=timezone.now())
    assert not AuditEntry.objects.exists()


def test_what_is_sent_cannot_be_discarded(planned, mo):
    delivery = planned()
    Delivery.objects.update(state=DeliveryState.SENT, due_at=None, sent_at=timezone.now())
    with pytest.raises(DeliveryAlreadyEnded):
        delivery.discard(by=mo, reason="Too late", now=timezone.now())


def test_the_frame_counts_failed_and_doubtful_up_to_a_hundred(dead, planned, ravi, edie, rf):
    request = rf.get("/")
    request.user = ravi
    assert compose(request)["counts"]["deliveries"] == 1
    for _number in range(COUNT_LIMIT + 3):
        planned()
    Delivery.objects.update(state=DeliveryState.UNKNOWN)
    assert compose(request)["counts"]["deliveries"] == COUNT_LIMIT
    request.user = edie
    assert "deliveries" not in compose(request)["counts"]


def test_the_frame_shows_the_failed_one_on_every_page(dead, ravi):
    assert "1 failed delivery" in signed_in(ravi).get(f"{LIST}?show=sent").content.decode()


def test_health_turns_red_when_something_is_due_for_more_than_a_minute(planned, settings):
    now = timezone.now()
    assert oldest_due(now=now)[1] is True
    planned(due_at=now - timedelta(seconds=90))
    assert oldest_due(now=now) == ("outbox", False, "The oldest due delivery waits for 90 s.")
    settings.OUTBOUND = "paused"
    assert oldest_due(now=now)[1] is True


def test_an_admin_adds_an_endpoint_and_sees_its_secret_once(ada):
    AllowedHost.objects.create(name="hooks.example.com", reason="Test")
    client = signed_in(ada)
    response = client.post(
        reverse("admin:outbound_endpoint_add"),
        {"name": "SOC", "url": "https://hooks.example.com/soc", "types": ["incident.declared"],
         "state": "active", "clearance": "normal"},
    )  # fmt: skip
    endpoint = Endpoint.objects.get()
    assert endpoint.secret in response.content.decode()
    assert endpoint.created_by == ada
    assert AuditEntry.objects.get().act == "endpoint_added"
    change = client.get(reverse("admin:outbound_endpoint_change", args=[endpoint.pk])).content.decode()
    assert endpoint.secret not in change
    assert f"…{endpoint.secret[-4:]}" in change


def test_an_endpoint_on_a_host_that_is_not_allowed_is_refused_in_the_admin(ada):
    signed_in(ada).post(
        reverse("admin:outbound_endpoint_add"),
        {"name": "SOC", "url": "https://hooks.example.com/soc", "types": ["incident.declared"],
         "state": "active", "clearance": "normal"},
    )  # fmt: skip
    assert not Endpoint.objects.exists()


def test_an_admin_sends_a_ping_and_changes_the_secret(ada, endpoint):
    client, old = signed_in(ada), endpoint.secret
    url = reverse("admin:outbound_endpoint_changelist")
    client.post(url, {"action": "send_ping", "_selected_action": [endpoint.pk]})
    assert Delivery.objects.get().kind == "test.ping"
    response = client.post(url, {"action": "change_secret", "_selected_action": [endpoint.pk]})
    endpoint.refresh_from_db()
    assert endpoint.secret != old
    assert endpoint.secret in response.content.decode()
    assert sorted(AuditEntry.objects.values_list("act", flat=True)) == ["endpoint_pinged", "endpoint_secret_changed"]


def test_deliveries_are_not_in_the_admin(ada):
    assert signed_in(ada).get("/admin/outbound/delivery/").status_code == 404
