"""What a window's sums mean: over the limit, not, or not to be judged. One formula per metric.

The tick, the pages and the back-test judge with these. Where the tick judges thousands at once, SQL repeats a formula
operation by operation, and a property test holds both to the same answers. Limits are whole numbers in the unit of
their metric: parts per million of a share, a number, millionths of a score, thousandths of a change or a burn rate.
No Django, no clock.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from incidents.detection.statistics import (
    MILLION,
    Confidence,
    Op,
    is_beyond,
    mean_bound,
    micro,
    share_bound,
    surprise,
)
from incidents.detection.step import Finding, Reason, Truth

THOUSAND = 1_000
USABLE_WEEKS = 2
CHANCE = 0.001
WARN = "warn"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a threshold version demands. `clear_limit` belongs to `limit`; the warn band clears at its own line."""

    metric: str
    op: Op
    limit: int
    clear_limit: int
    warn_limit: int | None = None
    min_samples: int = 0
    confidence: Confidence = Confidence.NONE
    budget_ppm: int = 0
    floor_count: int = 0

    def line(self, band: str) -> tuple[int, int]:
        """The limit of a band and where it clears. Raises ValueError for a warn band that the version has not."""
        if band != WARN:
            return self.limit, self.clear_limit
        if self.warn_limit is None:
            raise ValueError("this version has no warn limit")
        return self.warn_limit, default_clear(self.metric, self.op, self.warn_limit)


@dataclass(frozen=True, slots=True)
class Sums:
    """What was counted in a window.

    `n_raw` is how many were really seen where the sender sampled. `short_*` belong to the twelfth of the window that
    a burn rate looks at as well. `past_bad` out of `past_n` is what the same hour of `weeks` usable past weeks held,
    in the unit of `n`: answers, or minutes where only events are counted. `is_heard` is false while every source of
    the threshold's series is silent.
    """

    bad: int = 0
    n: int = 0
    n_raw: int = 0
    value_n: int = 0
    value_sum: float = 0.0
    value_sumsq: float = 0.0
    short_bad: int = 0
    short_n: int = 0
    short_raw: int = 0
    past_bad: int = 0
    past_n: int = 0
    weeks: int = 0
    is_heard: bool = True

    @property
    def beside(self) -> int:
        """What stands beside the number of bad ones: out of how many, how many scores, or how many are usual."""
        if self.weeks:
            return round(Fraction(self.past_bad * self.n, self.past_n)) if self.past_n else 0
        return self.value_n or self.n


@dataclass(frozen=True, slots=True)
class Judged:
    """The finding, with the value and the bound it rests on in the unit of the limit; None where there is none."""

    finding: Finding
    value: int | None = None
    bound: int | None = None


def judge(terms: Terms, sums: Sums, *, band: str = "act") -> Judged:
    """What one window's sums mean for one band of a threshold."""
    limit, clear = terms.line(band)
    if not sums.is_heard:
        return _unknown(Reason.NO_DATA)
    return _FORMULAS.get(terms.metric, _judge_count)(terms, sums, limit, clear)


def default_clear(metric: str, op: Op, limit: int) -> int:
    """Where a breach may end if the version does not say: a fifth nearer to the safe side, or at the limit itself.

    A share's floor is mirrored: 95 % good is a shortfall of 5 %, and clears at one of 4 %.
    """
    if metric == "ratio":
        return MILLION - (MILLION - limit) * 8 // 10 if op.is_floor else limit * 8 // 10
    if metric in ("baseline", "burn"):
        return limit * 10 // 8 if op.is_floor else limit * 8 // 10
    return limit


def _unknown(reason: Reason, value: int | None = None, bound: int | None = None) -> Judged:
    return Judged(Finding(Truth.UNKNOWN, reason=reason), value, bound)


def _known(*, is_over: bool, is_clear: bool, value: int | None, bound: float | None = None) -> Judged:
    finding = Finding(Truth.TRUE if is_over else Truth.FALSE, is_clear=is_clear)
    return Judged(finding, value, None if bound is None else round(bound))


def _judge_count(terms: Terms, sums: Sums, limit: int, clear: int) -> Judged:
    """Numbers, of whatever: no minimum and no bound. An absent minute of a source that is heard is nothing."""
    is_over, is_clear = is_beyond(terms.op, sums.bad, limit), _is_safe(terms.op, sums.bad, clear)
    return _known(is_over=is_over, is_clear=is_clear, value=sums.bad)


def _judge_ratio(terms: Terms, sums: Sums, limit: int, clear: int) -> Judged:
    if reason := _why_no_share(sums, terms.min_samples):
        return _unknown(reason, round(Fraction(sums.bad * MILLION, sums.n)) if sums.n else None)
    part = sums.bad * MILLION
    bound = share_bound(terms.op, sums.bad, sums.n, seen=sums.n_raw, confidence=terms.confidence)
    is_over = is_beyond(terms.op, part, limit * sums.n) and (bound is None or is_beyond(terms.op, bound, limit))
    is_clear = _is_safe(terms.op, part, clear * sums.n)
    return _known(is_over=is_over, is_clear=is_clear, value=round(Fraction(part, sums.n)), bound=bound)


def _judge_mean(terms: Terms, sums: Sums, limit: int, clear: int) -> Judged:
    if sums.value_n == 0:
        return _unknown(Reason.NO_DATA)
    total = micro(sums.value_sum)
    value = round(total / sums.value_n)
    needed = 1 if terms.confidence is Confidence.NONE else 2
    if sums.value_n < max(terms.min_samples, needed):
        return _unknown(Reason.BELOW_MINIMUM, value)
    bound = mean_bound(terms.op, sums.value_n, sums.value_sum, sums.value_sumsq, confidence=terms.confidence)
    is_over = is_beyond(terms.op, total, float(limit) * sums.value_n)
    is_sure = bound is None or is_beyond(terms.op, bound, limit)
    is_clear = _is_safe(terms.op, total, float(clear) * sums.value_n)
    return _known(is_over=is_over and is_sure, is_clear=is_clear, value=value, bound=bound)


def _judge_burn(terms: Terms, sums: Sums, limit: int, clear: int) -> Judged:
    """The error budget goes `limit` times too fast in the long window, and still does in its last twelfth."""
    budget = terms.budget_ppm
    if budget == 0:
        return _unknown(Reason.INVALID)
    value = round(Fraction(sums.bad * MILLION * THOUSAND, sums.n * budget)) if sums.n else None
    if reason := _why_no_share(sums, terms.min_samples):
        return _unknown(reason, value)
    if sums.short_raw == 0 or sums.short_n == 0:
        return _unknown(Reason.BELOW_MINIMUM, value)
    if sums.short_bad > sums.short_n:
        return _unknown(Reason.INVALID, value)
    scale = MILLION * THOUSAND
    long, short = sums.bad * scale, sums.short_bad * scale
    share = share_bound(terms.op, sums.bad, sums.n, seen=sums.n_raw, confidence=terms.confidence)
    bound = None if share is None else share * THOUSAND / budget
    is_over = (
        is_beyond(terms.op, long, limit * budget * sums.n)
        and is_beyond(terms.op, short, limit * budget * sums.short_n)
        and (bound is None or is_beyond(terms.op, bound, limit))
    )
    is_clear = _is_safe(terms.op, long, clear * budget * sums.n) or _is_safe(
        terms.op, short, clear * budget * sums.short_n
    )
    return _known(is_over=is_over, is_clear=is_clear, value=value, bound=bound)


def _judge_baseline(terms: Terms, sums: Sums, limit: int, clear: int) -> Judged:
    """So many times the usual, more than a handful, and by chance in less than one of a thousand windows."""
    if sums.n == 0:
        return _unknown(Reason.NO_DATA)
    if sums.weeks < USABLE_WEEKS or sums.past_n == 0:
        return _unknown(Reason.SHORT_BASELINE)
    seen, before = sums.bad, sums.past_bad
    left, right = seen * sums.past_n * THOUSAND, before * sums.n
    value = round(Fraction(left, max(before, 1) * sums.n))
    is_drop = terms.op.is_floor
    # A rise counts what happened now, a drop what should have happened.
    is_enough = before * sums.n >= terms.floor_count * sums.past_n if is_drop else seen >= terms.floor_count
    is_over = (
        is_enough
        and is_beyond(terms.op, left, limit * right)
        and surprise(seen, before, share=sums.n / (sums.n + sums.past_n), is_drop=is_drop) < CHANCE
    )
    is_clear = _is_safe(terms.op, left, clear * right) or not is_enough
    return _known(is_over=is_over, is_clear=is_clear, value=value)


def _why_no_share(sums: Sums, minimum: int) -> Reason | None:
    if sums.n == 0 and sums.bad == 0:
        return Reason.NO_DATA
    if sums.n == 0 or sums.bad > sums.n:
        return Reason.INVALID
    return Reason.BELOW_MINIMUM if sums.n_raw < max(minimum, 1) else None


def _is_safe(op: Op, left: float, right: float) -> bool:
    """Whether `left` lies beyond the clear line `right`, on its safe side."""
    match op:
        case Op.GT:
            return left <= right
        case Op.GTE:
            return left < right
        case Op.LT:
            return left >= right
        case Op.LTE:
            return left > right


_FORMULAS: dict[str, Callable[[Terms, Sums, int, int], Judged]] = {
    "ratio": _judge_ratio,
    "mean": _judge_mean,
    "burn": _judge_burn,
    "baseline": _judge_baseline,
}
