"""Past weeks in arrays against the rule that the tick follows, window by window, over changes of clocks and gaps."""

import random
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from incidents.detection.backtest.grid import HOUR, MINUTE, Grid
from incidents.detection.backtest.measure import Measure
from incidents.detection.backtest.silent import Quiet, heard
from incidents.detection.backtest.weekly import REACH, past_columns
from incidents.detection.measuring import Sums, judge
from incidents.detection.weeks import WEEK, Span, length, past_weeks
from tests.incidents.detection import histories

# Clocks go forward and back in all of them but the last, Lord Howe's by half an hour.
PLACES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC")
JUDGED = timedelta(days=1)


def grid_before(end: datetime, dice: random.Random) -> Grid:
    count = int((JUDGED + REACH + timedelta(hours=6)) / MINUTE)
    busy = np.random.default_rng(dice.randrange(1 << 30))
    cells = {"bad": busy.poisson(0.4, count), "n": busy.poisson(3, count) * (busy.random(count) > 0.3)}
    return Grid.of(end - count * MINUTE, MINUTE, cells)


@pytest.mark.parametrize("per_minute", [True, False])
@pytest.mark.parametrize("place", PLACES)
def test_every_window_is_compared_with_the_hours_that_the_tick_would_take(place, per_minute):
    dice = random.Random(f"{place}{per_minute}")
    for month, day in ((3, 29), (4, 5), (11, 1), (6, 10)):
        end = datetime(2026, month, day, 18, tzinfo=UTC)
        grid, width = grid_before(end, dice), dice.choice((5, 60, 90, 240))
        unusual = [_gap(dice, end) for _ in range(3)]
        since = end - dice.choice((5, 3)) * WEEK - timedelta(hours=2)
        given = {"unusual": unusual, "known_since": since, "per_minute": per_minute}
        columns = past_columns(grid, width=width, timezone=place, **given)
        for _ in range(120):
            index = grid.count - dice.randrange(int(JUDGED / MINUTE))
            weeks = past_weeks(
                grid.at(index), width * MINUTE, place, excluded=unusual, known_since=since.replace(minute=0)
            )
            assert _held(columns, index) == _pooled(grid, weeks, per_minute=per_minute), (place, grid.at(index))


def _gap(dice: random.Random, end: datetime) -> Span:
    start = end - dice.randint(1, 4) * WEEK - timedelta(minutes=dice.randint(0, 1_400), seconds=dice.randint(0, 59))
    return start, start + timedelta(seconds=dice.choice((30, 3_000, 40_000)))


def _held(columns, index: int) -> tuple[int, int, int]:
    return tuple(int(columns[name][index]) for name in ("past_bad", "past_n", "weeks"))


def _pooled(grid: Grid, weeks: list[list[Span]], *, per_minute: bool) -> tuple[int, int, int]:
    bad = exposure = usable = 0
    for week in weeks:
        seen = {name: sum(_between(grid, name, span) for span in week) for name in ("bad", "n")}
        if held := length(week) // MINUTE if per_minute else seen["n"]:
            bad, exposure, usable = bad + seen["bad"], exposure + held, usable + 1
    return bad, exposure, usable


def _between(grid: Grid, name: str, span: Span) -> int:
    first, last = (max(0, (moment - grid.start) // MINUTE) for moment in span)
    return int(grid.totals[name][last] - grid.totals[name][first])


def test_hours_are_compared_with_hours():
    end = datetime(2026, 4, 1, tzinfo=UTC)
    count = int((JUDGED + REACH + 6 * HOUR) / HOUR)
    grid = Grid.of(end - count * HOUR, HOUR, {"bad": np.arange(count), "n": np.ones(count, np.int64)})
    columns = past_columns(grid, width=1, timezone="Europe/Berlin", unusual=(), known_since=grid.start, per_minute=True)
    # Clocks went forward on 29 March: before it, the same hour by the clock was an hour later by ours.
    assert columns["past_bad"][count] == sum(count - 1 - 168 * weeks + 1 for weeks in (1, 2, 3, 4))
    assert (columns["past_n"][count], columns["n"][count], columns["weeks"][count]) == (240, 60, 4)


@pytest.mark.parametrize("number", range(4))
def test_hints_of_changes_and_silences_never_say_too_much(number):
    dice, fill = random.Random(number), np.random.default_rng(number)
    past = histories.history(dice, minutes=600)
    grid = past.grid().holding({
        "past_bad": fill.integers(0, 40, 601),
        "past_n": fill.integers(0, 4_000, 601),
        "weeks": fill.integers(0, 5, 601),
        "is_heard": fill.random(601) > 0.1,
    })  # fmt: skip
    for _ in range(6):
        measure = Measure.of(histories.trial(dice, metric=dice.choice(("baseline", "ratio", "count"))), grid)
        hints = measure.hints()
        for index in range(1, 601):
            finding = measure.judge(index).finding
            assert hints.may_be_over[index] or finding.truth != "true"
            assert hints.may_be_clear[index] or not finding.is_clear
            assert {reason for reason in hints.unknown if hints.of(reason)[index]} == {finding.reason} - {None}


def test_a_change_right_at_its_limit_is_looked_at():
    terms = histories.trial(random.Random(1), metric="baseline")
    sums = Sums(bad=30, n=60, past_bad=40, past_n=240, weeks=4)
    assert judge(terms.terms, sums).value == 3_000


def test_nobody_is_heard_while_every_source_that_had_begun_is_silent():
    start = datetime(2026, 6, 1, tzinfo=UTC)
    grid = Grid.of(start, MINUTE, {"bad": np.zeros(20, np.int64)})

    def at(minute: int) -> datetime:
        return start + minute * MINUTE

    first, second = Quiet(at(0), [(at(5), at(8)), (at(15), None)]), Quiet(at(7), [(at(16), None)])
    # The tick comes two minutes after what it judges.
    silent = np.flatnonzero(~heard([first, second], grid, delay_seconds=120)).tolist()
    assert silent == [3, 4, *range(14, 21)]
    assert heard([Quiet(at(0), [])], grid, delay_seconds=120) is None
