"""Limits that the past suggests, each with the false alarms it would have given and how soon it would see harm. Pure.

Candidates are values that the measure took outside of confirmed incidents, and multiples of the usual one. They are
chosen on the first 70 % of the past and checked on the rest, so that a limit is not praised for what it was cut to.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import floor, log10

import numpy as np

from incidents.detection.backtest.grid import MINUTE, Sizes
from incidents.detection.backtest.measure import Measure
from incidents.detection.backtest.outcome import Known, outcome_of
from incidents.detection.backtest.stretches import Past, Stretch
from incidents.detection.backtest.trial import Trial
from incidents.detection.measuring import Sums, judge
from incidents.detection.statistics import MILLION
from incidents.detection.step import Truth

TUNED_SHARE = 0.7
QUANTILES = (0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 1.0)
MULTIPLES = (1.5, 2, 3, 4, 6)
WORSE = 3  # the change for the worse whose detection is timed: three times the usual
MOST_CANDIDATES = 8
SUGGESTED_METRICS = frozenset({"ratio", "count", "distinct"})  # with a ceiling, whose usual value can be tripled


@dataclass(frozen=True, slots=True)
class Candidate:
    """A limit and what it would have done. `detects_after` None: three times the usual would never fire."""

    limit: int
    chosen_a_month: float
    checked_a_month: float
    hit: int
    missed: int
    detects_after: timedelta | None
    is_suggested: bool = False


@dataclass(frozen=True, slots=True)
class Usual:
    """What an ordinary window holds: its value and how many answers."""

    value: float
    n: int


def suggestions(trial: Trial, past: Past, incidents: Sequence[Known]) -> tuple[Usual, list[Candidate]]:
    """The usual window, and limits from low to high of which one is suggested where any is good enough."""
    values = _values(trial, past, incidents)
    if trial.terms.metric not in SUGGESTED_METRICS or trial.terms.op.is_floor or not len(values):
        return Usual(0.0, 0), []
    usual = Usual(float(np.median(values)), _usual_n(trial, past))
    parts = _split(past)
    found = [_candidate(trial.with_limit(limit), parts, incidents, usual) for limit in _limits(trial, usual, values)]
    best = _best(found)
    return usual, [replace(each, is_suggested=each is best) for each in found]


def detects_after(trial: Trial, usual: Usual) -> timedelta | None:
    """How long until three times the usual would fire at the usual traffic.

    A window that fills with the worse answers minute by minute, by their expected number, judged like any other.
    """
    width = trial.window_seconds // 60
    share = usual.value / MILLION if trial.terms.metric == "ratio" else 0.0
    for minute in range(1, width + 1):
        worse = 1 + (WORSE - 1) * minute / width
        bad = round(usual.n * share * worse) if share else round(usual.value * worse)
        sums = Sums(bad=min(bad, usual.n) if share else bad, n=usual.n, n_raw=usual.n)
        if judge(trial.terms, sums).finding.truth is Truth.TRUE:
            return minute * MINUTE + timedelta(seconds=trial.for_seconds + trial.eval_delay_seconds)
    return None


def _values(trial: Trial, past: Past, incidents: Sequence[Known]) -> Sizes:
    """The values of judged windows outside of confirmed incidents."""
    kept = [np.zeros(0)]
    for stretch in past.stretches:
        grid, values = stretch.grid, Measure.of(trial, stretch.grid).values()
        for known in incidents:
            values[grid.index_of(known.started_at) : grid.index_of(known.ended_at or past.end) + 1] = np.nan
        judged = values[stretch.first :]
        kept.append(judged[~np.isnan(judged)])
    return np.concatenate(kept)


def _usual_n(trial: Trial, past: Past) -> int:
    """How many answers the middle one of the windows with any holds."""
    found = [Measure.of(trial, stretch.grid).sums["n"][stretch.first :] for stretch in past.stretches]
    windows = np.concatenate(found)
    return int(np.median(windows[windows > 0])) if (windows > 0).any() else 0


def _limits(trial: Trial, usual: Usual, values: Sizes) -> list[int]:
    wanted = [float(value) for value in np.quantile(values, QUANTILES)] + [usual.value * times for times in MULTIPLES]
    wanted.append(float(values.max()) * 1.25)
    rounded = sorted({_rounded_up(trial, value) for value in wanted if value > 0} - {0})
    if len(rounded) <= MOST_CANDIDATES:
        return rounded
    return [rounded[round(place * (len(rounded) - 1) / (MOST_CANDIDATES - 1))] for place in range(MOST_CANDIDATES)]


def _rounded_up(trial: Trial, value: float) -> int:
    """Two digits are as much as anybody means: 2.37 % becomes 2.4 %."""
    is_share = trial.terms.metric == "ratio"
    size = 10 ** max(floor(log10(value)) - 1, 2 if is_share else 0)
    rounded = int(np.ceil(value / size - 1e-9) * size)
    return min(rounded, MILLION) if is_share else rounded


def _split(past: Past) -> tuple[Past, Past]:
    starts_at = past.begins_at or past.asked_from
    moment = starts_at + (past.end - starts_at) * TUNED_SHARE
    return _part(past, starts_at, moment), _part(past, moment, past.end)


def _part(past: Past, start: datetime, end: datetime) -> Past:
    stretches = []
    for stretch in past.stretches:
        grid = stretch.grid
        cut = grid.up_to(min(grid.count, max(0, (end - grid.start) // grid.unit)))
        first = max(stretch.first, grid.index_of(start))
        if first <= cut.count:
            stretches.append(Stretch(cut, first))
    return replace(past, stretches=stretches, begins_at=start, end=end)


def _candidate(trial: Trial, parts: Sequence[Past], incidents: Sequence[Known], usual: Usual) -> Candidate:
    chosen, checked = (outcome_of(trial, part, incidents, has_blindness=False) for part in parts)
    return Candidate(
        limit=trial.terms.limit,
        chosen_a_month=chosen.unprompted_a_month,
        checked_a_month=checked.unprompted_a_month,
        hit=len(chosen.hits) + len(checked.hits),
        missed=len(chosen.misses) + len(checked.misses),
        detects_after=detects_after(trial, usual),
    )


def _best(found: Sequence[Candidate]) -> Candidate | None:
    """Of the limits with at most one false alarm a month in both parts, the lowest that hits the most."""
    calm = [each for each in found if each.chosen_a_month <= 1 and each.checked_a_month <= 1]
    most = max((each.hit for each in calm), default=0)
    return next((each for each in calm if each.hit == most), None)
