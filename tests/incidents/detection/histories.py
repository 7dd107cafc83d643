"""Random pasts with everything that goes wrong in one: gaps, silence, bursts, counters that start anew, clock changes.

A counter that is reset reaches us as deltas: nothing for the first point, then the whole new value at once.
"""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from incidents.detection.backtest.grid import MINUTE, Grid
from incidents.detection.backtest.measure import Measure
from incidents.detection.backtest.replay import Change, Episode, Played, _note_episode, play
from incidents.detection.backtest.trial import Trial
from incidents.detection.measuring import Terms
from incidents.detection.statistics import Confidence, Op
from incidents.detection.step import Held, step

# Both nights on which the clocks of Berlin change, and an ordinary one.
STARTS = (
    datetime(2026, 3, 28, 22, 0, tzinfo=UTC),
    datetime(2026, 10, 24, 21, 0, tzinfo=UTC),
    datetime(2026, 6, 1, tzinfo=UTC),
)


@dataclass(frozen=True, slots=True)
class History:
    """Minutes as (bad, n, n_raw) from `start` on."""

    start: datetime
    minutes: list[tuple[int, int, int]]

    def grid(self, unit: timedelta = MINUTE) -> Grid:
        cells = self.minutes if unit == MINUTE else _by_hour(self.minutes)
        bad, n, raw = (np.array(column, np.int64) for column in zip(*cells, strict=True))
        # A score of 1 for each good answer that was seen, and one of 0.4 for each bad one.
        failed = np.minimum(bad, raw)
        scores = {"value_n": raw, "value_sum": raw - 0.6 * failed, "value_sumsq": raw - 0.84 * failed}
        named = {"bad": bad, "n": n, "n_raw": raw, **scores}
        return Grid.of(self.start, unit, named)


def history(dice: random.Random, *, minutes: int, is_scaled: bool = True) -> History:
    """A past in stretches of quiet, traffic, trouble, silence and holes."""
    found: list[tuple[int, int, int]] = []
    while len(found) < minutes:
        found += _stretch(dice, dice.randint(1, 90), is_scaled=is_scaled)
    return History(dice.choice(STARTS), found[:minutes])


def _stretch(dice: random.Random, length: int, *, is_scaled: bool) -> list[tuple[int, int, int]]:
    busy = dice.choice((0, 1, 5, 20, 100))
    share = dice.choice((0.0, 0.005, 0.02, 0.05, 0.3))
    hole = dice.choice((0.0, 0.0, 0.1, 0.6))
    scale = dice.choice((1, 1, 10)) if is_scaled else 1
    return [_minute(dice, busy, share, scale) if dice.random() >= hole else (0, 0, 0) for _ in range(length)]


def _minute(dice: random.Random, busy: int, share: float, scale: int) -> tuple[int, int, int]:
    seen = max(0, round(dice.gauss(busy, busy**0.5))) if busy else 0
    if dice.random() < 0.003:
        seen += 4_000  # a counter started anew and brings all it holds
    bad = sum(dice.random() < share for _ in range(min(seen, 60))) + (dice.random() < 0.002)
    return bad * scale, seen * scale, seen


def _by_hour(minutes: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    hours = [minutes[place : place + 60] for place in range(0, len(minutes), 60)]
    return [tuple(sum(column) for column in zip(*hour, strict=True)) for hour in hours]  # type: ignore[misc]


LIMITS = {
    "ratio": (0, 5_000, 20_000, 50_000),
    "count": (1, 3, 8, 40),
    "burn": (1_000, 6_000, 14_400),
    "mean": (200_000, 700_000, 800_000, 900_000),
    "baseline": (1_500, 3_000),
    "distinct": (1, 2, 4),
    "event_count": (1, 2, 5),
    "value_count": (1, 2, 3),
    "temporal": (3,),
    "temporal_ordered": (3,),
    "zero_tolerance": (1,),
}
# What fires at a single number, has one line and no floor.
SINGLE = ("temporal", "temporal_ordered", "zero_tolerance")


def trial(dice: random.Random, *, metric: str | None = None) -> Trial:
    """Any rule that a person could save."""
    metric = metric or dice.choice(("ratio", "ratio", "ratio", "count", "burn", "mean"))
    op = Op(dice.choice(("lt", "lte") if metric == "mean" else ("gt", "gte")))
    limit = dice.choice(LIMITS[metric])
    if metric in SINGLE:
        op = Op.GTE
    if metric == "baseline" and dice.random() < 0.3:
        op, limit = Op.LT, 500
    nearer = (limit, limit * 10 // 8) if op.is_floor else (limit, limit * 8 // 10, limit // 2)
    has_warn = metric not in SINGLE and dice.random() < 0.5
    terms = Terms(
        metric=metric,
        op=op,
        limit=limit,
        clear_limit=limit if metric in SINGLE else dice.choice(nearer),
        warn_limit=(limit * 5 // 4 if op.is_floor else limit // 2) if has_warn and limit > 1 else None,
        floor_count=dice.choice((1, 5, 20)),
        min_samples=dice.choice((0, 1, 50, 200)),
        confidence=Confidence(dice.choice(("none", "90", "95", "99"))),
        budget_ppm=dice.choice((2_000, 10_000)),
    )
    return Trial(
        terms=terms,
        window_seconds=60 * dice.choice((1, 5, 10, 30, 60, 90, 240)),
        for_seconds=0 if metric == "zero_tolerance" else 60 * dice.choice((0, 0, 1, 5, 20)),
        keep_firing_seconds=60 * dice.choice((0, 0, 1, 5, 30)),
        eval_delay_seconds=60 * dice.choice((0, 1, 2)),
        no_data=dice.choice(("hold", "hold", "ok", "alert")),
    )


def played_minute_by_minute(of: Trial, past: History) -> tuple[list[Change], list[Episode], Held]:
    """The past judged at every single minute, each window added up anew: slow, and plain to read."""
    played, held = Played(), Held()
    single = Measure.of(of, past.grid())
    for index in range(1, len(past.minutes) + 1):
        at = past.start + index * MINUTE
        after, reason = step(of.rule, held, single.judge(index).finding, at=at)
        if reason is not None:
            played.changes.append(Change(at, held.status, after.status, reason))
            _note_episode(played.episodes, held, after, at=at)
        held = after
    return played.changes, played.episodes, held


def played_by_leaps(of: Trial, past: History) -> tuple[list[Change], list[Episode], Held]:
    found = play(Measure.of(of, past.grid()), Played())
    return found.changes, found.episodes, found.held
