"""CloudEvents by their type: each type is taken by whoever knows it, anything else is refused with the known types.

An event is known by its source and id. The receipt of an event stands in the transaction of what it caused.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from django.db import connection, transaction

from incidents.detection.alerting import take_reports
from incidents.detection.ingestion import Outcome, note_outcome, take
from incidents.detection.parsers.cloud_events import CloudEvent
from incidents.detection.parsers.reports import Report, moment_of, read_report
from incidents.detection.parsers.signals import Unacceptable
from incidents.detection.sources import SignalSource

Placed = list[tuple[int, CloudEvent]]


class Taker(Protocol):
    """Takes items of one of our own formats and says what became of each, by its place among them."""

    def __call__(self, source: SignalSource, items: list[Any], *, now: datetime) -> Outcome: ...


@dataclass(frozen=True, slots=True)
class EventType:
    """A type whose data are an item of one of our own formats, and the field in which that keeps its time."""

    taker: Taker
    time_field: str


SIGNAL, ALERT = "airp.signal.v1", "airp.alert.v1"
OWN_TYPES = {SIGNAL: EventType(take, "ts")}


@transaction.atomic
def take_events(
    source: SignalSource,
    events: list[CloudEvent | Unacceptable],
    *,
    now: datetime,
    types: Mapping[str, EventType],
) -> Outcome:
    """What became of the events of one request, each by its place. `types` are those besides alerts."""
    placed = [(index, event) for index, event in enumerate(events) if isinstance(event, CloudEvent)]
    outcomes = [_take(source, _of_type(placed, name), kind, now=now) for name, kind in types.items()]
    heard = Outcome()
    for index, event in enumerate(events):
        if isinstance(event, Unacceptable):
            heard.refuse(index, event.code, event.detail, {})
        elif event.type not in {*types, ALERT}:
            detail = f"events of this type are not taken; known are {', '.join([*types, ALERT])}"
            heard.refuse(index, "unknown_type", detail, {"type": event.type})
    if alerts := _of_type(placed, ALERT):
        take_reports(source, _reports(source, alerts, heard, now=now), heard, now=now)
    if alerts or heard.refused:
        note_outcome(source, heard, now=now)
    return _together(*outcomes, heard)


def _of_type(events: Placed, name: str) -> Placed:
    return [(index, event) for index, event in events if event.type == name]


def _take(source: SignalSource, events: Placed, kind: EventType, *, now: datetime) -> Outcome:
    if not events:
        return Outcome()
    items = [_item(event, kind.time_field) for _index, event in events]
    outcome = kind.taker(source, items, now=now)
    outcome.refused = [replace(refused, index=events[refused.index][0]) for refused in outcome.refused]
    return outcome


def _item(event: CloudEvent, time_field: str) -> Any:
    if not isinstance(event.data, dict):
        return event.data
    return {time_field: event.time, **event.data, "id": event.identity}


def _reports(source: SignalSource, events: Placed, outcome: Outcome, *, now: datetime) -> Iterable[tuple[int, Report]]:
    for index, event in events:
        try:
            report = read_report(event.data)
        except Unacceptable as error:
            outcome.refuse(index, error.code, error.detail, event.data)
            continue
        if not source.is_self_test and not _is_new(source, event, now=now):
            outcome.duplicates += 1
            continue
        # Two events with the same words are two facts, unlike two tries to send one.
        yield index, replace(report, started_at=moment_of(event.time), payload_hash=bytes.fromhex(event.identity))


def _is_new(source: SignalSource, event: CloudEvent, *, now: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO incidents_receipt (source_id, dedupe_key, payload_hash, event_at, received_at)"
            " VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [source.pk, event.identity, event.payload_hash, now, now],
        )
        return bool(cursor.rowcount == 1)


def _together(*outcomes: Outcome) -> Outcome:
    both = Outcome(refused=[refused for each in outcomes for refused in each.refused])
    for each in outcomes:
        both.accepted += each.accepted
        both.duplicates += each.duplicates
        both.tests += each.tests
        both.unmatched += each.unmatched
    return both
