"""PagerDuty's own Python client, with nothing changed but its address."""

from datetime import UTC, datetime

import pytest
from pagerduty import EventsApiV2Client, HttpError

from incidents.detection.foreign_alerts import ForeignAlert
from incidents.detection.routing_keys import RoutingKey

pytestmark = pytest.mark.journey


def test_trigger_acknowledge_and_resolve_are_understood(receiver):
    key = RoutingKey.issue(receiver.source, by=None, now=datetime.now(UTC))
    client = EventsApiV2Client(key, base_url=receiver.base_url)
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


def test_a_key_of_no_source_is_refused_for_good(receiver):
    client = EventsApiV2Client("0" * 32, base_url=receiver.base_url)
    with pytest.raises(HttpError) as refused:
        client.trigger("Refund answers went wrong", "gateway-1", dedup_key="k1")
    assert refused.value.response.status_code == 400
    assert not ForeignAlert.objects.filter(source=receiver.source).exists()
