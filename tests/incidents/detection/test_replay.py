"""Playing a rule through the past: leaping over minutes changes nothing, and windows hold what their minutes held."""

import random

import pytest

from incidents.detection.backtest.grid import HOUR, MINUTE
from incidents.detection.backtest.measure import Measure
from incidents.detection.backtest.replay import Played, play
from incidents.detection.backtest.trial import Trial
from incidents.detection.measuring import Terms
from incidents.detection.statistics import Op
from incidents.detection.step import Status
from tests.incidents.detection import histories
from tests.incidents.detection.histories import History

TERMS = Terms("ratio", Op.GT, limit=20_000, clear_limit=16_000, min_samples=50)
RULE = Trial(terms=TERMS, window_seconds=300, for_seconds=120, keep_firing_seconds=180)
START = histories.STARTS[0]


@pytest.mark.parametrize("number", range(12))
def test_leaping_gives_the_transitions_of_judging_every_minute(number):
    dice = random.Random(number)
    seen = 0
    for _ in range(8):
        past, rule = histories.history(dice, minutes=700), histories.trial(dice)
        slow, fast = histories.played_minute_by_minute(rule, past), histories.played_by_leaps(rule, past)
        assert fast[:2] == slow[:2], rule
        assert (fast[2].status, fast[2].held_from) == (slow[2].status, slow[2].held_from), rule
        seen += len(slow[0])
    assert seen > 20


@pytest.mark.parametrize("number", range(8))
def test_hints_never_say_too_much(number):
    dice = random.Random(number)
    past, rule = histories.history(dice, minutes=600), histories.trial(dice)
    measure = Measure.of(rule, past.grid())
    hints = measure.hints()
    for index in range(1, 601):
        finding = measure.judge(index).finding
        assert hints.may_be_over[index] or finding.truth != "true"
        assert hints.may_be_clear[index] or not finding.is_clear
        assert {reason for reason in hints.unknown if hints.of(reason)[index]} == {finding.reason} - {None}


@pytest.mark.parametrize("number", range(3))
def test_a_window_holds_what_its_minutes_held(number):
    dice = random.Random(number)
    past = histories.history(dice, minutes=400)
    grid = past.grid()
    for _ in range(50):
        index, width = dice.randint(1, 400), dice.randint(1, 120)
        held = past.minutes[max(0, index - width) : index]
        for place, name in enumerate(("bad", "n", "n_raw")):
            assert grid.windows(name, width)[index] == sum(row[place] for row in held)


def test_an_episode_starts_with_the_first_minute_over_and_ends_when_it_was_clear_long_enough():
    quiet, loud = (0, 100, 100), (60, 100, 100)
    past = History(START, [quiet] * 10 + [loud] * 10 + [quiet] * 20)
    changes, episodes, held = histories.played_by_leaps(RULE, past)
    assert [(change.after, (change.at - START) / MINUTE) for change in changes] == [
        (Status.PENDING, 11),
        (Status.FIRING, 13),
        (Status.RECOVERING, 25),
        (Status.OK, 28),
    ]
    assert [(e.started_at, e.fired_at, e.ended_at) for e in episodes] == [
        (START + 10 * MINUTE, START + 13 * MINUTE, START + 28 * MINUTE)
    ]
    assert held.status is Status.OK


def test_a_hole_ends_no_episode():
    quiet, loud, nothing = (0, 100, 100), (60, 100, 100), (0, 0, 0)
    past = History(START, [quiet] * 5 + [loud] * 10 + [nothing] * 500 + [quiet] * 20)
    changes, episodes, _held = histories.played_by_leaps(RULE, past)
    assert [change.after for change in changes] == [
        *(Status.PENDING, Status.FIRING, Status.NO_DATA),
        *(Status.RECOVERING, Status.OK),
    ]
    assert len(episodes) == 1


def test_hours_are_judged_at_their_ends_and_go_on_into_the_minutes():
    past = History(START, [(0, 100, 100)] * 120 + [(60, 100, 100)] * 120)
    by_hour = play(Measure.of(RULE, past.grid(HOUR)), Played())
    assert [change.after for change in by_hour.changes] == [Status.PENDING, Status.FIRING]
    later = History(START + 240 * MINUTE, [(60, 100, 100)] * 30 + [(0, 100, 100)] * 30)
    gone_on = play(Measure.of(RULE, later.grid()), by_hour)
    assert len(gone_on.episodes) == 1
    assert gone_on.episodes[0].ended_at == START + (240 + 35 + 3) * MINUTE
