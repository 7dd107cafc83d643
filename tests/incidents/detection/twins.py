"""The same rules judged live, tick by tick through the database, and played through the past afterwards.

Signals arrive in two parts: some at once, some up to two minutes late, which is as long as every rule waits.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from incidents.detection.backtest.grid import MINUTE
from incidents.detection.backtest.looking_back import trial_of
from incidents.detection.backtest.measure import Measure
from incidents.detection.backtest.past import read_past
from incidents.detection.backtest.replay import Played, play
from incidents.detection.choices import Mode
from incidents.detection.counting import Delta, add_to_buckets
from incidents.detection.judging import judge_shard
from incidents.detection.states import Transition
from incidents.detection.versions import ThresholdVersion
from tests.incidents.detection import histories, makers
from tests.incidents.detection.test_ticks import series

DELAY_SECONDS = 120
# kind, denominator kind: what a rule may read.
SELECTORS = (("violation", "traffic"), ("evaluation", ""), ("complaint", "traffic"))
Move = tuple[datetime, str, str, str]


@dataclass(frozen=True, slots=True)
class Compared:
    """How many ticks were judged and how many transitions there were, live and in the back-test."""

    ticks: int
    transitions: int
    differing: list[tuple[ThresholdVersion, list[Move], list[Move]]]


def compare(*, number: int, rules: int, ticks: int) -> Compared:
    """Judge `rules` random thresholds for `ticks` minutes live, then play each and list those that differ."""
    dice = random.Random(number)
    start = dice.choice(histories.STARTS)
    versions = [_version(dice, start, place) for place in range(rules)]
    pending = _arrivals(dice, start, ticks)
    for tick in range(1, ticks + 1):
        at = start + tick * MINUTE
        add_to_buckets(pending.get(tick, {}), now=at)
        with transaction.atomic():
            judge_shard(shard=0, tick_at=at, now=at)
    end = start + ticks * MINUTE
    live = _live(versions)
    differing, count = [], 0
    for version in versions:
        moves = live.get(version.threshold_id, [])
        played = _played(version, start, end)
        count += len(moves)
        if moves != played:
            differing.append((version, moves, played))
    return Compared(ticks=rules * ticks, transitions=count, differing=differing)


def _version(dice: random.Random, start: datetime, place: int) -> ThresholdVersion:
    metric = dice.choice(METRICS)
    rule = histories.trial(dice, metric=metric)
    kind, denominator_kind = dice.choice(SELECTORS) if metric != "mean" else ("evaluation", "")
    terms = rule.terms
    return makers.version(
        makers.threshold(f"Twin {place}", mode=Mode.SHADOW),
        now=start - timedelta(days=1),
        kind=kind,
        denominator_kind=denominator_kind,
        metric=metric,
        op=terms.op.value,
        limit=terms.limit or 1,
        clear_limit=min(terms.clear_limit, terms.limit or 1) if not terms.op.is_floor else terms.clear_limit,
        min_samples=max(terms.min_samples, 1),
        confidence=terms.confidence.value,
        budget_ppm=terms.budget_ppm,
        window_seconds=3_600 if metric == "burn" else rule.window_seconds,
        for_seconds=rule.for_seconds,
        keep_firing_seconds=rule.keep_firing_seconds,
        eval_delay_seconds=DELAY_SECONDS,
        no_data=rule.no_data,
    )


METRICS: Sequence[str] = ("ratio", "ratio", "count", "burn")


def _arrivals(dice: random.Random, start: datetime, ticks: int) -> dict[int, dict[tuple[int, datetime], Delta]]:
    """By the tick before which they arrive, what is added to which series and minute."""
    arrivals: dict[int, dict[tuple[int, datetime], Delta]] = {}
    pasts = {
        kind: histories.history(dice, minutes=ticks) for kind in ("traffic", "evaluation", "violation", "complaint")
    }
    for kind, past in pasts.items():
        of = series(kind, "").pk
        is_rare = kind in ("violation", "complaint")
        for minute, (bad, n, raw) in enumerate(past.minutes):
            for part, late in ((0.7, 0), (0.3, dice.randint(1, 2))):
                counts = (bad, 0, bad) if is_rare else (n, bad, raw)
                if minute == 0:
                    counts = (1, 0, 1)  # a past begins with its first signal
                split = [int(count * part) if not late else count - int(count * 0.7) for count in counts]
                if any(split):
                    key = (of, start + minute * MINUTE)
                    delta = Delta(n=split[0], bad=split[1], n_raw=split[2])
                    arrivals.setdefault(minute + 1 + late, {})[key] = delta
    return arrivals


def _live(versions: Sequence[ThresholdVersion]) -> dict[int, list[Move]]:
    found: dict[int, list[Move]] = {}
    rows = Transition.objects.filter(threshold__in=[version.threshold_id for version in versions], band="act")
    for row in rows.order_by("judged_to", "pk"):
        move = (row.judged_to, row.status_before, row.status_after, row.reason)
        found.setdefault(row.threshold_id, []).append(move)
    return found


def _played(version: ThresholdVersion, start: datetime, end: datetime) -> list[Move]:
    """From the window that the first tick judged to that of the last one."""
    past = read_past(version, days=2, now=end)
    played = Played()
    grids = [stretch.grid for stretch in past.stretches]
    assert len(grids) == 1
    first = grids[0].index_of(start + MINUTE - timedelta(seconds=DELAY_SECONDS))
    play(Measure.of(trial_of(version), grids[0]), played, first=first)
    return [(change.at, change.before.value, change.after.value, change.reason.value) for change in played.changes]
