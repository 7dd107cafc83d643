"""Changes that other systems tell about become marks in time: once, without people, and nobody is asked."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from incidents.detection.activity import IngestRefusal, SourceActivity
from incidents.detection.breaches import Breach
from incidents.detection.change_markers import ChangeMarker
from incidents.detection.retention import drop_expired
from incidents.detection.routing_keys import RoutingKey
from incidents.detection.sources import SignalSource
from tests.incidents.detection import makers
from tests.incidents.detection.senders import send

ENQUEUE, EVENTS = "/v2/change/enqueue", "/ingest/cloudevents"

pytestmark = pytest.mark.django_db


@pytest.fixture
def source() -> SignalSource:
    return makers.source(system=makers.system())


@pytest.fixture
def routing_key(source, ada) -> str:
    return RoutingKey.issue(source, by=ada, now=timezone.now())


def told(routing_key: str, **payload: object) -> dict[str, object]:
    links = [{"href": "https://ci.example.com/7?token=abc", "text": "Build 7"}, {"href": "javascript:alert(1)"}]
    known = {"summary": "Model 12 is live, by eva@mail.example.com", "source": "deployer"}
    return {"routing_key": routing_key, "payload": known | payload, "links": links}


def test_a_change_event_is_answered_as_documented_and_kept_without_people(routing_key, source):
    at = timezone.now().replace(microsecond=0) - timedelta(minutes=9)
    moment = at.strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    answer = send(ENQUEUE, told(routing_key, timestamp=moment, custom_details={"build": 7, "user": "eva"}))
    assert (answer.status_code, answer.json()) == (202, {"status": "success", "message": "Change event processed"})
    mark = ChangeMarker.objects.get()
    assert (mark.source, mark.system, mark.happened_at) == (source, source.system, at)
    assert mark.summary == "Model 12 is live, by [e-mail hidden]"
    assert mark.links == [["https://ci.example.com/7?token=%5Bhidden%5D", "Build 7"]]
    assert dict(mark.facts) == {"build": "7", "source": "deployer", "user": "[hidden]"}
    assert SourceActivity.objects.get().accepted_count == 1
    assert not Breach.objects.exists()


def test_a_second_try_is_no_second_change(routing_key):
    for _try in range(2):
        assert send(ENQUEUE, told(routing_key)).status_code == 202
    assert ChangeMarker.objects.count() == 1
    ChangeMarker.objects.update(happened_at=timezone.now() - timedelta(minutes=6))
    send(ENQUEUE, told(routing_key))
    assert ChangeMarker.objects.count() == 2
    for _try in range(2):
        send(ENQUEUE, told(routing_key, timestamp="2026-03-02T12:00:00Z"))
    assert ChangeMarker.objects.count() == 3


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"payload": {}}, "'payload' is missing or blank"),
        ({"payload": {"summary": " "}}, "'payload.summary' is missing or blank"),
        ({"payload": {"summary": "x" * 1025}}, "Length of 'payload.summary' is incorrect (at most 1024 characters)"),
        ({"links": "https://a.example"}, "'links' must be a list of objects"),
    ],
)
def test_what_is_wrong_is_said_kept_for_admins_and_marks_nothing(routing_key, wrong, reason):
    answer = send(ENQUEUE, told(routing_key) | wrong)
    assert (answer.status_code, answer.json()["errors"]) == (400, [reason])
    assert IngestRefusal.objects.get().detail == reason
    assert not ChangeMarker.objects.exists()


def test_an_unknown_key_is_refused_and_a_get_is_no_address(routing_key):
    assert send(ENQUEUE, told("0" * 32)).status_code == 400
    assert not ChangeMarker.objects.exists()


def test_a_cloud_event_of_a_change_names_its_system_and_counts_once(ada):
    source = makers.source("Bus")
    token = source.issue_token(by=ada, now=timezone.now())
    makers.system()
    data = {"summary": "Prompt 5", "system": "support-assistant", "at": "2026-03-02T12:00:00Z"}
    event = {"specversion": "1.0", "id": "1", "source": "/ci", "type": "airp.change.v1", "data": data}
    media = "application/cloudevents+json"
    assert send(EVENTS, event, token=token, media=media).status_code == 202
    assert send(EVENTS, event, token=token, media=media).status_code == 204
    assert ChangeMarker.objects.get().system.slug == "support-assistant"
    wrong = event | {"id": "2", "data": data | {"system": "nobody"}}
    assert send(EVENTS, wrong, token=token, media=media).status_code == 422
    unnamed = event | {"id": "3", "data": {"summary": "Everything restarted"}}
    assert send(EVENTS, unnamed, token=token, media=media).status_code == 202
    assert ChangeMarker.objects.get(summary="Everything restarted").system is None


def test_marks_stand_on_the_chart_and_on_the_pages_of_system_and_source(routing_key, source, client_for, uma):
    send(ENQUEUE, told(routing_key, summary="Model <12> is live"))
    ChangeMarker.objects.update(happened_at=timezone.now() - timedelta(hours=1))
    threshold = makers.threshold()
    makers.version(threshold, now=timezone.now() - timedelta(hours=5))
    addresses = [
        reverse("incidents:threshold", args=[threshold.pk]),
        reverse("incidents:system", args=[source.system.slug]),
        reverse("incidents:source", args=[source.pk]),
    ]
    pages = [client_for(uma).get(address).content.decode() for address in addresses]
    assert all("Model &lt;12&gt; is live" in page and "Build 7" in page for page in pages)
    assert 'class="change"' in pages[0]
    other = makers.threshold(name="Of another system", mode="draft")
    other.system = makers.system("ranker")
    other.save()
    makers.version(other, now=timezone.now() - timedelta(hours=5))
    page = client_for(uma).get(reverse("incidents:threshold", args=[other.pk])).content.decode()
    assert "is live" not in page


def test_marks_go_after_their_term(routing_key, settings):
    send(ENQUEUE, told(routing_key))
    send(ENQUEUE, told(routing_key, summary="Fresh"))
    old = timezone.now() - settings.CHANGES_KEPT - timedelta(hours=1)
    ChangeMarker.objects.exclude(summary="Fresh").update(received_at=old)
    drop_expired(now=timezone.now())
    assert ChangeMarker.objects.get().summary == "Fresh"
