"""Playing a rule through the past with the state machine of live thresholds. Pure.

Every verdict goes through `step`. Windows at which no verdict could change the present state are passed over, as
`waking` says.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from incidents.detection.backtest.grid import MINUTE
from incidents.detection.backtest.trial import Trial
from incidents.detection.step import Finding, Held, Reason, Rule, Status, step


@dataclass(frozen=True, slots=True)
class Change:
    """One transition, as live ones are recorded."""

    at: datetime
    before: Status
    after: Status
    reason: Reason


@dataclass(slots=True)
class Episode:
    """One breach: over since `started_at`, fired at `fired_at`, ended at `ended_at` or still firing.

    `group_key` says whose it is, where a rule looks at each person, conversation or version apart.
    """

    started_at: datetime
    fired_at: datetime
    ended_at: datetime | None = None
    group_key: str = ""


class Waker(Protocol):
    """Which window must be judged next, by the present state."""

    def next(self, held: Held, index: int) -> int: ...


class Line(Protocol):
    """A line of moments, numbered from the start of a place that has `count` of them."""

    @property
    def count(self) -> int: ...

    def at(self, index: int) -> datetime: ...


class Playable(Protocol):
    """A rule over a past: what it finds in the window that ends at each index, and which of them matter."""

    @property
    def trial(self) -> Trial: ...

    @property
    def grid(self) -> Line: ...

    def waking(self) -> Waker: ...

    def finding(self, index: int) -> Finding: ...


@dataclass(slots=True)
class Played:
    """What came of it. `held` is the state at the end, from which the next grid goes on."""

    changes: list[Change] = field(default_factory=list)
    episodes: list[Episode] = field(default_factory=list)
    held: Held = field(default_factory=Held)

    def take(self, rule: Rule, finding: Finding, *, at: datetime) -> None:
        """Step on, and note what changed."""
        before = self.held
        self.held, reason = step(rule, before, finding, at=at)
        if reason is not None:
            self.changes.append(Change(at, before.status, self.held.status, reason))
            _note_episode(self.episodes, before, self.held, at=at)


def play(measure: Playable, played: Played, *, first: int = 1) -> Played:
    """Go through the indexes from `first` on, from the state that `played` ended in."""
    rule, grid, waking = measure.trial.rule, measure.grid, measure.waking()
    index = first
    while index <= grid.count:
        played.take(rule, measure.finding(index), at=grid.at(index))
        index = waking.next(played.held, index + 1)
    return played


def _note_episode(episodes: list[Episode], before: Held, after: Held, *, at: datetime) -> None:
    """As `judging` opens and ends breaches."""
    if after.status is Status.FIRING and not before.is_breaching:
        episodes.append(Episode(started_at=(before.since or at) - MINUTE, fired_at=at))
    elif after.status is Status.OK and before.is_breaching:
        episodes[-1].ended_at = at
