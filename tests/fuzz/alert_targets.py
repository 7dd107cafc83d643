"""The formats in which other systems send their alerts."""

import json
from typing import Any

from incidents.detection.alert_texts import kept_facts, kept_text, kept_url
from incidents.detection.parsers.alertmanager import read_group
from incidents.detection.parsers.changes import read_change_event
from incidents.detection.parsers.cloud_events import CloudEvent, read_batch, read_binary, read_structured
from incidents.detection.parsers.pagerduty import InvalidEvent, read_body, read_event, routing_key_of
from incidents.detection.parsers.reports import MAX_DESCRIPTION, MAX_TITLE, Report, read_report
from incidents.detection.parsers.signals import Unacceptable
from incidents.detection.parsers.strict_json import NotJson, read_array
from tests.fuzz.target import Target

REPORT = {"title": "t", "status": "firing", "deduplication_key": "k", "severity": "error", "metadata": {"a": [1]}}
AM_ALERT = {
    **{"status": "firing", "labels": {"alertname": "A", "severity": "page"}, "annotations": {"summary": "s"}},
    **{"startsAt": "2026-03-02T11:59:00.123456789Z", "endsAt": "0001-01-01T00:00:00Z", "fingerprint": "f1"},
}
AM_GROUP = {"version": "4", "truncatedAlerts": 1, "alerts": [AM_ALERT, AM_ALERT | {"status": "resolved"}]}
PD_EVENT = {
    **{"routing_key": "0" * 32, "event_action": "trigger", "dedup_key": "k", "client_url": "http://a.example/1"},
    "payload": {"summary": "s", "source": "gw", "severity": "error", "custom_details": {"a": {"b": [1, 2.5]}}},
}
PD_CHANGE = {
    **{"routing_key": "0" * 32, "links": [{"href": "http://a.example/1?token=x", "text": "t"}]},
    "payload": {
        "summary": "s",
        "source": "ci",
        "timestamp": "2026-03-02T12:00:00.000+0000",
        "custom_details": {"a": 1},
    },
}
CLOUD_EVENT = {"specversion": "1.0", "id": "1", "source": "/gw", "type": "airp.alert.v1", "data": REPORT}


def _reports(raw: bytes) -> tuple[int, int]:
    return _each(read_array(raw))


def _each(items: list[Any]) -> tuple[int, int]:
    taken = 0
    for item in items:
        try:
            _kept(read_report(item))
            taken += 1
        except Unacceptable as error:
            assert error.detail
    return taken, len(items) - taken


def _kept(report: Report) -> None:
    """Hiding people and keys is a part of reading: it must survive the same bodies."""
    assert len(kept_text(report.title, MAX_TITLE)) <= MAX_TITLE
    assert len(kept_text(report.description, MAX_DESCRIPTION)) <= MAX_DESCRIPTION
    assert len(kept_facts(report.facts)) == len(report.facts)
    kept_url(report.source_url)


def _alertmanager(raw: bytes) -> tuple[int, int]:
    group = read_group(raw)
    assert all(error.detail for _index, error in group.refused)
    for _index, report in group.reports:
        _kept(report)
    return len(group.reports), len(group.refused)


def _pagerduty(raw: bytes) -> tuple[int, int]:
    event = read_body(raw)
    routing_key_of(event)
    _kept(read_event(event, new_key="n"))
    return 1, 0


def _cloud_events(raw: bytes) -> tuple[int, int]:
    events = read_batch(raw)
    assert all(event.detail for event in events if isinstance(event, Unacceptable))
    taken = [event for event in events if isinstance(event, CloudEvent)]
    return len(taken), len(events) - len(taken)


def _cloud_event(raw: bytes) -> tuple[int, int]:
    head, _line, body = raw.partition(b"\n")
    headers = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": head.decode("latin-1"), "ce-type": "airp.alert.v1"}
    read_binary(headers, "application/json", body)
    read_structured(body)
    return 1, 0


def _changes(raw: bytes) -> tuple[int, int]:
    event = read_body(raw)
    change = read_change_event(event)
    assert len(kept_text(change.summary, MAX_TITLE)) <= MAX_TITLE
    assert all(kept_url(href) is not None for href, _text in change.links)
    return 1, 0


ALERT_TARGETS: dict[str, Target] = {
    "alerts": Target([json.dumps([REPORT, REPORT]).encode()], _reports, (NotJson,)),
    "alertmanager": Target([json.dumps(AM_GROUP).encode()], _alertmanager, (NotJson,)),
    "pagerduty": Target([json.dumps(PD_EVENT).encode()], _pagerduty, (InvalidEvent,)),
    "changes": Target([json.dumps(PD_CHANGE).encode()], _changes, (InvalidEvent,)),
    "cloud_events": Target([json.dumps([CLOUD_EVENT, CLOUD_EVENT]).encode()], _cloud_events, (NotJson,)),
    "cloud_event": Target([b"%2Fgw\n" + json.dumps(CLOUD_EVENT).encode()], _cloud_event, (NotJson, Unacceptable)),
}
