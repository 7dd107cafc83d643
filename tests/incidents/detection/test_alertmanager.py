"""Alertmanager's webhook: each alert by itself, repeats, ends, late words, and codes that lose nothing."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from incidents.detection.activity import IngestRefusal
from incidents.detection.breaches import Breach
from incidents.detection.foreign_alerts import ForeignAlert
from incidents.detection.rate import Limiter
from tests import factories
from tests.incidents.detection import makers
from tests.incidents.detection.senders import alert, group, send

WEBHOOK = "/ingest/alertmanager"


@pytest.fixture
def token(db) -> str:
    makers.severity()
    factories.person("mo")
    makers.system()
    return makers.source().issue_token(by=None, now=timezone.now())


@pytest.fixture
def since():
    return timezone.now() - timedelta(minutes=10)


def told(since, **labels):
    return alert(since=since, **({"system": "support-assistant"} | labels))


def test_each_alert_of_a_group_is_judged_by_its_own_status(token, since):
    over = alert("f2", since=since, until=timezone.now(), status="resolved", system="support-assistant")
    answer = send(WEBHOOK, group(told(since), over), token=token)
    assert (answer.status_code, answer.json()) == (200, {"accepted": 1, "duplicates": 0, "unmatched": 1, "refused": []})
    found = ForeignAlert.objects.get()
    assert (found.title, found.severity, found.source_url[:7]) == ("Refund answers went wrong", "critical", "http://")
    assert ["alertname", "RefundErrors"] in found.facts
    assert Breach.objects.get().started_at == since


def test_a_repeat_hours_later_is_an_occurrence(token, since):
    send(WEBHOOK, group(told(since)), token=token)
    assert send(WEBHOOK, group(told(since)), token=token).json()["duplicates"] == 1
    ForeignAlert.objects.update(last_seen_at=timezone.now() - timedelta(hours=4))
    send(WEBHOOK, group(told(since)), token=token)
    assert ForeignAlert.objects.get().occurrence_count == 2


def test_a_firing_that_comes_after_its_end_opens_nothing_and_the_next_start_does(token, since):
    over = told(since) | {"status": "resolved", "endsAt": timezone.now().isoformat()}
    for body in (told(since), over, told(since)):
        assert send(WEBHOOK, group(body), token=token).status_code == 200
    assert Breach.objects.open().count() == 0
    send(WEBHOOK, group(told(since + timedelta(minutes=9))), token=token)
    late_end = send(WEBHOOK, group(over), token=token)
    assert late_end.json()["duplicates"] == 1
    assert Breach.objects.open().count() == 1


def test_a_start_that_moves_back_is_still_the_same_firing(token, since):
    send(WEBHOOK, group(told(since)), token=token)
    earlier = told(since - timedelta(minutes=1)) | {"status": "resolved", "endsAt": timezone.now().isoformat()}
    assert send(WEBHOOK, group(earlier), token=token).json()["accepted"] == 1
    assert ForeignAlert.objects.get().resolved_at is not None


def test_the_end_is_the_sender_s_time(token, since):
    until = since + timedelta(minutes=4)
    send(WEBHOOK, group(told(since)), token=token)
    send(WEBHOOK, group(told(since) | {"status": "resolved", "endsAt": until.isoformat()}), token=token)
    assert Breach.objects.get().cleared_at == until


def test_what_cannot_be_placed_is_refused_and_the_rest_is_taken(token, since):
    nowhere = alert("f2", since=since)
    flawed = alert("f3", since=since, system="support-assistant") | {"labels": {"a": 1}}
    answer = send(WEBHOOK, group(told(since), nowhere, flawed), token=token)
    assert answer.status_code == 200
    assert {refused["code"] for refused in answer.json()["refused"]} == {"unknown_system", "bad_text"}
    assert send(WEBHOOK, group(nowhere), token=token).status_code == 422
    assert ForeignAlert.objects.count() == 1


def test_a_long_text_and_a_missing_summary_lose_no_alert(token, since):
    wordy = told(since) | {"annotations": {"description": "x" * 50_000}}
    assert send(WEBHOOK, group(wordy), token=token).status_code == 200
    found = ForeignAlert.objects.get()
    assert (found.title, len(found.description)) == ("RefundErrors", 4_000)


def test_alerts_left_out_by_the_sender_are_a_warning_on_its_page(token, since):
    send(WEBHOOK, group(told(since), truncatedAlerts=7), token=token)
    warning = IngestRefusal.objects.get()
    assert warning.code == "truncated"
    assert "7 alerts" in warning.detail


def test_another_shape_is_refused_with_the_reason(token):
    answer = send(WEBHOOK, {"version": "3", "alerts": []}, token=token)
    assert answer.status_code == 400
    assert "version" in answer.json()["detail"]


def test_too_many_requests_and_a_lost_database_ask_to_try_again_with_503(token, since, monkeypatch):
    """Alertmanager drops what is answered with 429."""
    monkeypatch.setattr("incidents.detection.gate.limiter", Limiter(burst=0))
    answer = send(WEBHOOK, group(told(since)), token=token)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    monkeypatch.undo()

    def away(*_args, **_kwargs):
        raise OperationalError("gone")

    monkeypatch.setattr("incidents.detection.receiving_alerts.take_reports", away)
    assert send(WEBHOOK, group(told(since)), token=token).status_code == 503
    assert ForeignAlert.objects.count() == 0
