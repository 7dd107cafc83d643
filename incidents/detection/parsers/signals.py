"""The native signals format: from one parsed item to a Signal, or to the reason why not. Pure: no Django, no clock."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from incidents.detection.parsers.strict_json import Flaw, flaw_in

MINUTE = timedelta(minutes=1)
MAX_ID = 255
MAX_LABEL = 256
MAX_LABELS = 16
MAX_COUNT = 10**9
COMPONENTS = ("model", "prompt", "guardrail", "index")
REQUIRED = ("id", "ts", "system", "kind")
KNOWN = frozenset(
    (*REQUIRED, "n", "bad", "value", "sampled_from", "category", "policy", "pattern", "versions", "labels")
    + ("subject", "conversation", "sample", "test")
)
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")


class SignalKind(StrEnum):
    """What was observed. Violations and complaints are counted as such; of the others `bad` out of `n` is."""

    TRAFFIC = "traffic"
    VIOLATION = "violation"
    COMPLAINT = "complaint"
    EVALUATION = "evaluation"
    GUARDRAIL = "guardrail"


# Each signal of these kinds is a bad thing by itself; of the other kinds, `bad` of them are.
COUNTED_KINDS = frozenset({SignalKind.VIOLATION, SignalKind.COMPLAINT})


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a source may send now: the systems it speaks for and how old or early a signal may be."""

    now: datetime
    systems: Mapping[str, int]
    max_future: timedelta
    max_age: timedelta
    lateness: timedelta


@dataclass(frozen=True, slots=True)
class Signal:
    """One accepted fact. `n` and `bad` are scaled up where the sender sampled; `n_raw` is what was really seen."""

    id: str
    payload_hash: bytes
    at: datetime
    system_id: int
    kind: str
    category: str
    labels: tuple[tuple[str, str], ...]
    n: int
    bad: int
    n_raw: int
    value: float | None
    is_late: bool
    unknown_fields: int
    # Checked like any other and counted nowhere.
    is_test: bool = False
    # Opaque references of the sender, for counting people and conversations once. Hashed before they are stored.
    subject: str = ""
    conversation: str = ""
    # Whether `subject` is a hash of our own already, the same for a person by whichever source it comes.
    is_hashed: bool = False

    @property
    def minute(self) -> datetime:
        return self.at.replace(second=0, microsecond=0)


class Unacceptable(Exception):
    """One item that is refused, with its code, a sentence and, where it is known, the time of its event."""

    def __init__(self, code: str, detail: str, *, at: datetime | None = None) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.at = at


def read_signal(item: Any, bounds: Bounds) -> Signal:
    """Check one item. Raises Unacceptable with the first thing that is wrong."""
    if (flaw := flaw_in(item)) is not None:
        raise _refused(flaw)
    if not isinstance(item, dict):
        raise Unacceptable("not_an_object", "each item must be a JSON object")
    for field in REQUIRED:
        if item.get(field) in (None, ""):
            raise Unacceptable("missing_field", f"{field} is required")
    at = _moment(item["ts"], bounds)
    n, bad, n_raw = _counts(item)
    return Signal(
        id=_text(item, "id", MAX_ID),
        payload_hash=hashlib.sha256(json.dumps(item, sort_keys=True, separators=(",", ":")).encode()).digest(),
        at=at,
        system_id=_system(item, bounds),
        kind=_kind(item),
        category=_text(item, "category", MAX_LABEL),
        labels=_labels(item),
        n=n,
        bad=bad,
        n_raw=n_raw,
        value=_value(item),
        is_late=at.replace(second=0, microsecond=0) + MINUTE + bounds.lateness < bounds.now,
        unknown_fields=len(item.keys() - KNOWN),
        is_test=_is_test(item),
        subject=_text(item, "subject", MAX_ID),
        conversation=_text(item, "conversation", MAX_ID),
    )


def _refused(flaw: Flaw) -> Unacceptable:
    return Unacceptable(flaw.code, flaw.detail)


def _moment(given: Any, bounds: Bounds) -> datetime:
    if not isinstance(given, str) or not _RFC_3339.fullmatch(given):
        raise Unacceptable("bad_time", "ts must be an RFC 3339 time with a zone, such as 2026-03-01T12:00:00Z")
    try:
        at = datetime.fromisoformat(given.upper().replace(" ", "T")).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unacceptable("bad_time", "ts names a moment that does not exist") from None
    if at > bounds.now + bounds.max_future:
        ahead = round((at - bounds.now).total_seconds())
        raise Unacceptable("clock_skew", f"ts is {ahead} s ahead of our clock; check the sender's clock", at=at)
    if at < bounds.now - bounds.max_age:
        raise Unacceptable("too_old", f"ts is older than {bounds.max_age.days} days")
    return at


def _is_test(item: Mapping[str, Any]) -> bool:
    given = item.get("test", False)
    if not isinstance(given, bool):
        raise Unacceptable("bad_text", "test must be true or false")
    return given


def _system(item: Mapping[str, Any], bounds: Bounds) -> int:
    slug = _text(item, "system", MAX_LABEL)
    if slug not in bounds.systems:
        raise Unacceptable("unknown_system", "this source does not report on a system of that name")
    return bounds.systems[slug]


def _kind(item: Mapping[str, Any]) -> str:
    if item["kind"] not in tuple(SignalKind):
        raise Unacceptable("unknown_kind", f"kind must be one of {', '.join(SignalKind)}")
    return str(item["kind"])


def _counts(item: Mapping[str, Any]) -> tuple[int, int, int]:
    """n and bad, scaled to before the sampling, and n as seen."""
    n, bad = _count(item, "n", 1), _count(item, "bad", 0)
    before = _count(item, "sampled_from", n)
    if bad > n:
        raise Unacceptable("bad_number", "bad is greater than n")
    if before < n:
        raise Unacceptable("bad_number", "sampled_from is smaller than n")
    scaled = (bad * before + n // 2) // n if n else 0
    return before if n else 0, scaled, n


def _count(item: Mapping[str, Any], field: str, default: int) -> int:
    given = item.get(field, default)
    if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given <= MAX_COUNT:
        raise Unacceptable("bad_number", f"{field} must be a whole number from 0 to {MAX_COUNT}")
    return given


def _value(item: Mapping[str, Any]) -> float | None:
    given = item.get("value")
    if given is None:
        return None
    if (
        isinstance(given, bool) or not isinstance(given, int | float) or abs(given) > 1e100
    ):  # its square must stay finite
        raise Unacceptable("bad_number", "value must be a number below 1e100")
    return float(given)


def _text(item: Mapping[str, Any], field: str, longest: int) -> str:
    given = item.get(field)
    if given is None:
        return ""
    if not isinstance(given, str):
        raise Unacceptable("bad_text", f"{field} must be text")
    if len(given) > longest:
        raise Unacceptable("too_long", f"{field} is longer than {longest} characters")
    return given


def _labels(item: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Everything that tells one series from another, sorted by name. People's references never become labels."""
    found = {name: _text(item, name, MAX_LABEL) for name in ("policy", "pattern")}
    found |= {f"version.{name}": value for name, value in _map(item, "versions").items() if name in COMPONENTS}
    found |= {f"label.{name}": value for name, value in _map(item, "labels").items()}
    return tuple(sorted((name, value) for name, value in found.items() if value))


def _map(item: Mapping[str, Any], field: str) -> dict[str, str]:
    given = item.get(field)
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise Unacceptable("bad_text", f"{field} must be an object of texts")
    if len(given) > MAX_LABELS or any(len(name) > MAX_LABEL for name in given):
        raise Unacceptable("too_long", f"{field} may hold {MAX_LABELS} names of {MAX_LABEL} characters")
    return {name: _text(given, name, MAX_LABEL) for name in given}
