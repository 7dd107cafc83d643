"""A person's own channels: one door, chosen by severity, tested in place, and a second way when the mail sticks."""

import json
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from airp.audit.models import AuditEntry
from airp.outbound import http
from airp.outbound.addresses import HostNotAllowed, OutboundRefused
from airp.outbound.apprise_door import SCHEMES, hosts_of, plugin_of
from airp.outbound.checking import check_channel
from airp.outbound.models import AllowedHost, ChannelKind, Delivery, DeliveryState, PersonalChannel
from airp.outbound.planning import plan_personal
from airp.outbound.sending import send_this
from incidents.classification.models import SeverityLevel
from incidents.notification.channels.copying import second_channels
from incidents.notification.channels.records import AlertCopy, ChannelRule
from tests.airp.outbound.test_webhooks import Receiver
from tests.incidents.notification.conftest import NOW

pytestmark = pytest.mark.django_db
SECRET = "T0/B0/canary-secret-1a2b"


@pytest.fixture
def receiver(settings):
    settings.OUTBOUND_LOOPBACK = "allowed"
    AllowedHost.objects.create(name="127.0.0.1", reason="Tests")
    server = Receiver()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def slack(receiver, ravi) -> PersonalChannel:
    url = f"http://127.0.0.1:{receiver.server_port}/{SECRET}"
    return PersonalChannel.add(ravi, kind=ChannelKind.SLACK, name="Team chat", url=url, now=NOW)


def planned(channel, *, priority=1, **given):
    given = {"subject": "AIR-2026-0001 SEV1", "text": "Read <it>"} | given
    now = timezone.now()
    return plan_personal(
        channel, cause=f"c/{now.isoformat()}", step="s", kind="k", due_at=now, priority=priority, now=now, **given
    )


def sent(delivery) -> Delivery:
    Delivery.objects.filter(pk=delivery.pk).exclude(due_at=None).update(due_at=timezone.now() - timedelta(minutes=1))
    send_this(delivery_id=delivery.pk, clock=timezone.now)
    return Delivery.objects.get(pk=delivery.pk)


def test_slack_compatible_webhooks_get_plain_words_and_the_key(slack, receiver):
    delivery = sent(planned(slack))

    assert delivery.state == DeliveryState.SENT
    [(path, headers, body)] = receiver.got
    assert (path, json.loads(body)) == (f"/{SECRET}", {"text": "AIR-2026-0001 SEV1\nRead &lt;it&gt;"})
    assert headers["Idempotency-Key"] == str(delivery.idem_key)


def test_apprise_speaks_through_the_door(receiver, ravi):
    url = f"ntfy://127.0.0.1:{receiver.server_port}/topic"
    receiver.body = b'{"id": "x"}'
    delivery = sent(planned(PersonalChannel.add(ravi, kind=ChannelKind.APPRISE, name="Phone", url=url, now=NOW)))

    assert delivery.state == DeliveryState.SENT, delivery.error_text
    assert "AIR-2026-0001 SEV1" in receiver.got[0][2] + str(receiver.got[0][1])


@pytest.mark.parametrize("status", [302, 403, 503])
def test_what_the_service_answers_is_what_becomes_of_the_delivery(receiver, ravi, status):
    receiver.status, receiver.headers = status, {"Location": "http://127.0.0.1:1/elsewhere"}
    url = f"ntfy://127.0.0.1:{receiver.server_port}/topic"
    delivery = sent(planned(PersonalChannel.add(ravi, kind=ChannelKind.APPRISE, name="Phone", url=url, now=NOW)))

    assert (delivery.state, delivery.error_class) == {
        302: (DeliveryState.PENDING, "http_302"),
        403: (DeliveryState.DEAD, "http_403"),
        503: (DeliveryState.PENDING, "http_503"),
    }[status]
    assert len(receiver.got) == 1


@pytest.mark.parametrize("priority", [1, 3])
def test_a_text_in_doubt_is_repeated_for_the_worst_levels_only_and_says_so(slack, receiver, priority, monkeypatch):
    monkeypatch.setattr(http, "READ_SECONDS", 0.2)
    receiver.silence_seconds = 0.5
    delivery = sent(planned(slack, priority=priority))
    assert delivery.state == DeliveryState.UNKNOWN
    assert (delivery.due_at is None) == (priority == 3)

    receiver.silence_seconds = 0
    again = sent(delivery)
    assert again.state == (DeliveryState.SENT if priority == 1 else DeliveryState.UNKNOWN)
    assert len(receiver.got) == (2 if priority == 1 else 1)
    if priority == 1:
        assert "May be a repeat" in receiver.got[1][2]


def test_every_offered_scheme_is_one_that_apprise_knows_and_the_generic_ones_are_refused():
    for url in ("json://example.com/x", "xml://example.com", "forms://example.com", "mailto://a:b@example.com"):
        with pytest.raises(OutboundRefused, match="not offered"):
            plugin_of(url)
    assert {"json", "jsons", "xml", "xmls", "form", "forms", "mailto", "mailtos", "syslog", "dbus"}.isdisjoint(SCHEMES)
    with pytest.raises(OutboundRefused, match="does not understand"):
        plugin_of("tgram://")
    assert hosts_of("tgram://123456789:abcdefg_hijklmnop/12315544/") == ["api.telegram.org"]


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        ("slack", "http://169.254.169.254/latest"),
        ("slack", "https://hooks.example.com:22/x"),
        ("slack", "https://unknown.example.com/x"),
        ("apprise", "ntfy://169.254.169.254/topic"),
        ("apprise", "gotifys://unknown.example.com/abcdefghijklmnop"),
        ("apprise", "jsons://hooks.example.com/x"),
    ],
)
def test_hostile_addresses_are_refused_when_they_are_saved_and_nothing_is_kept(ravi, client_for, kind, url):
    AllowedHost.objects.create(name="hooks.example.com", reason="r")
    response = client_for(ravi).post(reverse("incidents:channels"), {"kind": kind, "name": "Mine", "url": url})

    assert response.status_code == 422
    assert response.context["form"].errors["url"]
    assert not PersonalChannel.objects.exists()


def test_an_inner_address_is_refused_again_when_it_is_used(ravi):
    AllowedHost.objects.create(name="10.0.0.8", reason="r")
    for kind, url in (("apprise", "ntfys://10.0.0.8/topic"), ("slack", "https://10.0.0.8/x")):
        channel = PersonalChannel.add(ravi, kind=ChannelKind(kind), name="Inner", url=url, now=NOW)
        delivery = sent(planned(channel))
        assert (delivery.state, delivery.error_class) == (DeliveryState.DEAD, "inner_address")
    with pytest.raises(HostNotAllowed):
        check_channel(ChannelKind.SLACK, "https://10.0.0.9/x")


def test_the_page_adds_tests_and_removes_and_shows_the_secret_never(receiver, ravi, tess, client_for):
    client, url = client_for(ravi), reverse("incidents:channels")
    typed = {"kind": "slack", "name": "Team chat", "url": f"http://127.0.0.1:{receiver.server_port}/{SECRET}"}
    assert client.post(url, typed).status_code == 302
    channel = PersonalChannel.objects.get()

    good = client.post(reverse("incidents:channel_test", args=[channel.pk])).content.decode()
    receiver.status = 403
    bad = client.post(reverse("incidents:channel_test", args=[channel.pk])).content.decode()
    page = client.get(url).content.decode()
    assert "It arrived at the service" in good
    assert "It did not arrive: The receiver answered 403." in bad
    assert "…1a2b" in page
    with connection.cursor() as cursor:
        cursor.execute("SELECT url FROM outbound_personalchannel")
        stored = cursor.fetchone()[0]
    audited = str(list(AuditEntry.objects.values_list("facts", "object_label")))
    deliveries = "".join(f"{each.address}{each.error_text}" for each in Delivery.objects.all())
    assert "canary" not in good + bad + page + stored + audited + deliveries

    stranger = client_for(tess)
    for name in ("channel_test", "channel_rules", "channel_removal"):
        assert stranger.post(reverse(f"incidents:{name}", args=[channel.pk])).status_code == 404
    assert client.post(reverse("incidents:channel_removal", args=[channel.pk])).status_code == 302
    channel.refresh_from_db()
    assert (channel.state, channel.url) == ("removed", "")
    assert sent(planned(channel)).error_class == "channel_removed"


def test_rules_say_which_severities_go_over_a_channel(declared, slack, ravi, mo, client_for):
    worst = SeverityLevel.objects.get(slug="SEV1")
    client_for(ravi).post(reverse("incidents:channel_rules", args=[slack.pk]), {"severities": [worst.pk]})
    assert ChannelRule.objects.get().severity == worst

    declared(severity="SEV3")
    assert not AlertCopy.objects.exists()
    incident = declared(severity="SEV1")
    [copy] = AlertCopy.objects.select_related("delivery", "alert")
    assert (copy.cause, copy.alert.incident, copy.delivery.personal) == ("rule", incident, slack)
    assert incident.reference in copy.delivery.body
    assert "/acknowledge/" not in copy.delivery.body


@pytest.mark.parametrize(
    ("severity", "tries", "after", "starts"),
    [("SEV1", 2, 5, True), ("SEV2", 0, 60, True), ("SEV2", 1, 59, False), ("SEV3", 5, 600, False)],
)
def test_a_second_channel_starts_after_two_failures_or_a_minute(
    declared, slack, ravi, mo, severity, tries, after, starts
):
    incident = declared(severity=severity)
    Delivery.objects.filter(channel="mail").update(attempt_count=tries)
    now = NOW + timedelta(seconds=after + 1)  # alerts are drawn a second after the declaration

    assert second_channels(now=now) == starts
    assert second_channels(now=now) == 0
    assert AlertCopy.objects.filter(cause="second", delivery__personal=slack).count() == starts
    if starts:
        assert incident.reference in Delivery.objects.get(personal=slack).body


def test_no_second_channel_where_the_mail_left_or_somebody_answered(declared, slack, ravi, mo):
    declared(severity="SEV1")
    Delivery.objects.filter(channel="mail").update(state="sent", sent_at=NOW, due_at=None)

    assert second_channels(now=NOW + timedelta(minutes=5)) == 0
