"""Playing what judged the past through what is known of it now, with the functions of the back-test."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from incidents.detection.backtest.grid import MINUTE, Grid
from incidents.detection.backtest.looking_back import trial_of, why_not
from incidents.detection.backtest.measure import Measure
from incidents.detection.backtest.past import read_past
from incidents.detection.backtest.replay import Change, Episode, Played, play
from incidents.detection.backtest.trial import Trial
from incidents.detection.choices import PATTERNS, Metric
from incidents.detection.late.segments import Segment
from incidents.detection.late.spans import Span
from incidents.detection.measuring import Sums
from incidents.detection.step import Held, Reason, Status, withdraw
from incidents.detection.versions import ThresholdVersion

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Fired:
    """An episode of the replay with the figures of the window that fired, and what judged it."""

    episode: Episode
    segment: Segment
    bad: int
    n: int
    value: int | None
    ended_reason: Reason = Reason.CLEARED


@dataclass(slots=True)
class Replayed:
    """What came of it. `known` are the spells that were open when it began: no news, whatever became of them."""

    fired: list[Fired] = field(default_factory=list)
    known: list[Episode] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    window_count: int = 0
    held: Held = field(default_factory=Held)

    def overlapping(self, starts: datetime, ends: datetime | None) -> bool:
        """Whether it fired at any time between two moments; the end is open where there is none."""
        episodes = [*self.known, *(each.episode for each in self.fired)]
        return any(
            (ends is None or each.started_at <= ends) and (each.ended_at is None or each.ended_at >= starts)
            for each in episodes
        )


def replay(segments: Sequence[Segment], held: Held, spans: Sequence[Span]) -> Replayed:
    """Go through the ticks of the segments from a state on, each with its own version. `spans` are what changed."""
    found, played = Replayed(), Played(held=held)
    if held.is_breaching and segments:
        found.known.append(Episode(started_at=segments[0].starts, fired_at=segments[0].starts))
        played.episodes.extend(found.known)
    for segment in segments:
        if segment.is_judged and is_replayed(segment.version):
            _play(segment, played, found, spans)
        elif played.held.is_breaching:
            withdraw_open(segment, played, found)
    found.changes, found.held = played.changes, played.held
    return found


def is_replayed(version: ThresholdVersion) -> bool:
    """Not what a late event makes fire by itself; patterns by group are played by `grouping`."""
    is_by_group = version.metric in PATTERNS and bool(version.group_by)
    return not why_not(version) and not is_by_group and version.metric != Metric.ZERO_TOLERANCE


def days_of(segment: Segment) -> int:
    """Whole days that cover a segment."""
    return max(1, -(-(segment.ends - segment.starts) // DAY) + 1)


def _play(segment: Segment, played: Played, found: Replayed, spans: Sequence[Span]) -> None:
    past = read_past(segment.version, days=days_of(segment), now=segment.last_tick)
    stretch = next((each for each in past.stretches if each.grid.unit == MINUTE), None)
    if stretch is None:
        return
    first = max(stretch.first, stretch.grid.index_of(segment.starts))
    trial = trial_of(segment.version)
    measure, before = Measure.of(trial, hearing(stretch.grid, spans, trial)), len(played.episodes)
    play(measure, played, first=first)
    found.window_count += max(0, stretch.grid.count + 1 - first)
    found.fired += [_fired(each, segment, measure) for each in played.episodes[before:]]


def hearing(grid: Grid, spans: Sequence[Span], trial: Trial) -> Grid:
    """A source that was silent and sent its queue later was heard after all, in windows that hold any of it."""
    if "is_heard" not in grid.held:
        return grid
    is_heard, width = grid.held["is_heard"].copy(), grid.cells_in(trial.window_seconds)
    for name in ("bad", "value_n"):
        if name in grid.totals:
            is_heard |= grid.windows(name, width) > 0
    for span in spans:
        is_heard[grid.index_of(span.first) + 1 : grid.index_of(span.last + MINUTE) + width] = True
    return grid.holding({"is_heard": is_heard})


def _fired(episode: Episode, segment: Segment, measure: Measure) -> Fired:
    index = measure.grid.index_of(episode.fired_at)
    sums = Sums(**{name: column[index].item() for name, column in measure.sums.items()})
    return Fired(episode, segment, sums.bad, sums.beside, measure.judge(index).value)


def withdraw_open(segment: Segment, played: Played, found: Replayed) -> None:
    """Paused, retired or set to draft meanwhile: what was open ended there, as it would have live."""
    before = played.held
    played.held = withdraw(before, at=segment.first_tick)
    played.changes.append(Change(segment.first_tick, before.status, Status.ARCHIVED, Reason.WITHDRAWN))
    played.episodes[-1].ended_at = segment.first_tick
    if found.fired:
        last = found.fired.pop()
        found.fired.append(Fired(last.episode, last.segment, last.bad, last.n, last.value, Reason.WITHDRAWN))
