"""One group of a pattern over time: a number that holds for stretches of minutes, and a rule judged by it. Pure.

Groups are many and mostly quiet, so nothing is kept by the minute: only where the number changes.
"""

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from incidents.detection.backtest.grid import MINUTE, Flags
from incidents.detection.backtest.trial import Trial
from incidents.detection.measuring import Sums, judge
from incidents.detection.step import Finding, Held, Status

NEVER = 1 << 60
TIMED = (Status.PENDING, Status.RECOVERING)


@dataclass(frozen=True, slots=True)
class Clock:
    """The judged minutes of a past."""

    start: datetime
    count: int

    def at(self, index: int) -> datetime:
        return self.start + index * MINUTE


@dataclass(frozen=True, slots=True)
class Steps:
    """From each of these indexes on, until the next one, the windows hold `held`."""

    starts: Sequence[int]
    held: Sequence[int]

    @property
    def most(self) -> int:
        return max(self.held, default=0)

    @classmethod
    def of(cls, strengths: Iterable[tuple[int, int]], *, width: int) -> "Steps":
        """From (minute, strongest window that ends in it), in order: each counts for `width` indexes after it."""
        sliding = _Sliding()
        for minute, strength in strengths:
            sliding.leave_until(minute + 1)
            sliding.enter(minute, strength, last=minute + width)
        sliding.leave_until(NEVER)
        return cls(sliding.starts, sliding.held)


class _Sliding:
    """The strongest of what counts at an index, as indexes go by."""

    def __init__(self) -> None:
        self.starts, self.held = [0], [0]
        self._waiting: deque[tuple[int, int]] = deque()  # (last index, strength), the strongest first

    def enter(self, minute: int, strength: int, *, last: int) -> None:
        while self._waiting and self._waiting[-1][1] <= strength:
            self._waiting.pop()
        self._waiting.append((last, strength))
        self._note(minute + 1)

    def leave_until(self, index: int) -> None:
        while self._waiting and self._waiting[0][0] < index:
            last, _strength = self._waiting.popleft()
            self._note(last + 1)

    def _note(self, index: int) -> None:
        strongest = self._waiting[0][1] if self._waiting else 0
        if index == self.starts[-1]:
            self.held[-1] = strongest
        elif strongest != self.held[-1]:
            self.starts.append(index)
            self.held.append(strongest)


@dataclass(frozen=True, slots=True)
class Track:
    """A rule over one group. While its sources are silent, what it holds cannot be judged."""

    trial: Trial
    grid: Clock
    starts: Sequence[int]
    held: Sequence[int]
    is_heard: Sequence[bool]
    wakes: Sequence[int]  # where a stretch begins that a rule in ok must look at

    @classmethod
    def of(cls, trial: Trial, clock: Clock, steps: Steps, silences: Sequence[tuple[int, int]]) -> "Track":
        """`silences` are the first and the last index of each time without a source that was heard."""
        borders = {index for first, last in silences for index in (first, last + 1)}
        starts = sorted(borders | set(steps.starts))
        held = [steps.held[bisect_right(steps.starts, start) - 1] for start in starts]
        firsts = [first for first, _last in silences]
        is_heard = [
            not silences or (place := bisect_right(firsts, start) - 1) < 0 or start > silences[place][1]
            for start in starts
        ]
        wakes = [start for start, strength in zip(starts, held, strict=True) if strength >= trial.least]
        return cls(trial, clock, starts, held, is_heard, wakes)

    def waking(self) -> "Track":
        return self

    def held_at(self, index: int) -> int:
        return self.held[bisect_right(self.starts, index) - 1]

    def finding(self, index: int) -> Finding:
        place = bisect_right(self.starts, index) - 1
        sums = Sums(bad=self.held[place], is_heard=self.is_heard[place])
        return judge(self.trial.terms, sums, band=self.trial.band).finding

    def next(self, held: Held, index: int) -> int:
        """A group in ok is looked at once it holds as much as a limit; any other state until it ends."""
        if index > self.grid.count:
            return index
        if held.status is Status.OK:
            place = bisect_left(self.wakes, index)
            return self.wakes[place] if place < len(self.wakes) else self.grid.count + 1
        place = bisect_right(self.starts, index) - 1
        if held.status in TIMED or self.starts[place] == index:
            return index
        if held.status is Status.FIRING:
            return self._end(place) + 1
        return index if self.is_heard[place] else self._end(place)

    def border_after(self, index: int) -> int:
        """Where the next stretch begins."""
        return self._end(bisect_right(self.starts, index) - 1) + 1

    def _end(self, place: int) -> int:
        """The last index of a stretch."""
        return self.starts[place + 1] - 1 if place + 1 < len(self.starts) else self.grid.count


def silences_of(is_heard: Flags | None) -> list[tuple[int, int]]:
    """Stretches of unset flags, as first and last index."""
    found: list[tuple[int, int]] = []
    for index in [] if is_heard is None else (~is_heard).nonzero()[0].tolist():
        if found and found[-1][1] == index - 1:
            found[-1] = (found[-1][0], index)
        else:
            found.append((index, index))
    return found
