"""What playing a rule through the past says about it: breaches a week, hits and misses, blindness. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from incidents.detection.backtest.grid import MINUTE
from incidents.detection.backtest.measure import Measure
from incidents.detection.backtest.playing import episodes_of
from incidents.detection.backtest.replay import Episode
from incidents.detection.backtest.stretches import Past
from incidents.detection.backtest.trial import Trial
from incidents.detection.step import Reason

BLIND_REASONS = (Reason.NO_DATA, Reason.BELOW_MINIMUM, Reason.SHORT_BASELINE, Reason.INVALID)
WEEK, MONTH = timedelta(days=7), timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Known:
    """A confirmed incident: harm from `started_at` until it was contained, or until now."""

    reference: str
    title: str
    started_at: datetime
    ended_at: datetime | None
    stands_apart: bool = False  # another harm than the one that this threshold watches


@dataclass(frozen=True, slots=True)
class Match:
    """A confirmed incident and when the rule would have fired for it; None means that it would have missed it."""

    known: Known
    fired_at: datetime | None
    delay: timedelta | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """One rule over one past."""

    trial: Trial
    past: Past
    episodes: Sequence[Episode]
    matches: Sequence[Match]
    unprompted: Sequence[Episode]  # episodes at no confirmed incident
    firing: timedelta
    blind: dict[str, float] = field(default_factory=dict)  # share of the windows by reason

    @property
    def group_count(self) -> int:
        """How many different groups fired; 0 where the rule has none."""
        return len({each.group_key for each in self.episodes} - {""})

    @property
    def per_week(self) -> float:
        return _scaled(len(self.episodes), self.past, WEEK)

    @property
    def unprompted_a_month(self) -> float:
        return _scaled(len(self.unprompted), self.past, MONTH)

    @property
    def hits(self) -> list[Match]:
        return [match for match in self.matches if match.fired_at is not None]

    @property
    def misses(self) -> list[Match]:
        return [match for match in self.matches if match.fired_at is None]

    @property
    def blind_share(self) -> float:
        return sum(self.blind.values())


def outcome_of(trial: Trial, past: Past, incidents: Sequence[Known], *, has_blindness: bool = True) -> Outcome:
    """Play a rule through the past and compare what it did with what is known to have happened."""
    episodes = episodes_of(trial, past)
    inside = [known for known in incidents if _lies_in(known, past)]
    return Outcome(
        trial=trial,
        past=past,
        episodes=episodes,
        matches=[_match(known, episodes, past, trial) for known in inside if not known.stands_apart],
        unprompted=[each for each in episodes if not any(_meets(each, known, past) for known in inside)],
        firing=_time_in(episodes, past.end),
        blind=_blindness(trial, past) if has_blindness else {},
    )


def matches_of(known: Sequence[Known], outcome: Outcome) -> list[Match]:
    """Whether a rule that was played would have caught incidents of its time, each."""
    past, trial = outcome.past, outcome.trial
    return [
        _match(each, outcome.episodes, past, trial) for each in known if not each.stands_apart and _lies_in(each, past)
    ]


def newly_fired(after: Outcome, before: Outcome) -> list[Episode]:
    """Episodes of one rule during which the other did not fire."""
    return [
        each for each in after.episodes if not any(_overlap(each, other, after.past.end) for other in before.episodes)
    ]


def _time_in(episodes: Sequence[Episode], end: datetime) -> timedelta:
    """How long any group was firing. `episodes` are in the order of time."""
    total, reached = timedelta(0), None
    for each in episodes:
        begins = each.fired_at if reached is None else max(each.fired_at, reached)
        ends = each.ended_at or end
        total += max(ends - begins, timedelta(0))
        reached = ends if reached is None else max(reached, ends)
    return total


def _lies_in(known: Known, past: Past) -> bool:
    return past.begins_at is not None and past.begins_at <= known.started_at <= past.end


def _match(known: Known, episodes: Sequence[Episode], past: Past, trial: Trial) -> Match:
    first = next((each for each in episodes if _meets(each, known, past)), None)
    if first is None:
        return Match(known, None, None)
    waited = max(first.fired_at - known.started_at, timedelta(0)) + timedelta(seconds=trial.eval_delay_seconds)
    return Match(known, first.fired_at, waited)


def _meets(episode: Episode, known: Known, past: Past) -> bool:
    ended_at = known.ended_at or past.end
    return episode.fired_at <= ended_at and (episode.ended_at or past.end) >= known.started_at


def _overlap(one: Episode, other: Episode, end: datetime) -> bool:
    return one.fired_at <= (other.ended_at or end) and other.fired_at <= (one.ended_at or end)


def _scaled(count: int, past: Past, unit: timedelta) -> float:
    """Per unit of time really looked at. Less than a day says nothing about a week, so a day is the least."""
    return count * (unit / timedelta(days=1)) / max(past.days, 1.0)


def _blindness(trial: Trial, past: Past) -> dict[str, float]:
    """The share of time without a verdict, by reason. An hour counts as its sixty minutes."""
    total, by_reason = 0, dict.fromkeys(BLIND_REASONS, 0)
    for stretch in past.stretches:
        hints, weight = Measure.of(trial, stretch.grid).hints(), int(stretch.grid.unit / MINUTE)
        total += weight * (stretch.grid.count + 1 - stretch.first)
        for reason in BLIND_REASONS:
            by_reason[reason] += weight * int(np.count_nonzero(hints.of(reason)[stretch.first :]))
    return {reason.value: count / total for reason, count in by_reason.items() if count} if total else {}
