"""Playing a rule through the past with the state machine of live thresholds. Pure.

Every verdict goes through `step`. Indexes at which no verdict could change the present state are passed over:
in ok those that are surely not over, in firing those that are surely not clear, and of a run of equal unknowns all
but the first and the last, because the timers that unknowns hold back move by the distance to the last one alone.
"""

from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from incidents.detection.backtest.grid import MINUTE, Counts, Flags
from incidents.detection.backtest.measure import Hints, Measure
from incidents.detection.step import Held, NoData, Reason, Status, step


@dataclass(frozen=True, slots=True)
class Change:
    """One transition, as live ones are recorded."""

    at: datetime
    before: Status
    after: Status
    reason: Reason


@dataclass(slots=True)
class Episode:
    """One breach: over since `started_at`, fired at `fired_at`, ended at `ended_at` or still firing."""

    started_at: datetime
    fired_at: datetime
    ended_at: datetime | None = None


@dataclass(slots=True)
class Played:
    """What came of it. `held` is the state at the end, from which the next grid goes on."""

    changes: list[Change] = field(default_factory=list)
    episodes: list[Episode] = field(default_factory=list)
    held: Held = field(default_factory=Held)


def play(measure: Measure, played: Played, *, first: int = 1) -> Played:
    """Go through the indexes of a grid from `first` on, from the state that `played` ended in."""
    rule, grid = measure.trial.rule, measure.grid
    waking = Waking.of(measure.hints(), NoData(measure.trial.no_data))
    held, index = played.held, first
    while index <= grid.count:
        at = grid.at(index)
        after, reason = step(rule, held, measure.judge(index).finding, at=at)
        if reason is not None:
            played.changes.append(Change(at, held.status, after.status, reason))
            _note_episode(played.episodes, held, after, at=at)
        held, index = after, waking.next(after, index + 1)
    played.held = held
    return played


def _note_episode(episodes: list[Episode], before: Held, after: Held, *, at: datetime) -> None:
    """As `judging` opens and ends breaches."""
    if after.status is Status.FIRING and not before.is_breaching:
        episodes.append(Episode(started_at=(before.since or at) - MINUTE, fired_at=at))
    elif after.status is Status.OK and before.is_breaching:
        episodes[-1].ended_at = at


@dataclass(frozen=True, slots=True)
class Waking:
    """Which index must be judged next, by the present state."""

    from_ok: list[int]
    from_firing: list[int]
    past_run: Counts  # where the verdict is the unknown of the index before, the last one of that run; else itself
    last: int

    @classmethod
    def of(cls, hints: Hints, policy: NoData) -> "Waking":
        codes = np.zeros(len(hints.may_be_over), np.int64)
        for code, (reason, flags) in enumerate(hints.unknown.items(), start=1):
            # Missing data that count as over the limit are a verdict like any other.
            codes[flags] = 0 if reason is Reason.NO_DATA and policy is NoData.ALERT else code
        goes_on = np.concatenate([[False], (codes[1:] == codes[:-1]) & (codes[1:] != 0)])
        is_news = ~goes_on & np.logical_or.reduce([*hints.unknown.values(), codes != 0])
        return cls(
            from_ok=np.flatnonzero(hints.may_be_over | is_news).tolist(),
            from_firing=np.flatnonzero(hints.may_be_clear | is_news).tolist(),
            past_run=_run_ends(goes_on),
            last=len(codes) - 1,
        )

    def next(self, held: Held, index: int) -> int:
        """The next index to judge after the one before was judged; one beyond the last when there is none."""
        if index > self.last:
            return index
        if held.status is Status.OK:
            return self._from(self.from_ok, index)
        if held.status is Status.FIRING:
            return self._from(self.from_firing, index)
        return int(self.past_run[index])

    def _from(self, indexes: list[int], index: int) -> int:
        place = bisect_left(indexes, index)
        return indexes[place] if place < len(indexes) else self.last + 1


def _run_ends(flags: Flags) -> Counts:
    """Of each index the last one of its run of set flags; of an unset one itself."""
    own = np.arange(len(flags))
    is_end = np.concatenate([~flags[1:], [True]]) | ~flags
    ends: Counts = np.minimum.accumulate(np.where(is_end, own, len(flags))[::-1])[::-1]
    return ends
