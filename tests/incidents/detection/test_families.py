"""The statements' verdicts against `judge`, on random figures and right at the limits, and what they let come back."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from incidents.detection.choices import Mode
from incidents.detection.counting import Delta, add_to_buckets
from incidents.detection.evaluation import changed, rows
from incidents.detection.series import SignalSeries
from incidents.detection.statistics import Confidence, Op
from incidents.detection.step import Truth
from incidents.detection.thresholds import Threshold
from incidents.detection.versions import ThresholdVersion
from tests import factories
from tests.incidents.detection import makers
from tests.incidents.detection.makers import MINUTE, NOON
from tests.incidents.detection.test_ticks import series

CASES = 300
WINDOW = 3_600


def _version(dice: random.Random, threshold: Threshold, number: int, delta: Delta) -> ThresholdVersion:
    """A rule whose limit is, half of the time, exactly what the window holds."""
    metric = dice.choice(("ratio", "count", "mean", "burn"))
    budget = dice.choice((1_000, 20_000))
    exact = {
        "ratio": delta.bad * 1_000_000 // max(delta.n, 1),
        "count": delta.bad,
        "mean": round(delta.value_sum * 1_000_000 / max(delta.value_n, 1)),
        "burn": delta.bad * 1_000_000_000 // max(delta.n * budget, 1),
    }[metric]
    limit = exact if dice.random() < 0.5 else dice.randint(0, max(2 * exact, 10))
    limit = min(limit, 999_999) if metric == "ratio" else limit
    op = dice.choice(list(Op))
    return ThresholdVersion(
        threshold=threshold,
        number=1,
        kind="evaluation",
        category=f"c{number}",
        metric=metric,
        op=op.value,
        limit=limit,
        clear_limit=limit if dice.random() < 0.3 else None,
        warn_limit=dice.choice([None, limit + 1 if op.is_floor else max(limit - 1, 0)]),
        min_samples=dice.choice([0, 2, 50]),
        confidence=dice.choice(list(Confidence)).value,
        window_seconds=WINDOW,
        eval_delay_seconds=0,
        budget_ppm=budget if dice.random() < 0.9 else 0,
        severity=makers.severity(),
        reason="Random.",
        effective_from=NOON - timedelta(days=1),
    )


def _delta(dice: random.Random) -> Delta:
    n = dice.choice([0, 1, 49, 50, 51, dice.randint(1, 5_000)])
    values = [dice.choice([0.7, 0.1, dice.random(), -dice.random()]) for _ in range(dice.choice([0, 1, 2, 60]))]
    squares = sum(value * value for value in values)
    bad = dice.choice([0, n, n // 50, dice.randint(0, n)])
    raw = n if dice.random() < 0.8 else n // 10
    return Delta(n=n, bad=bad, n_raw=raw, value_n=len(values), value_sum=float(sum(values)), value_sumsq=float(squares))


@pytest.fixture
def cases(db) -> list[int]:
    dice = random.Random(20)
    owner, system, source = factories.person("tess"), makers.system(), makers.source()
    named = {"system": system, "owner": owner, "mode": Mode.ACTIVE}
    thresholds = Threshold.objects.bulk_create(Threshold(name=f"T{number}", **named) for number in range(CASES))
    series = SignalSeries.objects.bulk_create(
        SignalSeries(
            fingerprint=str(number).encode().ljust(32, b"-"),
            source=source,
            system=system,
            kind="evaluation",
            category=f"c{number}",
            first_seen_at=NOON,
        )
        for number in range(CASES)
    )
    earlier, later = [_delta(dice) for _ in series], [_delta(dice) for _ in series]
    deltas = {(one.pk, NOON - 30 * MINUTE): delta for one, delta in zip(series, earlier, strict=True)}
    deltas |= {(one.pk, NOON - MINUTE): delta for one, delta in zip(series, later, strict=True) if dice.random() < 0.7}
    add_to_buckets(deltas, now=NOON)
    ThresholdVersion.objects.bulk_create(
        _version(dice, threshold, number, _both(deltas, series[number].pk))
        for number, threshold in enumerate(thresholds)
    )
    return [threshold.pk for threshold in thresholds]


def _both(deltas: dict, series_id: int) -> Delta:
    found = [deltas[key] for key in ((series_id, NOON - 30 * MINUTE), (series_id, NOON - MINUTE)) if key in deltas]
    total = Delta()
    for delta in found:
        for name in ("n", "bad", "n_raw", "value_n", "value_sum", "value_sumsq"):
            setattr(total, name, getattr(total, name) + getattr(delta, name))
    return total


def test_sql_and_python_give_the_same_verdicts_and_what_may_change_comes_back(cases):
    found = rows(tick_at=NOON, only=cases)
    assert len(found) > CASES
    seen = {"": 0}
    for row in found:
        finding = row.evaluation.finding
        assert row.unknown == row.evaluation.unknown, row
        seen[row.unknown] = seen.get(row.unknown, 0) + 1
        if not row.unknown:
            assert row.is_over == (finding.truth is Truth.TRUE), row
            assert row.is_clear == finding.is_clear, row
    assert min(seen.get(name, 0) for name in ("", "no_data", "below_minimum", "invalid")) > 2
    expected = {row.evaluation.key for row in found if row.unknown or row.is_over}
    assert {evaluation.key for evaluation in changed(shard=0, tick_at=NOON)} == expected, "all are ok so far"
    over = sum(row.is_over for row in found if not row.unknown)
    assert 20 < over < len(found) - 20


def test_a_silent_source_makes_zero_a_missing_figure(db):
    threshold = makers.threshold()
    makers.version(threshold, now=NOON - timedelta(days=1), kind="complaint", denominator_kind="", metric="count")
    series("complaint")
    lost = makers.version(makers.threshold("Lost"), now=NOON - timedelta(days=1), metric="silence", limit=1)
    source = SignalSeries.objects.first().source
    figures = {"bad": 1, "n": 1, "peak_bad": 1, "peak_n": 1, "started_at": NOON - 9 * MINUTE}
    silence = lost.breaches.create(
        threshold=lost.threshold, group_key=f"source:{source.pk}", detected_at=NOON - MINUTE, **figures
    )
    assert {row.unknown for row in rows(tick_at=NOON, only=[threshold.pk])} == {"no_data"}
    silence.cleared_at = NOON - MINUTE
    silence.save()
    before = replace(rows(tick_at=NOON, only=[threshold.pk])[0].evaluation.sums, is_heard=True)
    assert rows(tick_at=NOON, only=[threshold.pk])[0].evaluation.sums == before
