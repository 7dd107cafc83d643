"""When is a share of bad answers beyond a limit? Whole numbers decide, and a bound says how sure one is.

The same formulas stand in `evaluation.sql` form; a test holds both to the same answers. Pure.
"""

from enum import StrEnum
from math import sqrt

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
    GT = "gt"
    GTE = "gte"


def wilson_lower(bad: int, n: int, *, seen: int, z: float) -> float:
    """Lower end of the one-sided Wilson score interval of bad / n, between 0 and 1.

    `seen` is the number of answers really looked at: scaling up a sample adds no certainty.
    Wilson, JASA 22 (1927), 209-212.
    """
    share = bad / n
    z2 = z * z
    middle = share + z2 / (2.0 * seen)
    margin = z * sqrt(share * (1.0 - share) / seen + z2 / (4.0 * seen * seen))
    return (middle - margin) / (1.0 + z2 / seen)


def is_over(op: Op, part: int, whole: int, *, limit_ppm: int) -> bool:
    """Whether part / whole is beyond a limit in parts per million. Exact: no float takes part."""
    left, right = part * MILLION, limit_ppm * whole
    return left > right if op is Op.GT else left >= right


def ratio_is_over(op: Op, bad: int, n: int, *, seen: int, limit_ppm: int, confidence: Confidence) -> bool:
    """Whether a ratio with n > 0 is beyond the limit, and surely so where a confidence is asked."""
    if not is_over(op, bad, n, limit_ppm=limit_ppm):
        return False
    if confidence is Confidence.NONE:
        return True
    bound = wilson_lower(bad, n, seen=seen, z=Z[confidence]) * MILLION
    return bound > limit_ppm if op is Op.GT else bound >= limit_ppm


def count_is_over(op: Op, count: int, limit: int) -> bool:
    return count > limit if op is Op.GT else count >= limit
