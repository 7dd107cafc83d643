"""The groups of a pattern over one past, each with how strong it was and when. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from incidents.detection.backtest.events import MINUTE_MICROS, Events
from incidents.detection.backtest.grid import Counts
from incidents.detection.backtest.tracks import Clock, Steps, Track
from incidents.detection.backtest.trial import Trial


@dataclass(frozen=True, slots=True)
class Groups:
    """By place of the group: its key, its strongest window, and the minutes in which its windows end.

    `width` is how many minutes a window counts for, `first` the first index that is judged.
    """

    clock: Clock
    first: int
    width: int
    keys: Sequence[str]
    most: Counts
    minutes: Sequence[Counts]
    strengths: Sequence[Counts]
    silences: Sequence[tuple[int, int]]
    _steps: dict[int, Steps] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        events: Events,
        held: Counts,
        *,
        keys: Mapping[int, str],
        clock: Clock,
        first: int,
        width: int,
        silences: Sequence[tuple[int, int]],
    ) -> "Groups":
        """From events by group and moment, with what the window that ends with each of them holds."""
        minutes = events.at // MINUTE_MICROS
        is_new = np.ones(len(events), np.bool_)
        is_new[1:] = (events.group[1:] != events.group[:-1]) | (minutes[1:] != minutes[:-1])
        cells = np.flatnonzero(is_new)
        strongest = np.maximum.reduceat(held, cells) if len(cells) else held
        group, minutes = events.group[cells], minutes[cells]
        borders = np.flatnonzero(np.diff(group)) + 1
        parts = [part for part in np.split(np.arange(len(group)), borders) if len(part)]
        return cls(
            clock,
            first,
            width,
            [keys[int(group[part[0]])] for part in parts],
            np.array([strongest[part].max() for part in parts], np.int64),
            [minutes[part] for part in parts],
            [strongest[part] for part in parts],
            silences,
        )

    def count(self, least: int) -> int:
        """How many groups ever held so much."""
        return int(np.count_nonzero(self.most >= least))

    def tracks(self, trial: Trial) -> Iterator[tuple[str, Track]]:
        """The groups that a rule would ever look at, by its own band alone."""
        for key, bands in self.bands(trial):
            yield key, bands[0]

    def bands(self, trial: Trial) -> Iterator[tuple[str, list[Track]]]:
        """The groups that a rule would ever look at, by its own band and then the other one."""
        trials = [trial, *trial.other_bands]
        for place in np.flatnonzero(self.most >= trial.least).tolist():
            steps = self._steps_of(place)
            yield self.keys[place], [Track.of(band, self.clock, steps, self.silences) for band in trials]

    def strongest(self) -> Counts:
        """What the strongest group holds at each index."""
        ends: dict[int, int] = {}
        for minutes, strengths in zip(self.minutes, self.strengths, strict=True):
            for minute, strength in zip(minutes.tolist(), strengths.tolist(), strict=True):
                ends[minute] = max(strength, ends.get(minute, 0))
        steps = Steps.of(sorted(ends.items()), width=self.width)
        starts = np.minimum(np.array([*steps.starts, self.clock.count + 1]), self.clock.count + 1)
        return np.repeat(np.array(steps.held, np.int64), np.diff(starts))

    def _steps_of(self, place: int) -> Steps:
        if place not in self._steps:
            pairs = zip(self.minutes[place].tolist(), self.strengths[place].tolist(), strict=True)
            self._steps[place] = Steps.of(pairs, width=self.width)
        return self._steps[place]
