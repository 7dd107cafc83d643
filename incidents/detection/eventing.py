"""CloudEvents by their type: signals are counted, alerts heard, changes marked; anything else is refused.

Types of a package above this one, such as complaints, are taken by the functions of `settings.EVENT_TAKERS`.

An event is known by its source and id. The receipt of an event stands in the transaction of what it caused.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.module_loading import import_string

from incidents.detection.alerting import take_reports
from incidents.detection.ingestion import Outcome, bounds_of, count_signals, note_outcome
from incidents.detection.marking import take_changes
from incidents.detection.parsers.changes import Change, read_change
from incidents.detection.parsers.cloud_events import CloudEvent
from incidents.detection.parsers.reports import Report, moment_of, read_report
from incidents.detection.parsers.signals import Signal, Unacceptable, read_signal
from incidents.detection.sources import SignalSource

SIGNAL, ALERT, CHANGE = "airp.signal.v1", "airp.alert.v1", "airp.change.v1"
OWN_TYPES = (SIGNAL, ALERT, CHANGE)
Placed = list[tuple[int, CloudEvent]]
Taker = Callable[..., Outcome]


@transaction.atomic
def take_events(source: SignalSource, events: list[CloudEvent | Unacceptable], *, now: datetime) -> Outcome:
    """What became of the events of one request, each by its place."""
    placed = [(index, event) for index, event in enumerate(events) if isinstance(event, CloudEvent)]
    counted = Outcome()
    if signals := [(index, event) for index, event in placed if event.type == SIGNAL]:
        count_signals(source, _signals(source, signals, counted, now=now), counted, now=now)
    known = (*OWN_TYPES, *takers())
    heard = Outcome()
    for index, event in enumerate(events):
        if isinstance(event, Unacceptable):
            heard.refuse(index, event.code, event.detail, {})
        elif event.type not in known:
            detail = f"events of this type are not taken; known are {', '.join(known)}"
            heard.refuse(index, "unknown_type", detail, {"type": event.type})
    if alerts := [(index, event) for index, event in placed if event.type == ALERT]:
        take_reports(source, _reports(source, alerts, heard, now=now), heard, now=now)
    changes = [(index, event) for index, event in placed if event.type == CHANGE]
    if changes:
        take_changes(source, _changes(source, changes, heard, now=now), heard, now=now)
    if alerts or changes or heard.refused:
        note_outcome(source, heard, now=now)
    return _together(counted, heard, *_taken_elsewhere(source, placed, now=now))


def takers() -> dict[str, Taker]:
    """Type -> function `(source, items, *, now)` that takes the data of such events, in our own formats."""
    table: dict[str, Taker] = import_string(settings.EVENT_TAKERS)
    return table


def _taken_elsewhere(source: SignalSource, placed: Placed, *, now: datetime) -> Iterable[Outcome]:
    for event_type, taker in takers().items():
        events = [(index, event) for index, event in placed if event.type == event_type]
        if not events:
            continue
        items = [_item(event, "received_at") for _index, event in events]
        outcome = taker(source, items, now=now)
        outcome.refused = [replace(refused, index=events[refused.index][0]) for refused in outcome.refused]
        yield outcome


def _item(event: CloudEvent, time_field: str) -> Any:
    """The data of an event, known by the event's identity and at its time where it tells none itself."""
    return {time_field: event.time, **event.data, "id": event.identity} if isinstance(event.data, dict) else event.data


def _signals(source: SignalSource, events: Placed, outcome: Outcome, *, now: datetime) -> list[tuple[int, Signal]]:
    bounds = bounds_of(source, now=now)
    found = []
    for index, event in events:
        item = _item(event, "ts")
        try:
            signal = read_signal(item, bounds)
        except Unacceptable as error:
            outcome.refuse(index, error.code, error.detail, item)
        else:
            found.append((index, signal))
            outcome.unknown_fields += signal.unknown_fields
    return found


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


def _changes(source: SignalSource, events: Placed, outcome: Outcome, *, now: datetime) -> Iterable[tuple[int, Change]]:
    for index, event in events:
        try:
            change = read_change(event.data)
        except Unacceptable as error:
            outcome.refuse(index, error.code, error.detail, event.data)
            continue
        if not source.is_self_test and not _is_new(source, event, now=now):
            outcome.duplicates += 1
            continue
        yield index, replace(change, at=change.at or moment_of(event.time), digest=bytes.fromhex(event.identity))


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
