"""Playing a rule through the past with the state machine of live thresholds. Pure.

Every verdict goes through `step`. Indexes at which no verdict could change the present state are passed over:
in ok those that are surely not over, in firing those that are surely not clear, and of a run of equal unknowns all
but the last, because the timers that unknowns hold back move by the distance to the last one alone.
"""

from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from incidents.detection.backtest.grid import MINUTE, Counts, Flags
from incidents.detection.backtest.measure import Hints, Measure
from incidents.detection.step import BREACHING, TIMED, Held, NoData, Reason, Status, step


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
    held, index = played.held, waking.next(played.held, first)
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
    if after.status is Status.FIRING and not _is_breaching(before):
        episodes.append(Episode(started_at=(before.since or at) - MINUTE, fired_at=at))
    elif after.status is Status.OK and _is_breaching(before):
        episodes[-1].ended_at = at


def _is_breaching(held: Held) -> bool:
    return (held.held_from or held.status) in BREACHING


@dataclass(frozen=True, slots=True)
class Waking:
    """Which index must be judged next, by the present state."""

    from_ok: list[int]
    from_firing: list[int]
    past_no_data: Counts  # of each index in a run of windows without data the last one of the run, else itself
    past_too_few: Counts
    last: int

    @classmethod
    def of(cls, hints: Hints, policy: NoData) -> "Waking":
        no_data = hints.of(Reason.NO_DATA)
        never = np.zeros_like(no_data)
        return cls(
            from_ok=np.flatnonzero(hints.may_be_over | (never if policy is NoData.OK else no_data)).tolist(),
            from_firing=np.flatnonzero(hints.may_be_clear | (never if policy is NoData.ALERT else no_data)).tolist(),
            past_no_data=_run_ends(no_data if policy is NoData.HOLD else never),
            past_too_few=_run_ends(hints.of(Reason.BELOW_MINIMUM)),
            last=len(no_data) - 1,
        )

    def next(self, held: Held, index: int) -> int:
        """The next index to judge; one beyond the last when there is none."""
        if index > self.last:
            return index
        if held.status is Status.OK:
            return self._from(self.from_ok, index)
        if held.status is Status.FIRING:
            return self._from(self.from_firing, index)
        if held.status is Status.NO_DATA:
            return int(self.past_no_data[index])
        return int(self.past_too_few[index]) if held.status in TIMED else index

    def _from(self, indexes: list[int], index: int) -> int:
        place = bisect_left(indexes, index)
        return indexes[place] if place < len(indexes) else self.last + 1


def _run_ends(flags: Flags) -> Counts:
    """Of each index the last one of its run of set flags; of an unset one itself."""
    own = np.arange(len(flags))
    is_end = np.concatenate([~flags[1:], [True]]) | ~flags
    ends: Counts = np.minimum.accumulate(np.where(is_end, own, len(flags))[::-1])[::-1]
    return ends
