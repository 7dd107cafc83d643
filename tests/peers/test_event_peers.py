"""PagerDuty's own Python client, with nothing changed but its address, and events written by the CloudEvents SDK."""

import json
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest
from cloudevents.core.bindings.http import to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent
from pagerduty import EventsApiV2Client, HttpError

from incidents.detection.change_markers import ChangeMarker
from incidents.detection.foreign_alerts import ForeignAlert
from incidents.detection.routing_keys import RoutingKey
from tests.peers.front import tls_front

pytestmark = pytest.mark.journey
BATCH = "application/cloudevents-batch+json"


def event(receiver, number: int, event_type: str, **data) -> CloudEvent:
    attributes = {
        "id": f"é {number}",
        "source": "/gateway",
        "type": event_type,
        "time": datetime.now(UTC),
        "datacontenttype": "application/json",
        "specversion": "1.0",
    }
    return CloudEvent(attributes=attributes, data={"system": receiver.system.slug, **data})


def post(receiver, headers, body: bytes) -> int:
    proof = {"Authorization": f"Bearer {receiver.token}"}
    url = f"{receiver.base_url}/ingest/cloudevents"
    request = urllib.request.Request(url, body, dict(headers) | proof, method="POST")
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.status


def test_an_event_is_known_again_whatever_mode_it_comes_in(receiver):
    signal = event(receiver, 1, "airp.signal.v1", kind="traffic", n=3)
    binary, structured = to_binary_event(signal), to_structured_event(signal)
    assert post(receiver, binary.headers, binary.body) == 202
    assert post(receiver, structured.headers, structured.body) == 204
    batch = json.dumps([json.loads(structured.body)]).encode()
    assert post(receiver, {"Content-Type": BATCH}, batch) == 204
    assert receiver.counted("traffic") == (3, 0)


def test_an_alert_opens_a_breach_and_its_end_ends_it(receiver, owned):
    for number, status in enumerate(["firing", "resolved"]):
        said = {"title": "Refund answers went wrong", "status": status, "deduplication_key": "k1"}
        message = to_structured_event(event(receiver, number, "airp.alert.v1", **said))
        assert post(receiver, message.headers, message.body) == 202
    assert ForeignAlert.objects.get(source=receiver.source).breach.cleared_reason == "sender_resolved"


@pytest.fixture
def door(live, tmp_path):
    """The client refuses addresses without TLS."""
    with tls_front(live.base_url, tmp_path) as found:
        yield found


def client_of(key: str, door) -> EventsApiV2Client:
    address, trust = door
    return EventsApiV2Client(key, base_url=address, verify=trust)


def test_trigger_acknowledge_and_resolve_are_understood(receiver, owned, door):
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


def test_a_change_event_leaves_a_mark(receiver, door):
    client = client_of(RoutingKey.issue(receiver.source, by=None, now=datetime.now(UTC)), door)
    links = [{"href": "https://ci.example.com/7", "text": "Build 7"}]
    at = datetime.now(UTC).isoformat()  # the client's own way to tell the time is broken in 7.2
    client.submit("Model 12 is live", "deployer", custom_details={"build": 7}, links=links, timestamp=at)
    mark = ChangeMarker.objects.get(source=receiver.source)
    assert (mark.summary, mark.system, mark.links[0][1]) == ("Model 12 is live", receiver.system, "Build 7")
    assert abs(mark.received_at - mark.happened_at) < timedelta(minutes=1)
