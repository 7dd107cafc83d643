"""Counting what foreign formats said: refusals, signals, and what counters grew by, all in one transaction."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import itemgetter

from django.db import transaction

from incidents.detection.at_once import Event, judge_at_once
from incidents.detection.choices import Metric
from incidents.detection.counting import Delta, add_to_buckets
from incidents.detection.cursors import MAX_CURSORS, lock_positions, write_positions
from incidents.detection.event_rules import event_rules
from incidents.detection.ingestion import Outcome, count_signals, note_outcome, number
from incidents.detection.late.marks import mark_late
from incidents.detection.numbering import TOO_MANY_SERIES, fingerprint, known_series
from incidents.detection.parsers.cumulative import Position, advance
from incidents.detection.parsers.placing import EPOCH, Parsed, Place, Reading
from incidents.detection.parsers.signals import COUNTED_KINDS, MINUTE
from incidents.detection.sources import SignalSource

MINUTE_NS = 60 * 1_000_000_000
TOO_MANY_COUNTERS = (
    "too_many_series",
    f"this source already has {MAX_CURSORS} counters; no new ones are taken",
)


@dataclass(slots=True)
class _Target:
    """The series that a reading counts in, and whether what it counts there is bad."""

    series_id: int
    is_bad: bool


# By the identity of a reading's places: many readings share one object, and comparing numbers is cheap.
type _Targets = dict[int, list[_Target]]


@transaction.atomic
def count_parsed(source: SignalSource, parsed: Parsed, *, now: datetime) -> Outcome:
    """Count what a body held, once, however often it is sent."""
    outcome = Outcome(dropped=parsed.dropped)
    for index, code, detail, shown in parsed.refused:
        outcome.refuse(index, code, detail, shown)
    if parsed.readings:
        count_readings(source, parsed.readings, outcome, now=now)
    if parsed.signals:
        count_signals(source, parsed.signals, outcome, now=now)
    else:
        note_outcome(source, outcome, now=now)
    return outcome


def count_readings(source: SignalSource, readings: list[Reading], outcome: Outcome, *, now: datetime) -> None:
    """Add what each counter grew by since it was last read. In the caller's transaction.

    Series and counters are made before counters are locked, so that all who count take locks in the same order.
    """
    targets = _targets(source, readings, outcome, now=now)
    placed = [reading for reading in readings if id(reading[5]) in targets]
    if len(placed) < len(readings):
        _refuse(readings, lambda reading: id(reading[5]) not in targets, TOO_MANY_SERIES, outcome)
    before = lock_positions(source, {reading[1] for reading in placed}, now=now)
    known = [reading for reading in placed if reading[1] in before]
    if len(known) < len(placed):
        _refuse(placed, lambda reading: reading[1] not in before, TOO_MANY_COUNTERS, outcome)
    after, deltas = _advance(known, before, targets, outcome)
    write_positions(source, after, now=now)
    grown = {key: delta for key, delta in deltas.items() if delta.n}
    add_to_buckets(grown, now=now)
    mark_late(grown, source=source, now=now)
    _judge_at_once(source, placed, deltas, now=now)
    _note_times(source, known, outcome, now=now)


def _targets(source: SignalSource, readings: list[Reading], outcome: Outcome, *, now: datetime) -> _Targets:
    """Where readings count. Those with a place beyond the cap of series are missing."""
    groups = {id(reading[5]): reading[5] for reading in readings}
    marks = {place: fingerprint(source.pk, place) for places in groups.values() for place in places}
    ids = number(source, {mark: place for place, mark in marks.items()}, outcome, now=now)
    return {
        group: [_Target(ids[marks[place]], place.is_bad and place.kind not in COUNTED_KINDS) for place in places]
        for group, places in groups.items()
        if all(marks[place] in ids for place in places)
    }


def _refuse(
    readings: list[Reading], is_refused: Callable[[Reading], bool], why: tuple[str, str], outcome: Outcome
) -> None:
    for reading in filter(is_refused, readings):
        outcome.refuse(reading[0], *why, {"kinds": [place.kind for place in reading[5]]})


def _advance(
    readings: list[Reading], before: dict[int, Position | None], targets: _Targets, outcome: Outcome
) -> tuple[dict[int, Position], dict[tuple[int, datetime], Delta]]:
    """Read on from where each counter stood, oldest first: where it stands now, and what each minute gains.

    What grew up to a moment happened just before it.
    """
    after: dict[int, Position] = {}
    gained: dict[tuple[int, int], int] = defaultdict(int)
    for index, key, start_ns, at_ns, value, places in sorted(readings, key=itemgetter(3)):
        step = advance(after.get(key) or before[key], start_ns=start_ns, at_ns=at_ns, value=value)
        if step.is_duplicate:
            outcome.duplicates += 1
            continue
        if step.position is not None:
            after[key] = step.position
        if step.flaw:
            outcome.refuse(index, "bad_number", step.flaw, {"value": value})
            continue
        outcome.accepted += 1
        if step.added:
            gained[id(places), (at_ns - 1) // MINUTE_NS] += step.added
    return after, _deltas(gained, targets)


def _deltas(gained: dict[tuple[int, int], int], targets: _Targets) -> dict[tuple[int, datetime], Delta]:
    deltas: dict[tuple[int, datetime], Delta] = {}
    for (group, minute), added in gained.items():
        for target in targets[group]:
            delta = deltas.setdefault((target.series_id, EPOCH + timedelta(minutes=minute)), Delta())
            delta.n += added
            delta.n_raw += added
            delta.bad += added if target.is_bad else 0
    return deltas


def _judge_at_once(
    source: SignalSource, readings: list[Reading], deltas: dict[tuple[int, datetime], Delta], *, now: datetime
) -> None:
    """Counters may count what must not happen even once."""
    groups = {id(reading[5]): reading[5] for reading in readings}
    rules = event_rules({place.system_id for group in groups.values() for place in group}, now=now) if groups else []
    if not any(rule.metric == Metric.ZERO_TOLERANCE for rule in rules):
        return
    places = {fingerprint(source.pk, place): place for group in groups.values() for place in group}
    by_series = {series_id: places[mark] for mark, series_id in known_series(places).items()}
    events = [_event(by_series[series_id], minute, delta) for (series_id, minute), delta in deltas.items()]
    judge_at_once(events, rules, now=now)


def _event(place: Place, minute: datetime, delta: Delta) -> Event:
    count = delta.n if place.kind in COUNTED_KINDS else delta.bad
    return Event(place.system_id, place.kind, place.category, minute, count)


def _note_times(source: SignalSource, readings: list[Reading], outcome: Outcome, *, now: datetime) -> None:
    """How the sender's clock goes, and what came later than the source may be."""
    if not readings:
        return
    times = [reading[3] for reading in readings]
    outcome.saw(EPOCH + timedelta(microseconds=max(times) // 1_000))
    in_time = (now - timedelta(seconds=source.lateness_seconds) - MINUTE - EPOCH) // MINUTE * MINUTE_NS
    if min(times) <= in_time:
        outcome.late += sum(at_ns <= in_time for at_ns in times)
