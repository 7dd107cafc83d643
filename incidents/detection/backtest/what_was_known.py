"""What was known when a window was judged, where something came later. Pure.

A minute of a series is known from its first signal on: of one that came in parts nobody kept how much there was when.
Of single events each has its own moment.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from incidents.detection.backtest.events import MINUTE_MICROS, Events
from incidents.detection.backtest.grid import Counts, Grid, Totals
from incidents.detection.backtest.groups import Groups
from incidents.detection.backtest.tracks import Steps

MOST_STAGES = 64  # moments at which more became known of one group; of more, neighbours are taken together


def windows_then(grid: Grid, name: str, width: int, *, cells: Counts, known: Counts, late: Totals) -> Totals:
    """What the windows of a column held at their ticks: without those cells that were known only later.

    `known` is the first index at whose tick a cell's `late` part was there.
    """
    sums = grid.windows(name, width)
    begins, ends = cells + 1, np.minimum(np.minimum(cells + width, known - 1), grid.count)
    missing = np.zeros(grid.count + 2, sums.dtype)
    is_missing = begins <= ends
    np.add.at(missing, begins[is_missing], late[is_missing])
    np.add.at(missing, ends[is_missing] + 1, -late[is_missing])
    then: Totals = sums - np.cumsum(missing)[: grid.count + 1]
    return then


def groups_then(groups: Groups, events: Events, *, held: Callable[[Events], Counts], lag: int) -> Groups:
    """The same groups, each by what was known of it. `events` are in order, `lag` is how long the tick waits."""
    known = -((lag - events.received) // MINUTE_MICROS)
    late = known > events.at // MINUTE_MICROS + 1
    numbers = np.unique(events.group)
    steps: dict[int, Steps] = {}
    for number in np.unique(events.group[late]).tolist():
        own = events.group == number
        place = int(np.searchsorted(numbers, number))
        steps[place] = _steps_then(events.where(own), known[own], late[own], held=held, width=groups.width)
    return replace(groups, _steps=steps)


def _steps_then(events: Events, known: Counts, late: Counts, *, held: Callable[[Events], Counts], width: int) -> Steps:
    """From stage to stage of what was known, the steps of that stage."""
    stages = np.unique(known[late])
    every = -(-len(stages) // MOST_STAGES)
    stages = stages[every - 1 :: every] if every > 1 else stages
    borders = [0, *stages.tolist()]
    starts: list[int] = []
    strengths: list[int] = []
    for place, border in enumerate(borders):
        is_known = ~late | (known <= border)
        steps = _steps_of(events.where(is_known), held, width)
        end = borders[place + 1] if place + 1 < len(borders) else None
        for start, strength in _cut(steps, border, end):
            starts.append(start)
            strengths.append(strength)
    return Steps(starts, strengths)


def _steps_of(events: Events, held: Callable[[Events], Counts], width: int) -> Steps:
    strongest: dict[int, int] = {}
    for minute, strength in zip((events.at // MINUTE_MICROS).tolist(), held(events).tolist(), strict=True):
        strongest[minute] = max(strength, strongest.get(minute, 0))
    return Steps.of(sorted(strongest.items()), width=width)


def _cut(steps: Steps, first: int, end: int | None) -> Sequence[tuple[int, int]]:
    """The steps from an index on, up to another."""
    place = bisect_left(steps.starts, first + 1) - 1
    later = [(start, held) for start, held in zip(steps.starts, steps.held, strict=True) if start > first]
    return [(first, steps.held[place]), *(each for each in later if end is None or each[0] < end)]
