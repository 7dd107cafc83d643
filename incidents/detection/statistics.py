"""When is a figure beyond a limit? Whole numbers decide, and a bound says how sure one is.

The same formulas stand in the SQL of `evaluation.py`; a test holds both to the same answers. Pure.
"""

from enum import StrEnum
from math import exp, lgamma, log, sqrt

MILLION = 1_000_000


class Confidence(StrEnum):
    NONE = "none"
    C90 = "90"
    C95 = "95"
    C99 = "99"


# One-sided quantiles of the normal distribution.
Z: dict[Confidence, float] = {
    Confidence.C90: 1.2815515655446004,
    Confidence.C95: 1.6448536269514722,
    Confidence.C99: 2.3263478740408408,
}


class Op(StrEnum):
    """More than and at least make the limit a ceiling, less than and at most make it a floor."""

    GT = "gt"
    GTE = "gte"
    LT = "lt"
    LTE = "lte"

    @property
    def is_floor(self) -> bool:
        return self in (Op.LT, Op.LTE)


def is_beyond(op: Op, left: float, right: float) -> bool:
    """Whether `left` is on the wrong side of `right`. Exact for whole numbers of any size."""
    match op:
        case Op.GT:
            return left > right
        case Op.GTE:
            return left >= right
        case Op.LT:
            return left < right
        case Op.LTE:
            return left <= right


def wilson_lower(bad: int, n: int, *, seen: int, z: float) -> float:
    """Lower end of the one-sided Wilson score interval of bad / n, between 0 and 1.

    `seen` is the number of answers really looked at: scaling up a sample adds no certainty.
    Wilson, JASA 22 (1927), 209-212.
    """
    return _wilson(bad, n, seen=seen, z=z, side=-1.0)


def wilson_upper(bad: int, n: int, *, seen: int, z: float) -> float:
    """Upper end of the same interval, for limits that are floors."""
    return _wilson(bad, n, seen=seen, z=z, side=1.0)


def _wilson(bad: int, n: int, *, seen: int, z: float, side: float) -> float:
    share = bad / n
    z2 = z * z
    middle = share + z2 / (2.0 * seen)
    margin = z * sqrt(share * (1.0 - share) / seen + z2 / (4.0 * seen * seen))
    return (middle + side * margin) / (1.0 + z2 / seen)


def share_bound(op: Op, bad: int, n: int, *, seen: int, confidence: Confidence) -> float | None:
    """The end of the interval that must be beyond the limit, in parts per million; None where none is asked."""
    if confidence is Confidence.NONE:
        return None
    side = 1.0 if op.is_floor else -1.0
    return _wilson(bad, n, seen=seen, z=Z[confidence], side=side) * MILLION


def is_over(op: Op, part: int, whole: int, *, limit_ppm: int) -> bool:
    """Whether part / whole is beyond a limit in parts per million. Exact: no float takes part."""
    return is_beyond(op, part * MILLION, limit_ppm * whole)


def ratio_is_over(op: Op, bad: int, n: int, *, seen: int, limit_ppm: int, confidence: Confidence) -> bool:
    """Whether a ratio with n > 0 is beyond the limit, and surely so where a confidence is asked."""
    if not is_over(op, bad, n, limit_ppm=limit_ppm):
        return False
    bound = share_bound(op, bad, n, seen=seen, confidence=confidence)
    return bound is None or is_beyond(op, bound, limit_ppm)


def micro(total: float) -> float:
    """A sum of scores in millionths, rounded to a whole one: 50 times 0.7 is 35, in whatever order it is added up."""
    return float(round(total * 1e6))


def mean_bound(op: Op, n: int, total: float, squares: float, *, confidence: Confidence) -> float | None:
    """The end of the interval of a mean of n > 1 scores that must be beyond the limit, in millionths.

    The mean less (or plus) z standard errors, from the sum of the scores and the sum of their squares.
    """
    if confidence is Confidence.NONE or n < 2:
        return None
    variance = max(0.0, (squares - total * total / n) / (n - 1))
    side = 1.0 if op.is_floor else -1.0
    return (total / n + side * (Z[confidence] * sqrt(variance / n))) * 1e6


def surprise(seen: int, before: int, *, share: float, is_drop: bool) -> float:
    """How often chance alone puts `seen` or more (or, for a drop, or fewer) of all events into the present window.

    Exact: given that `seen + before` events happened, each falls into the present with probability `share`, which is
    the present's part of the whole exposure. The upper (or lower) tail of that binomial distribution; 1.0 where
    `seen` is on the unsurprising side of what was expected.
    Przyborowski and Wilenski, Biometrika 31 (1940), 313-323.
    """
    events = seen + before
    expected = events * share
    if not 0.0 < share < 1.0 or (seen >= expected if is_drop else seen <= expected):
        return 1.0
    chance = exp(
        lgamma(events + 1) - lgamma(seen + 1) - lgamma(before + 1) + seen * log(share) + before * log(1.0 - share)
    )
    tail, odds, place = 0.0, share / (1.0 - share), seen
    while chance > 0.0 and tail + chance > tail:
        tail += chance
        if is_drop:
            chance *= place / ((events - place + 1) * odds)
            place -= 1
        else:
            chance *= (events - place) * odds / (place + 1)
            place += 1
    return min(tail, 1.0)


def count_is_over(op: Op, count: int, limit: int) -> bool:
    return is_beyond(op, count, limit)
