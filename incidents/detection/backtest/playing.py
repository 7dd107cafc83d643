"""A rule through a whole past: by the minute, group by group, or at once where a single event fires. Pure."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import chain

import numpy as np

from incidents.detection.backtest.grid import MINUTE, Grid
from incidents.detection.backtest.measure import Measure
from incidents.detection.backtest.replay import Change, Episode, Played, play
from incidents.detection.backtest.stretches import Past, Stretch
from incidents.detection.backtest.tracks import Track
from incidents.detection.backtest.trial import Trial
from incidents.detection.measuring import Sums, judge
from incidents.detection.step import Held, Status

AT_ONCE = "zero_tolerance"


def episodes_of(trial: Trial, past: Past) -> list[Episode]:
    """When a rule would have fired, in the order of time."""
    found = chain.from_iterable(played.episodes for _key, played in played_through(trial, past))
    return sorted(found, key=lambda each: each.fired_at)


def changes_of(trial: Trial, past: Past) -> dict[str, list[Change]]:
    """The transitions of each group, as live ones are recorded; one nameless group where a rule has none."""
    return {key: played.changes for key, played in played_through(trial, past) if played.changes}


def played_through(trial: Trial, past: Past) -> Iterator[tuple[str, Played]]:
    if past.groups is not None:
        for key, tracks in past.groups.bands(trial):
            yield key, _play_group(key, tracks, past.groups.first)
        return
    played = Played()
    for stretch in past.stretches:
        if trial.terms.metric == AT_ONCE:
            play_at_once(trial, stretch, played)
        else:
            play(Measure.of(trial, stretch.grid), played, first=stretch.first)
    yield "", played


def _play_group(key: str, tracks: Sequence[Track], first: int) -> Played:
    """The first of the tracks, beside the others: while one band of a group stands, the tick looks at all of them."""
    bands = [(track, Played()) for track in tracks]
    index, count = first, tracks[0].grid.count
    while index <= count:
        if _stands(bands) or tracks[0].held_at(index) >= tracks[0].trial.least:
            for track, played in bands:
                played.take(track.trial.rule, track.finding(index), at=track.grid.at(index))
        later = [track.next(played.held, index + 1) for track, played in bands]
        index = min([*later, tracks[0].border_after(index)] if _stands(bands) else later)
    found = bands[0][1]
    for each in found.episodes:
        each.group_key = key
    return found


def _stands(bands: Sequence[tuple[Track, Played]]) -> bool:
    return any(played.held.status is not Status.OK for _track, played in bands)


def play_at_once(trial: Trial, stretch: Stretch, played: Played) -> None:
    """An event fires in the minute in which it is counted; the tick ends what has left the window, and never fires.

    The tick judges data up to its waiting time ago, and all that is newer counts as well: it may be what fired.
    """
    grid, rule = stretch.grid, trial.rule
    totals = grid.totals["bad"]
    fires = (np.flatnonzero(np.diff(totals)) + 1).tolist()
    lag = int(timedelta(seconds=trial.eval_delay_seconds) / MINUTE) if grid.unit == MINUTE else 0
    width, happens, index = grid.cells_in(trial.window_seconds), set(fires), stretch.first
    while index <= grid.count:
        if index in happens and played.held.status is not Status.FIRING:
            happened = Sums(bad=int(totals[index] - totals[index - 1]))
            played.take(rule, judge(trial.terms, happened).finding, at=grid.at(index))
        if played.held.status is not Status.OK:
            sums = Sums(bad=int(totals[index] - totals[max(index - lag - width, 0)]), is_heard=_is_heard(grid, index))
            played.take(rule, judge(trial.terms, sums).finding, at=grid.at(index - lag))
        index = _next_at_once(played.held, index + 1, fires, grid.count)


def _next_at_once(held: Held, index: int, fires: Sequence[int], count: int) -> int:
    if held.status is not Status.OK:
        return index
    place = bisect_left(fires, index)
    return fires[place] if place < len(fires) else count + 1


def _is_heard(grid: Grid, index: int) -> bool:
    return bool(grid.held["is_heard"][index]) if "is_heard" in grid.held else True
