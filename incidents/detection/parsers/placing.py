"""From the labels of a foreign metric or event to the series it counts in: system, kind, category, labels. Pure."""

import hashlib
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from incidents.detection.parsers.naming import LABELS, SHORT, Naming, Rule, first_of, holds, plain_name
from incidents.detection.parsers.signals import (
    COUNTED_KINDS,
    MAX_COUNT,
    MAX_LABEL,
    MAX_LABELS,
    MINUTE,
    Bounds,
    Signal,
    Unacceptable,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# What is counted up to a moment happened before it: an interval that ends on the minute lies in the minute before.
JUST_BEFORE = timedelta(microseconds=1)
NANOSECOND_MAX = 2**63 - 1
_NO_SLUG = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is counted. What is neither a violation nor a complaint is good or bad."""

    system_id: int
    kind: str
    category: str
    labels: tuple[tuple[str, str], ...]
    is_bad: bool


# The state of one foreign counter at one moment: (index of the item, key that tells the counter from all others of its
# source, when it began in nanoseconds if that is known, when it was read, its value, where it counts).
# A plain tuple, because there may be hundreds of thousands a second.
type Reading = tuple[int, int, int | None, int, float, tuple[Place, ...]]


@dataclass(slots=True)
class Parsed:
    """What a body held: signals to count, counters to compare with before, refusals with reason, and what no rule
    keeps."""

    signals: list[tuple[int, Signal]] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    refused: list[tuple[int, str, str, Any]] = field(default_factory=list)
    dropped: int = 0
    items: int = 0

    def refuse(self, index: int, error: Unacceptable, shown: Any) -> None:
        """Name what is wrong with one item; `shown` tells people which it was."""
        self.refused.append((index, error.code, error.detail, shown))


def plain_labels(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Foreign labels under their plain names."""
    found = {plain_name(name): value for name, value in pairs}
    for short, full in SHORT.items():
        if short in found:
            found.setdefault(full, found[short])
    return found


def places(naming: Naming, rules: tuple[Rule, ...], labels: Mapping[str, str], bounds: Bounds) -> tuple[Place, ...]:
    """Where a metric with these labels counts. Raises Unacceptable."""
    applying = [rule for rule in rules if holds(rule.only_when, labels)]
    if not applying:
        return ()
    system, kept = system_of(naming, labels, bounds), kept_labels(naming, labels)
    return tuple(
        Place(
            system_id=system,
            kind=rule.kind.value,
            category=checked(rule.category or first_of(rule.category_from, labels), "the category"),
            labels=kept,
            is_bad=bool(rule.bad_when) and holds(rule.bad_when, labels),
        )
        for rule in applying
    )


def system_of(naming: Naming, labels: Mapping[str, str], bounds: Bounds) -> int:
    """The AI system that the labels name, by the source's mapping, by its slug, or the source's own system."""
    for name in naming.system_from:
        if given := labels.get(name):
            last = given.rpartition("/")[2]  # Prometheus' job may be namespace/service
            mapped = naming.systems.get(given) or naming.systems.get(last, "")
            for slug in (mapped, given, last, _slug(last)):
                if slug in bounds.systems:
                    return bounds.systems[slug]
    if naming.default_system in bounds.systems:
        return bounds.systems[naming.default_system]
    named = first_of(naming.system_from, labels)[:80]
    detail = f"it names the system {named!r}, which this source does not report on" if named else "it names no system"
    raise Unacceptable("unknown_system", detail)


def kept_labels(naming: Naming, labels: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The few labels that tell series apart, under our names, in order."""
    found = {ours: first_of(foreign, labels) for ours, foreign in LABELS.items()}
    found |= {f"label.{ours}": labels.get(foreign, "") for foreign, ours in naming.labels.items()}
    kept = sorted((name, checked(value, name)) for name, value in found.items() if value)
    if len(kept) > MAX_LABELS:
        raise Unacceptable("too_long", f"it has more than {MAX_LABELS} labels")
    return tuple(kept)


def checked(value: str, name: str) -> str:
    if len(value) > MAX_LABEL:
        raise Unacceptable("too_long", f"{name} is longer than {MAX_LABEL} characters")
    if "\x00" in value:
        raise Unacceptable("bad_text", f"{name} holds a NUL character")
    return value


def moment(at_ns: int, bounds: Bounds) -> datetime:
    """The time of a point, if it is neither ahead of our clock nor too old. Raises Unacceptable."""
    if not 0 < at_ns <= NANOSECOND_MAX:
        raise Unacceptable("bad_time", "it has no time")
    at = EPOCH + timedelta(microseconds=at_ns // 1_000)
    if at > bounds.now + bounds.max_future:
        ahead = round((at - bounds.now).total_seconds())
        raise Unacceptable("clock_skew", f"it is {ahead} s ahead of our clock; check the sender's clock")
    if at < bounds.now - bounds.max_age:
        raise Unacceptable("too_old", f"it is older than {bounds.max_age.days} days")
    return at


def whole(value: float) -> int:
    """A count as a whole number. Raises Unacceptable for what is none."""
    if not math.isfinite(value) or not 0 <= value <= MAX_COUNT:
        raise Unacceptable("bad_number", f"a count must be a number from 0 to {MAX_COUNT}")
    return int(value)


def identity(*parts: object) -> bytes:
    """A hash that tells what these parts name from everything else."""
    return hashlib.blake2b(repr(parts).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def signal(place: Place, *, key: bytes, at: datetime, n: int, bounds: Bounds, value: float | None = None) -> Signal:
    """One counted fact at a place. `key` identifies it: the same key again is the same fact."""
    is_counted = place.kind in COUNTED_KINDS
    return Signal(
        id=identity(key, place.kind, place.category).hex(),
        payload_hash=hashlib.sha256(f"{n} {value}".encode()).digest(),
        at=at,
        system_id=place.system_id,
        kind=place.kind,
        category=place.category,
        labels=place.labels,
        n=n,
        bad=n if place.is_bad and not is_counted else 0,
        n_raw=n,
        value=value,
        is_late=at.replace(second=0, microsecond=0) + MINUTE + bounds.lateness < bounds.now,
        unknown_fields=0,
    )


def _slug(name: str) -> str:
    return _NO_SLUG.sub("-", name.lower()).strip("-")
