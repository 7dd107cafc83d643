"""Counting what foreign formats said: refusals, signals, and what counters grew by, all in one transaction."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from incidents.detection.counting import Delta, add_to_buckets
from incidents.detection.cursors import MAX_CURSORS, lock_positions, write_positions
from incidents.detection.ingestion import Outcome, count_signals, number
from incidents.detection.numbering import TOO_MANY_SERIES, fingerprint
from incidents.detection.parsers.cumulative import Position, advance
from incidents.detection.parsers.placing import EPOCH, Parsed, Place, Reading
from incidents.detection.parsers.signals import COUNTED_KINDS, MINUTE
from incidents.detection.sources import SignalSource

MINUTE_NS = 60 * 1_000_000_000
TOO_MANY_COUNTERS = (
    "too_many_series",
    f"this source already has {MAX_CURSORS} counters; no new ones are taken",
)
# What a reading adds, if it adds anything: (reading, how many).
Grown = list[tuple[Reading, int]]


@transaction.atomic
def count_parsed(source: SignalSource, parsed: Parsed, *, now: datetime) -> Outcome:
    """Count what a body held, once, however often it is sent."""
    outcome = Outcome(dropped=parsed.dropped)
    for index, code, detail, shown in parsed.refused:
        outcome.refuse(index, code, detail, shown)
    if parsed.readings:
        count_readings(source, parsed.readings, outcome, now=now)
    count_signals(source, parsed.signals, outcome, now=now)
    return outcome


def count_readings(source: SignalSource, readings: list[Reading], outcome: Outcome, *, now: datetime) -> None:
    """Add what each counter grew by since it was last read. In the caller's transaction.

    Series and counters are made before counters are locked, so that all who count take locks in the same order.
    """
    series = _series(source, readings, outcome, now=now)
    placed = [reading for reading in readings if all(place in series for place in reading.places)]
    _refuse_rest(readings, placed, outcome, TOO_MANY_SERIES)
    before = lock_positions(source, {reading.key for reading in placed}, now=now)
    known = [reading for reading in placed if reading.key in before]
    _refuse_rest(placed, known, outcome, TOO_MANY_COUNTERS)
    grown, after = _advance(known, before, outcome)
    write_positions(source, after, now=now)
    add_to_buckets(_deltas(grown, series), now=now)
    _note_times(source, known, outcome, now=now)


def _series(source: SignalSource, readings: list[Reading], outcome: Outcome, *, now: datetime) -> dict[Place, int]:
    marks = {place: fingerprint(source.pk, place) for place in {p for reading in readings for p in reading.places}}
    ids = number(source, {mark: place for place, mark in marks.items()}, outcome, now=now)
    return {place: ids[mark] for place, mark in marks.items() if mark in ids}


def _refuse_rest(given: list[Reading], kept: list[Reading], outcome: Outcome, why: tuple[str, str]) -> None:
    if len(given) == len(kept):
        return
    taken = {reading.index for reading in kept}
    for reading in given:
        if reading.index not in taken:
            outcome.refuse(reading.index, *why, {"kinds": [place.kind for place in reading.places]})


def _advance(
    readings: Iterable[Reading], before: dict[int, Position | None], outcome: Outcome
) -> tuple[Grown, dict[int, Position]]:
    """Read on from where each counter stood, oldest first."""
    grown: Grown = []
    after: dict[int, Position] = {}
    for reading in sorted(readings, key=lambda each: each.at_ns):
        stands = after.get(reading.key) or before[reading.key]
        step = advance(stands, start_ns=reading.start_ns, at_ns=reading.at_ns, value=reading.value)
        if step.is_duplicate:
            outcome.duplicates += 1
            continue
        if step.position is not None:
            after[reading.key] = step.position
        if step.flaw:
            outcome.refuse(reading.index, "bad_number", step.flaw, {"value": reading.value})
            continue
        outcome.accepted += 1
        if step.added:
            grown.append((reading, step.added))
    return grown, after


def _deltas(grown: Grown, series: dict[Place, int]) -> dict[tuple[int, datetime], Delta]:
    """What each series and minute gains. What grew up to a moment happened just before it."""
    deltas: dict[tuple[int, datetime], Delta] = {}
    for reading, added in grown:
        minute = EPOCH + timedelta(minutes=(reading.at_ns - 1) // MINUTE_NS)
        for place in reading.places:
            delta = deltas.setdefault((series[place], minute), Delta())
            delta.n += added
            delta.n_raw += added
            delta.bad += added if place.is_bad and place.kind not in COUNTED_KINDS else 0
    return deltas


def _note_times(source: SignalSource, readings: list[Reading], outcome: Outcome, *, now: datetime) -> None:
    if not readings:
        return
    newest = max(reading.at_ns for reading in readings)
    outcome.saw(EPOCH + timedelta(microseconds=newest // 1_000))
    ends = now - timedelta(seconds=source.lateness_seconds) - MINUTE
    latest = (ends - EPOCH) // timedelta(minutes=1) * MINUTE_NS
    outcome.late += sum(reading.at_ns <= latest for reading in readings)
