"""Counters that only ever say how much there was so far: what was added since the last reading. Pure.

The position before is the receipt: a reading at or before it was counted already, however often it is sent again.
"""

import math
from typing import NamedTuple

from incidents.detection.parsers.signals import MAX_COUNT

SECOND_NS = 1_000_000_000
# A counter that began this shortly before its first reading began at zero under our eyes. An older one may have
# counted for days before anybody told us, and all of that would look like one minute's.
BEGAN_JUST_NOW_NS = 300 * SECOND_NS


class Position(NamedTuple):
    """How far a counter has been read."""

    start_ns: int | None
    at_ns: int
    value: float


class Step(NamedTuple):
    """What one reading adds, and where the counter stands after it, if that is known. `flaw`: why nothing is added."""

    added: int
    position: Position | None
    is_duplicate: bool = False
    flaw: str = ""


def advance(before: Position | None, *, start_ns: int | None, at_ns: int, value: float) -> Step:
    """Read a counter once more. A counter that fell, or that began anew, was reset: all it shows is new."""
    if before is not None and at_ns <= before.at_ns:
        return Step(0, before, is_duplicate=True)
    if not math.isfinite(value) or value < 0:
        return Step(0, before, flaw="a counter must be a number that is not negative")
    after = Position(start_ns, at_ns, value)
    added = _added(before, after)
    if added > MAX_COUNT:
        return Step(0, after, flaw=f"it rose by more than {MAX_COUNT} at once")
    return Step(added, after)


def _added(before: Position | None, after: Position) -> int:
    if before is None:
        began_just_now = after.start_ns is not None and 0 <= after.at_ns - after.start_ns <= BEGAN_JUST_NOW_NS
        return int(after.value) if began_just_now else 0
    if _began_anew(before, after) or after.value < before.value:
        return int(after.value)
    return int(after.value) - int(before.value)


def _began_anew(before: Position, after: Position) -> bool:
    return before.start_ns is not None and after.start_ns is not None and after.start_ns > before.start_ns
