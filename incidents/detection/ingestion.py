"""From items of a batch to counted signals, exactly once, whatever is resent, in parallel or after a crash.

Receipts and bucket deltas share one transaction: a signal is counted if and only if its receipt is stored.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from incidents.detection.activity import IngestRefusal, SourceActivity
from incidents.detection.at_once import Event, judge_at_once
from incidents.detection.counting import add_to_buckets, deltas_of
from incidents.detection.event_rules import event_rules
from incidents.detection.late.marks import mark_late
from incidents.detection.numbering import TOO_MANY_SERIES, Countable, fingerprint, known_series, new_series
from incidents.detection.occurrences import events_of, keep_occurrences
from incidents.detection.parsers.signals import Bounds, Signal, Unacceptable, read_signal
from incidents.detection.samples import sample_of
from incidents.detection.sources import SignalSource
from incidents.systems.models import AISystem

REFUSALS_KEPT_PER_BATCH = 10


@dataclass(frozen=True, slots=True)
class Refused:
    """One item that was not taken."""

    index: int
    code: str
    detail: str
    sample: str = ""

    @property
    def as_answer(self) -> dict[str, Any]:
        return {"index": self.index, "code": self.code, "detail": self.detail}


@dataclass(slots=True)
class Outcome:
    """What became of a batch."""

    accepted: int = 0
    duplicates: int = 0
    late: int = 0
    unknown_fields: int = 0
    dropped: int = 0
    tests: int = 0
    # Said about an alert that we do not know: taken, and of no effect.
    unmatched: int = 0
    newest_at: datetime | None = None
    series_count: int = 0
    refused: list[Refused] = field(default_factory=list)

    def saw(self, at: datetime | None) -> None:
        """The time of an event, taken or not: the newest ones tell how the sender's clock goes."""
        if at is not None and (self.newest_at is None or at > self.newest_at):
            self.newest_at = at

    def refuse(self, index: int, code: str, detail: str, item: Any) -> None:
        """Name what is wrong with one item; of the first ones a sample is kept for the page of the source."""
        sample = sample_of(item) if len(self.refused) < REFUSALS_KEPT_PER_BATCH else ""
        self.refused.append(Refused(index, code, detail, sample))

    @property
    def as_answer(self) -> dict[str, Any]:
        refused = sorted(self.refused, key=lambda item: item.index)
        counted = {"accepted": self.accepted, "duplicates": self.duplicates}
        rarer = {"tests": self.tests, "unmatched": self.unmatched}
        told = {name: count for name, count in rarer.items() if count}
        return {**counted, **told, "refused": [item.as_answer for item in refused]}

    @property
    def status(self) -> int:
        """202 something new was stored, 200 all was known already, 422 nothing could be taken."""
        if self.accepted or self.unmatched:
            return 202
        return 422 if self.refused and not self.duplicates and not self.tests else 200


@transaction.atomic
def take(source: SignalSource, items: list[Any], *, now: datetime) -> Outcome:
    """Count the good items of a batch and name what is wrong with the others."""
    outcome = Outcome()
    signals = _read(items, bounds_of(source, now=now), outcome)
    count_signals(source, signals, outcome, now=now)
    return outcome


@transaction.atomic
def count_signals(source: SignalSource, signals: list[tuple[int, Signal]], outcome: Outcome, *, now: datetime) -> None:
    """Count signals that are well formed, each with its index in the batch, whatever format they came in.

    Adds to `outcome` what became of them, and keeps its refusals and counters with the source.
    """
    real = _without_tests(signals, outcome)
    placed = _place(source, real, outcome, now=now)
    fresh = _receipted(source, placed, outcome, now=now)
    deltas = deltas_of((series_id, signal) for _index, series_id, signal in fresh)
    add_to_buckets(deltas, now=now)
    mark_late(deltas, source=source, now=now)
    if fresh:
        rules = event_rules((signal.system_id for _index, _series_id, signal in fresh), now=now)
        keep_occurrences(source, fresh, rules, now=now)
        judge_at_once(_events(fresh), rules, now=now)
    outcome.accepted += len(fresh)
    outcome.late += sum(signal.is_late for _index, _series_id, signal in fresh)
    note_outcome(source, outcome, now=now)


def _events(fresh: list[tuple[int, int, Signal]]) -> list[Event]:
    return [
        Event(signal.system_id, signal.kind, signal.category, signal.minute, events_of(signal))
        for _index, _series_id, signal in fresh
    ]


def bounds_of(source: SignalSource, *, now: datetime) -> Bounds:
    """What a source may send now."""
    systems = AISystem.objects.filter(retired_at__isnull=True)
    if source.system_id is not None:
        systems = systems.filter(pk=source.system_id)
    return Bounds(
        now=now,
        systems=dict(systems.values_list("slug", "pk")),
        max_future=timedelta(seconds=source.max_future_seconds),
        max_age=timedelta(days=source.max_age_days),
        lateness=timedelta(seconds=source.lateness_seconds),
    )


def _read(items: list[Any], bounds: Bounds, outcome: Outcome) -> list[tuple[int, Signal]]:
    signals: list[tuple[int, Signal]] = []
    for index, item in enumerate(items):
        try:
            signal = read_signal(item, bounds)
        except Unacceptable as error:
            outcome.refuse(index, error.code, error.detail, item)
            outcome.saw(error.at)
            continue
        outcome.unknown_fields += signal.unknown_fields
        signals.append((index, signal))
    return signals


def _without_tests(signals: list[tuple[int, Signal]], outcome: Outcome) -> list[tuple[int, Signal]]:
    """A test is well formed or not; what it says is counted nowhere and no threshold sees it."""
    for _index, signal in signals:
        outcome.saw(signal.at)
    real = [(index, signal) for index, signal in signals if not signal.is_test]
    outcome.tests += len(signals) - len(real)
    return real


def _place(
    source: SignalSource, signals: list[tuple[int, Signal]], outcome: Outcome, *, now: datetime
) -> list[tuple[int, int, Signal]]:
    """Give each signal its series. Beyond the cap new series are refused and known ones keep flowing."""
    prints = [fingerprint(source.pk, signal) for _index, signal in signals]
    wanted = {mark: signal for mark, (_index, signal) in zip(prints, signals, strict=True)}
    known = number(source, wanted, outcome, now=now)
    placed: list[tuple[int, int, Signal]] = []
    for mark, (index, signal) in zip(prints, signals, strict=True):
        if mark in known:
            placed.append((index, known[mark], signal))
        else:
            shown = {"kind": signal.kind, "category": signal.category, "labels": dict(signal.labels)}
            outcome.refuse(index, *TOO_MANY_SERIES, shown)
    return placed


def number(
    source: SignalSource, wanted: Mapping[bytes, Countable], outcome: Outcome, *, now: datetime
) -> dict[bytes, int]:
    """The series of each fingerprint, made where it is new; those beyond the cap are missing."""
    known = known_series(wanted)
    if new := {mark: each for mark, each in wanted.items() if mark not in known}:
        made, outcome.series_count = new_series(source, new, now=now)
        known |= made
    return known


def series_of(source: SignalSource, signal: Signal) -> int | None:
    """The series that a signal of this source was counted in; None where there is none yet."""
    mark = fingerprint(source.pk, signal)
    return known_series([mark]).get(mark)


def _receipted(
    source: SignalSource, placed: list[tuple[int, int, Signal]], outcome: Outcome, *, now: datetime
) -> list[tuple[int, int, Signal]]:
    """The items whose receipt is new. The first payload of an id wins; another one is answered as a conflict."""
    first: dict[str, tuple[int, int, Signal]] = {}
    repeats: list[tuple[int, Signal]] = []
    for index, series_id, signal in placed:
        if signal.id in first:
            repeats.append((index, signal))
        else:
            first[signal.id] = (index, series_id, signal)
    new_ids = _insert_receipts(source, [signal for _index, _series_id, signal in first.values()], now=now)
    repeats += [(index, signal) for index, _series_id, signal in first.values() if signal.id not in new_ids]
    _sort_repeats(source, repeats, outcome)
    return [place for place in first.values() if place[2].id in new_ids]


def _insert_receipts(source: SignalSource, signals: list[Signal], *, now: datetime) -> set[str]:
    """Ids that were not known. Inserted in order, so that racing batches wait for one another and never deadlock."""
    if not signals:
        return set()
    ordered = sorted(signals, key=lambda signal: signal.id)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO incidents_receipt (source_id, dedupe_key, payload_hash, event_at, received_at)"
            " SELECT %s, fresh.id, fresh.payload, fresh.at, %s"
            "   FROM unnest(%s::text[], %s::bytea[], %s::timestamptz[]) AS fresh(id, payload, at)"
            " ON CONFLICT DO NOTHING RETURNING dedupe_key",
            [
                source.pk,
                now,
                [signal.id for signal in ordered],
                [signal.payload_hash for signal in ordered],
                [signal.at for signal in ordered],
            ],
        )
        return {row[0] for row in cursor.fetchall()}


def _sort_repeats(source: SignalSource, repeats: list[tuple[int, Signal]], outcome: Outcome) -> None:
    if not repeats:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT dedupe_key, payload_hash FROM incidents_receipt WHERE source_id = %s AND dedupe_key = ANY(%s)",
            [source.pk, [signal.id for _index, signal in repeats]],
        )
        hashes = {key: bytes(payload) for key, payload in cursor.fetchall()}
    for index, signal in repeats:
        if hashes.get(signal.id) == signal.payload_hash:
            outcome.duplicates += 1
        else:
            detail = "this id was used before with other content; the first one counts"
            shown = {"id": signal.id, "ts": signal.at.isoformat(), "kind": signal.kind}
            outcome.refuse(index, "conflict", detail, shown)


def note_outcome(source: SignalSource, outcome: Outcome, *, now: datetime) -> None:
    """Keep the refusals and counters of a batch with its source, in the transaction of what was stored."""
    IngestRefusal.objects.bulk_create(
        IngestRefusal(
            source=source, at=now, index=item.index, code=item.code, detail=item.detail[:300], sample=item.sample
        )
        for item in outcome.refused[:REFUSALS_KEPT_PER_BATCH]
    )
    SourceActivity.note(
        source,
        now=now,
        lead=outcome.newest_at - now if outcome.newest_at else None,
        test_count=outcome.tests,
        series_count=outcome.series_count,
        accepted_count=outcome.accepted,
        duplicate_count=outcome.duplicates,
        refused_count=len(outcome.refused),
        late_count=outcome.late,
        unknown_field_count=outcome.unknown_fields,
        dropped_count=outcome.dropped,
    )
