"""What a rule finds in each window of a grid, and which windows need not be looked at. Pure.

The verdict comes from `measuring.judge`, as live. The flags made here only say what a window surely is not: not over
the limit, not clear. They may say too little, never too much, and a test holds them to it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from incidents.detection.backtest.grid import MINUTE, Flags, Grid, Sizes
from incidents.detection.backtest.trial import Trial
from incidents.detection.backtest.waking import Hints, Waking
from incidents.detection.measuring import THOUSAND, USABLE_WEEKS, Judged, Sums, judge
from incidents.detection.statistics import MILLION, Op
from incidents.detection.step import Finding, NoData, Reason

Column = NDArray[np.int64] | NDArray[np.float64]
BEYOND: dict[Op, Callable[..., Flags]] = {
    Op.GT: np.greater,
    Op.GTE: np.greater_equal,
    Op.LT: np.less,
    Op.LTE: np.less_equal,
}
HAIR = 1e-9  # what rounding may do to a product of floats
SHORT_PART = 12  # a burn rate looks at the last twelfth of its window as well


@dataclass(frozen=True, slots=True)
class Measure:
    """A rule over a grid, with the sums of every window."""

    trial: Trial
    grid: Grid
    sums: Mapping[str, Column]

    @classmethod
    def of(cls, trial: Trial, grid: Grid) -> "Measure":
        width = grid.cells_in(trial.window_seconds)
        sums = {name: grid.windows(name, width) for name in grid.totals if name not in grid.held}
        if trial.terms.metric == "burn":
            short = short_cells(trial.window_seconds // SHORT_PART, grid)
            for name, source in (("short_bad", "bad"), ("short_n", "n"), ("short_raw", "n_raw")):
                sums[name] = grid.windows(source, short)
        return cls(trial, grid, {**sums, **grid.held})

    def judge(self, index: int) -> Judged:
        """The verdict on the window that ends at an index."""
        sums = Sums(**{name: column[index].item() for name, column in self.sums.items()})
        return judge(self.trial.terms, sums, band=self.trial.band)

    def hints(self) -> Hints:
        found = _HINTS.get(self.trial.terms.metric, _count_hints)(self)
        return found.where(self.grid.held["is_heard"]) if "is_heard" in self.grid.held else found

    def waking(self) -> Waking:
        return Waking.of(self.hints(), NoData(self.trial.no_data))

    def finding(self, index: int) -> Finding:
        return self.judge(index).finding

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
            case "baseline":
                return self.sums["bad"].astype(np.float64) * self.sums["past_n"] * THOUSAND
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
            case "baseline":
                return np.maximum(self.sums["past_bad"], 1).astype(np.float64) * self.sums["n"]
            case _:
                return np.ones(len(self.sums["bad"]), np.int64)

    def sides(self, known: Flags) -> tuple[Flags, Flags]:
        """Over by the plain value, which a bound can only take back; and beyond the clear limit."""
        limit, clear = self.trial.line
        beyond = BEYOND[self.trial.terms.op]
        part, whole = self._part(), self._whole()
        return beyond(part, limit * whole) & known, ~beyond(part, clear * whole) & known


def short_cells(seconds: int, grid: Grid) -> int:
    """Whole minutes, as live; of hours at least one, because there is nothing finer."""
    return seconds // 60 if grid.unit == MINUTE else grid.cells_in(seconds)


def _count_hints(measure: Measure) -> Hints:
    return Hints(*measure.sides(np.ones(measure.grid.count + 1, np.bool_)), {})


def _ratio_hints(measure: Measure) -> Hints:
    unknown = _shares_unknown(measure)
    return Hints(*measure.sides(~np.logical_or.reduce(list(unknown.values()))), unknown)


def _burn_hints(measure: Measure) -> Hints:
    """Over while both windows are, and clear as soon as one of them is."""
    unknown, sums = _shares_unknown(measure), measure.sums
    known = ~np.logical_or.reduce(list(unknown.values()))
    empty = known & ((sums["short_raw"] == 0) | (sums["short_n"] == 0))
    wrong = known & ~empty & (sums["short_bad"] > sums["short_n"])
    unknown[Reason.BELOW_MINIMUM] = unknown[Reason.BELOW_MINIMUM] | empty
    unknown[Reason.INVALID] = unknown[Reason.INVALID] | wrong
    known = known & ~empty & ~wrong
    short = replace(measure, sums={**sums, "bad": sums["short_bad"], "n": sums["short_n"]})
    (may_be_over, may_be_clear), (short_over, short_clear) = measure.sides(known), short.sides(known)
    return Hints(may_be_over & short_over, may_be_clear | short_clear, unknown)


def _mean_hints(measure: Measure) -> Hints:
    scored, terms = measure.sums["value_n"], measure.trial.terms
    no_data: Flags = scored == 0
    too_few: Flags = ~no_data & (scored < max(terms.min_samples, 1 if terms.confidence == "none" else 2))
    return Hints(*measure.sides(~no_data & ~too_few), {Reason.NO_DATA: no_data, Reason.BELOW_MINIMUM: too_few})


def _baseline_hints(measure: Measure) -> Hints:
    """In floats, so a hair's breadth on either side of a line counts as maybe. Chance is left to the formula."""
    sums, terms = measure.sums, measure.trial.terms
    no_data: Flags = sums["n"] == 0
    too_few_weeks: Flags = ~no_data & ((sums["weeks"] < USABLE_WEEKS) | (sums["past_n"] == 0))
    known = ~no_data & ~too_few_weeks
    left = measure._part()
    usual = sums["past_bad"].astype(np.float64) * sums["n"]
    limit, clear = measure.trial.line
    may_be_over = _maybe_beyond(terms.op, left, limit * usual)
    may_be_clear = ~_surely_beyond(terms.op, left, clear * usual)
    counted = usual / np.maximum(sums["past_n"], 1) if terms.op.is_floor else sums["bad"]
    is_enough, is_too_little = counted >= terms.floor_count * (1 - HAIR), counted < terms.floor_count * (1 + HAIR)
    unknown = {Reason.NO_DATA: no_data, Reason.SHORT_BASELINE: too_few_weeks}
    return Hints(may_be_over & is_enough & known, (may_be_clear | is_too_little) & known, unknown)


def _maybe_beyond(op: Op, left: Sizes, line: Sizes) -> Flags:
    return left <= line * (1 + HAIR) if op.is_floor else left >= line * (1 - HAIR)


def _surely_beyond(op: Op, left: Sizes, line: Sizes) -> Flags:
    return left < line * (1 - HAIR) if op.is_floor else left > line * (1 + HAIR)


def _shares_unknown(measure: Measure) -> dict[Reason, Flags]:
    bad, n, seen = (measure.sums[name] for name in ("bad", "n", "n_raw"))
    no_data: Flags = (n == 0) & (bad == 0)
    invalid: Flags = ((n == 0) | (bad > n)) & ~no_data
    too_few: Flags = (seen < max(measure.trial.terms.min_samples, 1)) & ~no_data & ~invalid
    return {Reason.NO_DATA: no_data, Reason.INVALID: invalid, Reason.BELOW_MINIMUM: too_few}


_HINTS: dict[str, Callable[[Measure], Hints]] = {
    "ratio": _ratio_hints,
    "burn": _burn_hints,
    "mean": _mean_hints,
    "baseline": _baseline_hints,
}
