"""Events written by the CloudEvents SDK and posted as they are."""

import json
import urllib.request
from datetime import UTC, datetime

import pytest
from cloudevents.core.bindings.http import to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent

from incidents.detection.foreign_alerts import ForeignAlert

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


def test_an_alert_opens_a_breach_and_its_end_ends_it(receiver):
    for number, status in enumerate(["firing", "resolved"]):
        said = {"title": "Refund answers went wrong", "status": status, "deduplication_key": "k1"}
        message = to_structured_event(event(receiver, number, "airp.alert.v1", **said))
        assert post(receiver, message.headers, message.body) == 202
    assert ForeignAlert.objects.get(source=receiver.source).breach.cleared_reason == "sender_resolved"
