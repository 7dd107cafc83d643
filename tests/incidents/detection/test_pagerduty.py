"""PagerDuty's Events API: documented answers, keys in the body, and what each action does."""

import pytest
from django.utils import timezone

from airp.audit.models import AuditEntry
from incidents.detection.activity import IngestRefusal
from incidents.detection.breaches import Breach
from incidents.detection.foreign_alerts import ForeignAlert
from incidents.detection.rate import Limiter
from incidents.detection.routing_keys import RoutingKey
from incidents.detection.sources import NoFreeToken, SignalSource, SourceState
from tests import factories
from tests.incidents.detection import makers
from tests.incidents.detection.senders import event, send

ENQUEUE = "/v2/enqueue"


@pytest.fixture
def source(db) -> SignalSource:
    makers.severity()
    factories.person("mo")
    return makers.source(system=makers.system())


@pytest.fixture
def routing_key(source) -> str:
    return RoutingKey.issue(source, by=None, now=timezone.now())


def post(routing_key: str, key: str = "k1", action: str = "trigger", **payload):
    return send(ENQUEUE, event(key, action, routing_key=routing_key, **payload))


def test_a_trigger_is_answered_as_documented_and_opens_a_breach(routing_key):
    answer = post(routing_key, component="refunds", custom_details={"ratio": 0.07, "firing": "x" * 20_000})
    assert answer.status_code == 202
    assert answer.json() == {"status": "success", "message": "Event processed", "dedup_key": "k1"}
    alert = ForeignAlert.objects.get()
    assert (alert.severity, alert.breach.headline) == ("critical", "Refund answers went wrong")
    assert ["ratio", "0.07"] in alert.facts
    assert max(len(value) for _name, value in alert.facts) == 256


def test_a_trigger_without_a_key_gets_one(routing_key):
    body = event("", routing_key=routing_key)
    del body["dedup_key"]
    given = send(ENQUEUE, body).json()["dedup_key"]
    assert len(given) == 32
    assert post(routing_key, given, "resolve").status_code == 202
    assert ForeignAlert.objects.get().resolved_at is not None


def test_acknowledge_marks_the_alert_and_nothing_else(routing_key):
    post(routing_key)
    before = Breach.objects.values().get()
    assert post(routing_key, action="acknowledge").status_code == 202
    assert ForeignAlert.objects.get().acknowledged_at is not None
    assert Breach.objects.values().get() == before


def test_resolve_ends_the_breach_and_a_late_acknowledge_is_dropped(routing_key):
    post(routing_key)
    post(routing_key, action="resolve")
    assert post(routing_key, action="acknowledge").status_code == 202
    alert = ForeignAlert.objects.get()
    assert (alert.acknowledged_at, alert.breach.cleared_reason) == (None, "sender_resolved")
    post(routing_key)
    assert (ForeignAlert.objects.count(), Breach.objects.open().count()) == (2, 1)


@pytest.mark.parametrize("action", ["acknowledge", "resolve"])
def test_a_word_about_an_unknown_key_is_dropped_with_202(routing_key, action):
    answer = post(routing_key, "never-seen", action)
    assert (answer.status_code, answer.json()["dedup_key"]) == (202, "never-seen")
    assert ForeignAlert.objects.count() == 0


def test_the_keys_of_two_sources_are_strangers(routing_key):
    other = RoutingKey.issue(makers.source("Other", system=makers.system()), by=None, now=timezone.now())
    post(routing_key)
    assert post(other, action="resolve").status_code == 202
    assert ForeignAlert.objects.get().resolved_at is None


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"routing_key": None}, "'routing_key' is missing or blank"),
        ({"routing_key": "short"}, "Length of 'routing_key' is incorrect (should be 32 characters)"),
        ({"routing_key": "0" * 32}, "'routing_key' belongs to no live source"),
        ({"event_action": "open"}, "'event_action' is invalid (must be one of trigger, acknowledge, resolve)"),
        ({"event_action": None}, "'event_action' is missing or blank"),
        ({"dedup_key": "x" * 256}, "Length of 'dedup_key' is incorrect (at most 255 characters)"),
        ({"payload": None}, "'payload' is missing or blank"),
        ({"payload": {"summary": "s"}}, "'payload.source' is missing or blank"),
        ({"payload": {"summary": "x" * 1025, "source": "s"}}, "Length of 'payload.summary' is incorrect"),
        ({"client": "a\x00"}, "holds a NUL character"),
    ],
)
def test_an_invalid_event_is_refused_as_documented(routing_key, change, error):
    answer = send(ENQUEUE, event("k1", routing_key=routing_key) | change)
    assert answer.status_code == 400
    body = answer.json()
    assert (body["status"], body["message"]) == ("invalid event", "Event object is invalid")
    assert any(error in each for each in body["errors"])
    assert ForeignAlert.objects.count() == 0


def test_a_refusal_is_shown_at_the_source_without_its_key(routing_key):
    send(ENQUEUE, event("k1", routing_key=routing_key) | {"payload": {"summary": "s"}})
    refusal = IngestRefusal.objects.get()
    assert refusal.code == "invalid_event"
    assert routing_key not in refusal.sample


def test_a_source_without_a_system_needs_one_named(routing_key, source):
    SignalSource.objects.update(system=None)
    assert "which this source does not report on" in post(routing_key).json()["errors"][0]
    assert post(routing_key, component="support-assistant").status_code == 202
    assert post(routing_key, "k2", custom_details={"system": "support-assistant"}).status_code == 202


def test_size_speed_and_form_are_answered_with_their_codes(routing_key, monkeypatch):
    assert send(ENQUEUE, b"{" + b" " * 600_000 + b"}").status_code == 413
    assert send(ENQUEUE, b"a=b", media="application/x-www-form-urlencoded").status_code == 415
    assert send(ENQUEUE, b"[]").status_code == 400
    monkeypatch.setattr("incidents.detection.gate.limiter", Limiter(burst=0))
    answer = post(routing_key)
    assert (answer.status_code, answer.json()["status"]) == (429, "throttle exceeded")
    assert "Retry-After" in answer.headers


def test_two_keys_can_be_live_and_a_revoked_one_or_one_of_a_retired_source_proves_nothing(source):
    keys = [RoutingKey.issue(source, by=None, now=timezone.now()) for _ in range(2)]
    with pytest.raises(NoFreeToken):
        RoutingKey.issue(source, by=None, now=timezone.now())
    assert [post(key).status_code for key in keys] == [202, 202]
    older = RoutingKey.objects.get(beginning=keys[0][:6])
    assert older.last_used_at is not None
    older.revoke(by=None, now=timezone.now())
    assert [post(key).status_code for key in keys] == [400, 202]
    acts = AuditEntry.objects.filter(act__startswith="source.routing_key").values_list("act", flat=True)
    assert sorted(acts) == [*["source.routing_key_issued"] * 2, "source.routing_key_revoked"]
    SignalSource.objects.update(state=SourceState.RETIRED)
    assert post(keys[1]).status_code == 400
