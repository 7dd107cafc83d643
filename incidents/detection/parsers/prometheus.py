"""Prometheus remote write 1.0: from an unpacked body to readings of counters. Pure: no Django, no clock.

A busy Prometheus sends the same series again and again, each with one new sample, so what its labels mean is
remembered under their very bytes. A series whose first bytes are known needs no look at its labels; everything else
is read field by field.
"""

import math
import struct
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from incidents.detection.parsers.naming import Naming, Rule
from incidents.detection.parsers.placing import Parsed, Place, identity, places, plain_labels
from incidents.detection.parsers.signals import Bounds, Unacceptable
from incidents.detection.parsers.wire import BYTES, FIXED64, VARINT, NotProtobuf, fields, varint

MAX_SAMPLES = 100_000
MAX_SERIES_BYTES = 64 * 1024
MAX_REMEMBERED = 100_000
MILLISECOND_NS = 1_000_000
COUNTERS = ("_total", "_count")
TIMESERIES, LABELS, SAMPLES, HISTOGRAMS = 0x0A, 0x0A, 2, 4
# The last bytes of a series with one sample: its length, a number of eight bytes, a time of six; a zero is left out.
ONE_SAMPLE, ONE_ZERO = b"\x12\x10\x09", b"\x12\x07\x10"
ONE_SAMPLE_BYTES, ONE_ZERO_BYTES, TIME_BYTES, TIME_FIELD = 18, 9, 6, 0x10
_double = struct.Struct("<d").unpack_from


class NotRemoteWrite(ValueError):
    """The body is no remote write request, or one that holds too much: nothing of it is taken."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the labels of one series mean: where it counts (nowhere when no rule keeps it), or why it is refused."""

    key: int = 0
    places: tuple[Place, ...] = ()
    flaw: tuple[str, str, Any] | None = None


DROPPED = Known()


@dataclass(slots=True)
class Vocabulary:
    """What one source's label sets mean, as long as its mapping and the systems stay as they are."""

    naming: Naming
    bounds: Bounds
    known: dict[bytes, Known] = field(default_factory=dict)
    # Many series count in the same place; they share it, so that it is looked up once for a whole batch.
    shared: dict[tuple[Place, ...], tuple[Place, ...]] = field(default_factory=dict)

    def meaning(self, labels: bytes) -> Known:
        """Read the labels of a series, and remember them."""
        found = self._read(labels)
        if labels and len(self.known) < MAX_REMEMBERED:
            self.known[labels] = found
        return found

    def _read(self, labels: bytes) -> Known:
        try:
            pairs = _pairs(labels)
        except UnicodeDecodeError:
            return Known(flaw=("bad_text", "a label is no UTF-8", {}))
        named = dict(pairs)
        metric = named.pop("__name__", "")
        rules = self._rules_of(metric)
        if not rules:
            return DROPPED
        try:
            where = places(self.naming, rules, plain_labels(named.items()), self.bounds)
        except Unacceptable as error:
            return Known(flaw=(error.code, error.detail, {"metric": metric, "labels": named}))
        if not where:
            return DROPPED
        where = self.shared.setdefault(where, where)
        return Known(int.from_bytes(identity(sorted(pairs))[:8], signed=True), where)

    def _rules_of(self, metric: str) -> tuple[Rule, ...]:
        """Our standard names are those of counters; a metric that an admin named counts, whatever it is called."""
        if metric in self.naming.metrics or metric.endswith(COUNTERS):
            return self.naming.rules_of(metric)
        return ()


def read_write(raw: bytes, vocabulary: Vocabulary, bounds: Bounds) -> Parsed:
    """The readings in a WriteRequest. Raises NotRemoteWrite."""
    reader = _Reader(raw, vocabulary, bounds)
    try:
        reader.run()
    except NotProtobuf as error:
        raise NotRemoteWrite(f"This is no remote write request: {error}.") from None
    return reader.parsed


class _Reader:
    """Walks one body."""

    def __init__(self, raw: bytes, vocabulary: Vocabulary, bounds: Bounds) -> None:
        self.raw = raw
        self.vocabulary = vocabulary
        self.bounds = bounds
        self.parsed = Parsed()
        self.times: dict[bytes, int] = {}
        self.latest_ms = _milliseconds(bounds.now + bounds.max_future)
        self.earliest_ms = _milliseconds(bounds.now - bounds.max_age)

    def run(self) -> None:
        raw, at, end, known = self.raw, 0, len(self.raw), self.vocabulary.known
        parsed, dropped = self.parsed, 0
        while at < end:
            if raw[at] != TIMESERIES:
                at = self._skip(at, end)
                continue
            # Lengths of two bytes, which nearly all are, are read in place: calls cost more than all else here.
            is_usual = at + 2 < end and raw[at + 1] >= 0x80 > raw[at + 2]
            size, at = (raw[at + 1] - 0x80 | raw[at + 2] << 7, at + 3) if is_usual else varint(raw, at + 1, end)
            stop = at + size
            parsed.items += 1
            if stop > end or parsed.items > MAX_SAMPLES:
                self._check_length(stop, end)
            cut = at
            if raw[stop - ONE_SAMPLE_BYTES : stop - 15] == ONE_SAMPLE:
                cut = stop - ONE_SAMPLE_BYTES
            elif raw[stop - ONE_ZERO_BYTES : stop - TIME_BYTES] == ONE_ZERO:
                cut = stop - ONE_ZERO_BYTES
            # With known labels before it, what begins here is one sample that ends with its series.
            meaning = known.get(raw[at:cut]) if cut > at else None
            if meaning is DROPPED:
                dropped += 1
            elif meaning is None or not self._one_sample(meaning, cut, stop):
                self._series(at, stop)
            at = stop
        parsed.dropped += dropped

    def _check_length(self, stop: int, end: int) -> None:
        if stop > end:
            raise NotProtobuf("a series is longer than its message")
        if self.parsed.items > MAX_SAMPLES:
            raise NotRemoteWrite(f"One request may hold {MAX_SAMPLES} series and samples; send smaller batches.")

    def _one_sample(self, meaning: Known, cut: int, stop: int) -> bool:
        """A known series with one sample of the usual form; False for any other."""
        value = 0.0
        if stop - cut == ONE_SAMPLE_BYTES:
            if self.raw[stop - 7] != TIME_FIELD:
                return False
            value = _double(self.raw, stop - 15)[0]
        at_ms = self._time(self.raw[stop - TIME_BYTES : stop])
        if at_ms >= 0:
            self._sample(meaning, value, at_ms)
        return at_ms >= 0

    def _time(self, six: bytes) -> int:
        """The number in six bytes, or -1 if they are no number of six bytes. Whole batches share their times."""
        found = self.times.get(six)
        if found is None:
            found = -1
            if six[5] < 0x80 and all(byte >= 0x80 for byte in six[:5]):
                found = varint(six, 0, TIME_BYTES)[0]
            self.times[six] = found
        return found

    def _series(self, at: int, stop: int) -> None:
        """Any series: labels first, as all senders write them, then samples and the rest."""
        if stop - at > MAX_SERIES_BYTES:
            self._refuse("too_long", f"a series is longer than {MAX_SERIES_BYTES // 1024} KiB", {})
            return
        cut = self._end_of_labels(at, stop)
        labels = self.raw[at:cut]
        known = self.vocabulary.known.get(labels) or self.vocabulary.meaning(labels)
        samples = 0
        for each in fields(self.raw, cut, stop):
            if each.number == 1:
                raise NotProtobuf("a label follows a sample")
            if each.number == SAMPLES and each.kind == BYTES:
                samples += 1
                if samples > 1:
                    self.parsed.items += 1
                    self._check_length(stop, stop)
                self._sample(known, *_sample(self.raw, each.start, each.end))
            elif each.number == HISTOGRAMS and known is not DROPPED:
                self._refuse("native_histogram", "native histograms are not taken; send classic ones", {})

    def _end_of_labels(self, at: int, stop: int) -> int:
        while at < stop and self.raw[at] == LABELS:
            size, at = varint(self.raw, at + 1, stop)
            at += size
        if at > stop:
            raise NotProtobuf("a label is longer than its series")
        return at

    def _sample(self, known: Known, value: float, at_ms: int) -> None:
        parsed = self.parsed
        if known.flaw:
            self._refuse(*known.flaw)
        elif not known.places or math.isnan(value):  # NaN: the series ended, or nothing was measured
            parsed.dropped += 1
        elif not 0 <= value < math.inf:
            self._refuse("bad_number", "a counter must be a number that is not negative", {"value": value})
        elif at_ms > self.latest_ms:
            self._refuse("clock_skew", "a sample is ahead of our clock; check the sender's clock", {})
        elif at_ms < self.earliest_ms:
            self._refuse("too_old", f"a sample is older than {self.bounds.max_age.days} days", {})
        else:
            reading = (parsed.items - 1, known.key, None, at_ms * MILLISECOND_NS, value, known.places)
            parsed.readings.append(reading)

    def _refuse(self, code: str, detail: str, shown: Any) -> None:
        self.parsed.refused.append((self.parsed.items - 1, code, detail, shown))

    def _skip(self, at: int, end: int) -> int:
        """What is no series (metadata) is passed over; returns where the next field begins."""
        each = next(fields(self.raw, at, end))
        return each.end


def _sample(raw: bytes, start: int, end: int) -> tuple[float, int]:
    value, at_ms = 0.0, 0
    for each in fields(raw, start, end):
        if each.number == 1 and each.kind == FIXED64:
            value = _double(raw, each.start)[0]
        elif each.number == 2 and each.kind == VARINT:
            at_ms = each.start if each.start < 2**63 else each.start - 2**64
    return value, at_ms


def _pairs(labels: bytes) -> list[tuple[str, str]]:
    found = []
    for label in fields(labels):
        texts = {1: b"", 2: b""}
        for each in fields(labels, label.start, label.end):
            if each.number in texts and each.kind == BYTES:
                texts[each.number] = labels[each.start : each.end]
        found.append((texts[1].decode(), texts[2].decode()))
    return found


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000)
