"""One formula per metric, as tables: over the limit, clear of it, or not to be judged and why."""

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.detection.measuring import Judged, Sums, Terms, default_clear, judge
from incidents.detection.statistics import Confidence, Op, surprise
from incidents.detection.step import Reason, Truth

LETTERS = {Truth.TRUE: "over", Truth.FALSE: "under"}


def terms(metric: str, limit: int, op: Op = Op.GT, **more: object) -> Terms:
    return Terms(metric=metric, op=op, limit=limit, clear_limit=default_clear(metric, op, limit), **more)  # type: ignore[arg-type]


def said(judged: Judged) -> str:
    """The finding in a word or two."""
    finding = judged.finding
    if finding.truth is Truth.UNKNOWN:
        return str(finding.reason)
    return LETTERS[finding.truth] + (" clear" if finding.is_clear else "")


def shares(bad: int, n: int, raw: int | None = None, **more: int) -> Sums:
    return Sums(bad=bad, n=n, n_raw=n if raw is None else raw, **more)


def scores(*values: float) -> Sums:
    return Sums(value_n=len(values), value_sum=sum(values), value_sumsq=sum(value * value for value in values))


RATIO = terms("ratio", 20_000, min_samples=50)
PASSED = terms("ratio", 950_000, Op.LT, min_samples=50)
SCORE = terms("mean", 700_000, Op.LT, min_samples=2)
SURE_SCORE = terms("mean", 700_000, Op.LT, min_samples=2, confidence=Confidence.C95)
BURN = terms("burn", 14_400, Op.GTE, min_samples=50, budget_ppm=1_000)
RISE = terms("baseline", 3_000, Op.GTE, floor_count=5)
DROP = terms("baseline", 300, Op.LTE, floor_count=5)


@pytest.mark.parametrize(
    ("by", "sums", "meant"),
    [
        (RATIO, shares(2, 100), "under"),
        (RATIO, shares(3, 100), "over"),
        (RATIO, shares(8, 500), "under clear"),
        (RATIO, shares(9, 500), "under"),
        (RATIO, shares(49, 49), "below_minimum"),
        (RATIO, shares(500, 1_000, 49), "below_minimum"),
        (RATIO, shares(0, 0), "no_data"),
        (RATIO, shares(5, 0), "invalid"),
        (RATIO, shares(5, 4), "invalid"),
        (RATIO, Sums(bad=50, n=100, n_raw=100, is_heard=False), "no_data"),
        (PASSED, shares(95, 100), "under"),
        (PASSED, shares(94, 100), "over"),
        (PASSED, shares(96, 100), "under clear"),
        (terms("count", 8, Op.GTE), Sums(bad=8), "over"),
        (terms("count", 8, Op.GTE), Sums(bad=7), "under clear"),
        (terms("count", 8), Sums(bad=8), "under clear"),
        (terms("distinct", 3, Op.GTE), Sums(bad=3), "over"),
        (terms("count", 8, Op.GTE), Sums(bad=0, is_heard=False), "no_data"),
        (terms("count", 1, Op.LT), Sums(bad=0), "over"),
        (terms("count", 1, Op.LT), Sums(bad=1), "under clear"),
        (SCORE, scores(), "no_data"),
        (SCORE, scores(0.1), "below_minimum"),
        (SCORE, scores(*[0.7] * 50), "under clear"),
        (SCORE, scores(*[0.7] * 49, 0.69), "over"),
        (SURE_SCORE, scores(0.2, 1.0), "under"),
        (SURE_SCORE, scores(0.5, 0.6, 0.5, 0.6), "over"),
        (terms("mean", -500_000, Op.GT), scores(-0.4, -0.5), "over"),
        (BURN, shares(15, 1_000, short_bad=2, short_n=100, short_raw=100), "over"),
        (BURN, shares(15, 1_000, short_bad=1, short_n=100, short_raw=100), "under clear"),
        (BURN, shares(14, 1_000, short_bad=9, short_n=100, short_raw=100), "under"),
        (BURN, shares(144, 10_000, short_bad=144, short_n=10_000, short_raw=1), "over"),
        (BURN, shares(15, 49, short_bad=2, short_n=9, short_raw=9), "below_minimum"),
        (BURN, shares(15, 1_000), "below_minimum"),
        (terms("burn", 1_000), shares(15, 1_000, short_bad=2, short_n=9, short_raw=9), "invalid"),
        (RISE, Sums(bad=20, n=60, past_bad=12, past_n=240, weeks=4), "over"),
        (RISE, Sums(bad=20, n=60, past_bad=12, past_n=60, weeks=1), "short_baseline"),
        (RISE, Sums(bad=5, n=60, past_bad=4, past_n=240, weeks=4), "under"),
        (RISE, Sums(bad=5, n=60, past_bad=0, past_n=240, weeks=4), "over"),
        (RISE, Sums(bad=4, n=60, past_bad=0, past_n=240, weeks=4), "under clear"),
        (RISE, Sums(bad=9, n=60, past_bad=40, past_n=240, weeks=4), "under clear"),
        (RISE, Sums(bad=9, n=0, past_bad=40, past_n=240, weeks=4), "no_data"),
        (DROP, Sums(bad=1, n=60, past_bad=120, past_n=240, weeks=4), "over"),
        (DROP, Sums(bad=0, n=60, past_bad=12, past_n=240, weeks=4), "under clear"),
        (DROP, Sums(bad=25, n=60, past_bad=120, past_n=240, weeks=4), "under clear"),
    ],
)
def test_the_table(by, sums, meant):
    assert said(judge(by, sums)) == meant


def test_values_and_bounds_are_in_the_unit_of_the_limit():
    sure = terms("ratio", 20_000, min_samples=50, confidence=Confidence.C95)
    assert judge(sure, shares(8, 100)) == Judged(judge(sure, shares(8, 100)).finding, 80_000, 45_663)
    assert judge(SCORE, scores(0.25, 0.75)).value == 500_000
    assert judge(BURN, shares(15, 1_000, short_bad=2, short_n=100, short_raw=100)).value == 15_000
    assert judge(RISE, Sums(bad=20, n=60, past_bad=12, past_n=240, weeks=4)).value == 6_667


def test_the_warn_band_has_its_own_line_and_clears_at_its_own():
    both = Terms("ratio", Op.GT, limit=50_000, clear_limit=10_000, warn_limit=20_000)
    assert [said(judge(both, shares(bad, 100), band="warn")) for bad in (1, 2, 3)] == ["under clear", "under", "over"]
    assert said(judge(both, shares(3, 100))) == "under"
    with pytest.raises(ValueError, match="no warn limit"):
        judge(RATIO, shares(3, 100), band="warn")


@given(st.integers(0, 40), st.integers(0, 160), st.integers(1, 9))
def test_the_surprise_is_the_exact_tail(seen, before, tenths):
    share, events = tenths / 10, seen + before

    def chance(k: int) -> float:
        return comb(events, k) * share**k * (1 - share) ** (events - k)

    for is_drop, places in ((False, range(seen, events + 1)), (True, range(seen + 1))):
        exact = sum(chance(k) for k in places)
        found = surprise(seen, before, share=share, is_drop=is_drop)
        if found < 1.0:
            assert found == pytest.approx(exact, rel=1e-9)
        else:
            assert exact > 0.4


@given(st.sampled_from(Op), st.integers(0, 200), st.integers(1, 200), st.integers(0, 1_000_000))
def test_nothing_is_over_and_clear_at_once(op, bad, n, limit):
    for metric in ("ratio", "count"):
        finding = judge(terms(metric, limit, op), shares(min(bad, n), n)).finding
        assert not (finding.truth is Truth.TRUE and finding.is_clear)


def test_each_unknown_has_its_reason():
    assert judge(RISE, Sums(bad=5, n=60)).finding.reason is Reason.SHORT_BASELINE
