"""CloudEvents in their three modes: signals are counted and alerts heard once per source and id."""

import base64
import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from incidents.detection.activity import IngestRefusal
from incidents.detection.dialects import AlertDialect
from incidents.detection.foreign_alerts import ForeignAlert
from incidents.detection.series import Receipt, SignalBucket
from incidents.detection.sources import SignalSource
from tests import factories
from tests.incidents.detection import makers
from tests.incidents.detection.senders import own, send

EVENTS = "/ingest/cloudevents"
BINARY = {"ce_specversion": "1.0", "ce_id": "1", "ce_source": "s", "ce_type": "airp.alert.v1"}
STRUCTURED, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"


@pytest.fixture
def token(db) -> str:
    makers.severity()
    factories.person("mo")
    return makers.source(system=makers.system()).issue_token(by=None, now=timezone.now())


def event(number: int = 1, *, kind: str = "airp.alert.v1", **fields):
    data = own("k1") if kind == "airp.alert.v1" else {"system": "support-assistant", "kind": "traffic", "n": 4}
    known = {"specversion": "1.0", "id": f"e{number}", "source": "/gateway", "type": kind, "data": data}
    return known | {"time": timezone.now().isoformat()} | fields


def test_a_structured_alert_opens_a_breach_and_its_repeat_is_known(token):
    body = event()
    first, again = (send(EVENTS, body, token=token, media=STRUCTURED) for _ in range(2))
    assert (first.status_code, first.json()["accepted"]) == (202, 1)
    assert (again.status_code, again.content) == (204, b"")
    assert ForeignAlert.objects.get().occurrence_count == 1


def test_the_same_words_under_another_id_are_another_occurrence(token):
    send(EVENTS, [event(1), event(2)], token=token, media=BATCH)
    assert ForeignAlert.objects.get().occurrence_count == 2


def test_binary_mode_reads_headers_and_counts_a_signal_at_its_time(token):
    at = timezone.now() - timedelta(minutes=3)
    item = {"system": "support-assistant", "kind": "traffic", "n": 4}
    headers = {"ce_specversion": "1.0", "ce_id": "e%201", "ce_source": "/gateway", "ce_type": "airp.signal.v1"}
    answers = [send(EVENTS, item, token=token, **headers, ce_time=at.isoformat()) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 204]
    assert SignalBucket.objects.values_list("ts", "n").get() == (at.replace(second=0, microsecond=0), 4)


def test_a_batch_takes_each_event_by_its_type_and_names_what_is_wrong(token):
    bad = [event(3) | {"specversion": "0.3"}, event(4, kind="com.example.other"), event(5, data=[1]), "text"]
    encoded = event(6, kind="airp.signal.v1")
    encoded["data_base64"] = base64.b64encode(json.dumps(encoded.pop("data")).encode()).decode()
    body = [event(1), event(2, kind="airp.signal.v1"), *bad, encoded]
    answer = send(EVENTS, body, token=token, media=BATCH)
    assert answer.status_code == 202
    assert answer.json()["accepted"] == 3
    assert [(refused["index"], refused["code"]) for refused in answer.json()["refused"]] == [
        (2, "bad_version"),
        (3, "unknown_type"),
        (4, "not_an_object"),
        (5, "not_an_object"),
    ]
    assert IngestRefusal.objects.count() == 4
    assert SignalBucket.objects.get().n == 8


@pytest.mark.parametrize(
    ("body", "media", "headers", "status"),
    [
        (b"{}", "application/json", {}, 415),
        (b"{", STRUCTURED, {}, 400),
        (b"{}", BATCH, {}, 400),
        (b"{}", STRUCTURED, {}, 422),
        (
            b"<a/>",
            "text/xml",
            {"ce_specversion": "1.0", "ce_id": "1", "ce_source": "s", "ce_type": "airp.alert.v1"},
            422,
        ),
        (b"{}", "application/json", {"ce_specversion": "1.0", "ce_id": "%ff", "ce_source": "s", "ce_type": "t"}, 422),
        (b"[" + b" " * 1_100_000 + b"]", BATCH, {}, 413),
    ],
)
def test_what_is_no_event_is_refused_with_the_code_for_it(token, body, media, headers, status):
    assert send(EVENTS, body, token=token, media=media, **headers).status_code == status
    assert Receipt.objects.count() == 0


def test_without_a_token_nothing_is_taken_and_other_verbs_are_not_offered(token):
    assert send(EVENTS, event(), media=STRUCTURED).status_code == 401
    assert Client().get(EVENTS, headers={"authorization": f"Bearer {token}"}).status_code == 405
    assert ForeignAlert.objects.count() == 0


def test_the_handshake_welcomes_only_origins_that_an_admin_listed(token):
    dialect = AlertDialect.objects.create(source=SignalSource.objects.get(), webhook_origins=["grid.example.com"])
    ask = {"WebHook-Request-Origin": "grid.example.com", "WebHook-Request-Callback": "https://grid.example.com/x"}
    answer = Client().options(EVENTS, headers=ask)
    assert answer.status_code == 200
    assert (answer.headers["WebHook-Allowed-Origin"], answer.headers["Allow"]) == ("grid.example.com", "POST")
    assert int(answer.headers["WebHook-Allowed-Rate"]) == 6_000
    assert Client().options(EVENTS, headers={"WebHook-Request-Origin": "evil.example.com"}).status_code == 405
    assert Client().options(EVENTS).status_code == 405
    SignalSource.objects.update(state="retired")
    assert Client().options(EVENTS, headers=ask).status_code == 405
    assert dialect.webhook_origins == ["grid.example.com"]
