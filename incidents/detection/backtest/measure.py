"""What a rule finds in each window of a grid, and which windows need not be looked at. Pure.

The verdict comes from `measuring.judge`, as live. The flags made here only say what a window surely is not: not over
the limit, not clear. They may say too little, never too much, and a test holds them to it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from incidents.detection.backtest.grid import MINUTE, Flags, Grid, Sizes
from incidents.detection.backtest.trial import Trial
from incidents.detection.measuring import THOUSAND, Judged, Sums, judge
from incidents.detection.statistics import MILLION, Op
from incidents.detection.step import Reason

Column = NDArray[np.int64] | NDArray[np.float64]
BEYOND: dict[Op, Callable[..., Flags]] = {
    Op.GT: np.greater,
    Op.GTE: np.greater_equal,
    Op.LT: np.less,
    Op.LTE: np.less_equal,
}
SHORT_PART = 12  # a burn rate looks at the last twelfth of its window as well


@dataclass(frozen=True, slots=True)
class Hints:
    """Of each index: whether it may be over, whether it may be clear, and why it surely cannot be judged."""

    may_be_over: Flags
    may_be_clear: Flags
    unknown: Mapping[Reason, Flags]

    def of(self, reason: Reason) -> Flags:
        return self.unknown.get(reason, np.zeros(len(self.may_be_over), np.bool_))


@dataclass(frozen=True, slots=True)
class Measure:
    """A rule over a grid, with the sums of every window."""

    trial: Trial
    grid: Grid
    sums: Mapping[str, Column]

    @classmethod
    def of(cls, trial: Trial, grid: Grid) -> "Measure":
        width = grid.cells_in(trial.window_seconds)
        sums = {name: grid.windows(name, width) for name in grid.totals}
        if trial.terms.metric == "burn":
            short = _short_cells(trial.window_seconds // SHORT_PART, grid)
            for name, source in (("short_bad", "bad"), ("short_n", "n"), ("short_raw", "n_raw")):
                sums[name] = grid.windows(source, short)
        return cls(trial, grid, sums)

    def judge(self, index: int) -> Judged:
        """The verdict on the window that ends at an index."""
        return judge(self.trial.terms, Sums(**{name: column[index].item() for name, column in self.sums.items()}))

    def hints(self) -> Hints:
        return _HINTS.get(self.trial.terms.metric, _count_hints)(self)

    def values(self) -> Sizes:
        """The plain value of each window in the unit of the limit, to draw and to rank; NaN where there is none."""
        whole = self._whole()
        with np.errstate(divide="ignore", invalid="ignore"):
            values = self._part() / whole
        known = ~np.logical_or.reduce([*self.hints().unknown.values(), whole == 0])
        return np.where(known, values, np.nan)

    def _part(self) -> Sizes:
        """What is compared with the limit times the whole."""
        match self.trial.terms.metric:
            case "ratio":
                return np.asarray(self.sums["bad"] * MILLION)
            case "burn":
                return np.asarray(self.sums["bad"] * (MILLION * THOUSAND))
            case "mean":
                return np.rint(self.sums["value_sum"] * 1e6)
            case _:
                return np.asarray(self.sums["bad"])

    def _whole(self) -> Column:
        match self.trial.terms.metric:
            case "ratio":
                return self.sums["n"]
            case "burn":
                return self.sums["n"] * self.trial.terms.budget_ppm
            case "mean":
                return self.sums["value_n"]
            case _:
                return np.ones(len(self.sums["bad"]), np.int64)

    def sides(self, known: Flags) -> tuple[Flags, Flags]:
        """Over by the plain value, which a bound can only take back; and beyond the clear limit."""
        terms, beyond = self.trial.terms, BEYOND[self.trial.terms.op]
        part, whole = self._part(), self._whole()
        return beyond(part, terms.limit * whole) & known, ~beyond(part, terms.clear_limit * whole) & known


def _short_cells(seconds: int, grid: Grid) -> int:
    """Whole minutes, as live; of hours at least one, because there is nothing finer."""
    return seconds // 60 if grid.unit == MINUTE else grid.cells_in(seconds)


def _count_hints(measure: Measure) -> Hints:
    return Hints(*measure.sides(np.ones(measure.grid.count + 1, np.bool_)), {})


def _ratio_hints(measure: Measure) -> Hints:
    unknown = _shares_unknown(measure)
    return Hints(*measure.sides(~np.logical_or.reduce(list(unknown.values()))), unknown)


def _burn_hints(measure: Measure) -> Hints:
    """The short window, too, may keep it from being over or make it clear: only the long one is looked at here."""
    unknown, sums = _shares_unknown(measure), measure.sums
    known = ~np.logical_or.reduce(list(unknown.values()))
    empty = known & ((sums["short_raw"] == 0) | (sums["short_n"] == 0))
    wrong = known & ~empty & (sums["short_bad"] > sums["short_n"])
    unknown[Reason.BELOW_MINIMUM] = unknown[Reason.BELOW_MINIMUM] | empty
    unknown[Reason.INVALID] = unknown[Reason.INVALID] | wrong
    known = known & ~empty & ~wrong
    return Hints(measure.sides(known)[0], known, unknown)


def _mean_hints(measure: Measure) -> Hints:
    scored, terms = measure.sums["value_n"], measure.trial.terms
    no_data: Flags = scored == 0
    too_few: Flags = ~no_data & (scored < max(terms.min_samples, 1 if terms.confidence == "none" else 2))
    return Hints(*measure.sides(~no_data & ~too_few), {Reason.NO_DATA: no_data, Reason.BELOW_MINIMUM: too_few})


def _shares_unknown(measure: Measure) -> dict[Reason, Flags]:
    bad, n, seen = (measure.sums[name] for name in ("bad", "n", "n_raw"))
    no_data: Flags = (n == 0) & (bad == 0)
    invalid: Flags = ((n == 0) | (bad > n)) & ~no_data
    too_few: Flags = (seen < max(measure.trial.terms.min_samples, 1)) & ~no_data & ~invalid
    return {Reason.NO_DATA: no_data, Reason.INVALID: invalid, Reason.BELOW_MINIMUM: too_few}


_HINTS: dict[str, Callable[[Measure], Hints]] = {"ratio": _ratio_hints, "burn": _burn_hints, "mean": _mean_hints}
