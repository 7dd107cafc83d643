"""The past that a rule is played through: stretches of hours and minutes, oldest first. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from incidents.detection.backtest.grid import Grid
from incidents.detection.backtest.groups import Groups


@dataclass(frozen=True, slots=True)
class Stretch:
    """A grid and the first index of it that is judged: what lies before only fills the first windows."""

    grid: Grid
    first: int


@dataclass(frozen=True, slots=True)
class Past:
    """`begins_at` is None where nothing was counted. From `minutes_from` on minutes are judged, before it hours.

    `groups` are those of a pattern; its stretches then hold the strongest of them. `then` is the same past with only
    what had arrived when each window was judged: empty where nothing came late, so that it would be equal.
    """

    stretches: Sequence[Stretch]
    asked_from: datetime
    begins_at: datetime | None
    minutes_from: datetime
    end: datetime
    received_to: datetime | None  # the newest signal in it
    groups: Groups | None = None
    then: Sequence[Stretch] = ()
    then_groups: Groups | None = None
    late: int = 0  # cells or events that were counted after a window that they belong to was judged
    partly_late: int = 0  # of them those of which a part had arrived in time, and nobody knows how much
    is_cut: bool = False  # single events are kept no longer than this

    @property
    def days(self) -> float:
        """How long was really looked at."""
        return (self.end - self.begins_at) / timedelta(days=1) if self.begins_at else 0.0

    @property
    def as_known_then(self) -> "Past | None":
        """What was known at the time; None where that was all of it."""
        return replace(self, stretches=self.then, groups=self.then_groups, then=()) if self.then else None

    @property
    def has_hours(self) -> bool:
        """Whether a part of what was looked at rests on hours."""
        return self.begins_at is not None and self.begins_at < self.minutes_from
