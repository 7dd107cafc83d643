"""The set-based statement against a plain recomputation of the same windows in Python."""

import random
from datetime import timedelta

import pytest

from incidents.detection.counting import Delta, add_to_buckets
from incidents.detection.evaluation import changed, values_now
from incidents.detection.statistics import Confidence, Op, ratio_is_over
from incidents.detection.step import Truth
from incidents.detection.thresholds import Threshold
from tests.incidents.detection import makers
from tests.incidents.detection.makers import MINUTE, NOON
from tests.incidents.detection.test_ticks import series

WINDOWS = (60, 300, 3_600, 3_660, 7_200, 86_400)


@pytest.fixture
def story(db) -> dict:
    """Two days of random minutes in three categories."""
    dice = random.Random(11)
    makers.source()
    counts = {}
    for category in ("a", "b", ""):
        found = series("evaluation", category)
        for minute in dice.sample(range(2 * 24 * 60), 700):
            n = dice.randrange(0, 60)
            bad = dice.randrange(0, n // 5 + 1)
            counts[category, NOON - minute * MINUTE] = (found.pk, n, bad)
    deltas = {(pk, at): Delta(n=n, bad=bad, n_raw=n) for (_category, at), (pk, n, bad) in counts.items()}
    add_to_buckets(deltas, now=NOON)
    return counts


@pytest.mark.parametrize("category", ["a", "b", "", "unheard-of"])
def test_every_window_counts_what_its_minutes_hold(story, category):
    tick_at = NOON - 17 * MINUTE
    thresholds = {}
    for window in WINDOWS:
        threshold = makers.threshold(f"Window {window}")
        fields = {"kind": "evaluation", "denominator_kind": "", "category": category, "window_seconds": window}
        makers.version(threshold, now=NOON - timedelta(days=3), eval_delay_seconds=120, confidence="90", **fields)
        thresholds[threshold.pk] = window
    found = values_now(list(thresholds), tick_at=tick_at)
    for pk, window in thresholds.items():
        end = tick_at - 2 * MINUTE
        inside = [
            (n, bad)
            for (of, at), (_pk, n, bad) in story.items()
            if end - timedelta(seconds=window) <= at < end and category in (of, "")
        ]
        n, bad = sum(row[0] for row in inside), sum(row[1] for row in inside)
        assert (found[pk].sums.n, found[pk].sums.bad, found[pk].judged_to) == (n, bad, end), window
        assert found[pk].unknown == ("" if n >= 50 else "below_minimum" if n else "no_data")
        if n >= 50:
            expected = ratio_is_over(Op.GT, bad, n, seen=n, limit_ppm=20_000, confidence=Confidence.C90)
            assert (found[pk].finding.truth is Truth.TRUE) == expected


def test_only_thresholds_that_may_change_come_back(story):
    for number, limit in enumerate((1, 20_000, 999_999)):
        threshold = makers.threshold(f"Limit {number}")
        fields = {"kind": "evaluation", "denominator_kind": "", "limit": limit, "window_seconds": 86_400}
        makers.version(threshold, now=NOON - timedelta(days=3), **fields)
    names = {
        threshold.name
        for threshold in Threshold.objects.filter(
            pk__in=[found.threshold_id for found in changed(shard=0, tick_at=NOON)]
        )
    }
    assert names == {"Limit 0", "Limit 1"}


def test_a_numerator_without_its_denominator_is_invalid(db):
    threshold = makers.threshold()
    makers.version(threshold, now=NOON - timedelta(days=1))
    add_to_buckets({(series("violation").pk, NOON - MINUTE): Delta(n=5, n_raw=5)}, now=NOON)
    assert values_now([threshold.pk], tick_at=NOON)[threshold.pk].unknown == "invalid"
    assert [found.unknown for found in changed(shard=0, tick_at=NOON)] == ["invalid"]
