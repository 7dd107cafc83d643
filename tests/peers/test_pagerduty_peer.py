"""PagerDuty's own Python client, with nothing changed but its address."""

from datetime import UTC, datetime

import pytest
from pagerduty import EventsApiV2Client, HttpError

from incidents.detection.foreign_alerts import ForeignAlert
from incidents.detection.routing_keys import RoutingKey
from tests.peers.front import tls_front

pytestmark = pytest.mark.journey


@pytest.fixture
def door(live, tmp_path):
    """The client refuses addresses without TLS."""
    with tls_front(live.base_url, tmp_path) as found:
        yield found


def client_of(key: str, door) -> EventsApiV2Client:
    address, trust = door
    return EventsApiV2Client(key, base_url=address, verify=trust)


def test_trigger_acknowledge_and_resolve_are_understood(receiver, door):
    key = RoutingKey.issue(receiver.source, by=None, now=datetime.now(UTC))
    client = client_of(key, door)
    given = client.trigger(
        "Refund answers went wrong",
        "gateway-1",
        severity="error",
        custom_details={"share": 0.07, "policies": ["refund"]},
        links=[{"href": "https://watch.example.com/7", "text": "Watch"}],
    )
    assert len(given) == 32
    alert = ForeignAlert.objects.get(source=receiver.source)
    assert (alert.key, alert.title, alert.severity) == (given, "Refund answers went wrong", "error")
    assert alert.source_url == "https://watch.example.com/7"
    assert alert.breach.threshold.system == receiver.system
    assert client.acknowledge(given) == given
    assert client.resolve(given) == given
    alert.refresh_from_db()
    assert alert.acknowledged_at is not None
    assert alert.breach.cleared_reason == "sender_resolved"


def test_a_key_of_no_source_is_refused_for_good(receiver, door):
    client = client_of("0" * 32, door)
    with pytest.raises(HttpError) as refused:
        client.trigger("Refund answers went wrong", "gateway-1", dedup_key="k1")
    assert refused.value.response.status_code == 400
    assert not ForeignAlert.objects.filter(source=receiver.source).exists()
