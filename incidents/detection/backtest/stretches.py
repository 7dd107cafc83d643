"""The past that a rule is played through: stretches of hours and minutes, oldest first. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from incidents.detection.backtest.grid import Grid


@dataclass(frozen=True, slots=True)
class Stretch:
    """A grid and the first index of it that is judged: what lies before only fills the first windows."""

    grid: Grid
    first: int


@dataclass(frozen=True, slots=True)
class Past:
    """`begins_at` is None where nothing was counted. From `minutes_from` on minutes are judged, before it hours."""

    stretches: Sequence[Stretch]
    asked_from: datetime
    begins_at: datetime | None
    minutes_from: datetime
    end: datetime
    received_to: datetime | None  # the newest signal in it

    @property
    def days(self) -> float:
        """How long was really looked at."""
        return (self.end - self.begins_at) / timedelta(days=1) if self.begins_at else 0.0

    @property
    def has_hours(self) -> bool:
        """Whether a part of what was looked at rests on hours."""
        return self.begins_at is not None and self.begins_at < self.minutes_from
