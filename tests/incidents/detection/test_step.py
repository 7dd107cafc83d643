"""The state machine, rule by rule, as tables. One letter per minute."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.detection.step import Finding, Held, NoData, Reason, Rule, Status, Truth, step, withdraw
from tests.incidents.detection.makers import MINUTE, NOON

FINDINGS = {
    "t": Finding(Truth.TRUE),
    "c": Finding(Truth.FALSE, is_clear=True),
    "f": Finding(Truth.FALSE, is_clear=False),
    "u": Finding(Truth.UNKNOWN, reason=Reason.BELOW_MINIMUM),
    "n": Finding(Truth.UNKNOWN, reason=Reason.NO_DATA),
    "e": Finding(Truth.UNKNOWN, reason=Reason.ERROR),
}
LETTERS = {
    Status.OK: "o",
    Status.PENDING: "p",
    Status.FIRING: "F",
    Status.RECOVERING: "r",
    Status.INSUFFICIENT: "i",
    Status.NO_DATA: "n",
    Status.ERROR: "e",
    Status.ARCHIVED: "a",
}


def rule(for_minutes: int = 0, keep_minutes: int = 0, no_data: NoData = NoData.HOLD) -> Rule:
    return Rule(timedelta(minutes=for_minutes), timedelta(minutes=keep_minutes), no_data)


def run(by: Rule, findings: str, held: Held | None = None) -> str:
    held = held or Held()
    states = ""
    for number, letter in enumerate(findings):
        held, _reason = step(by, held, FINDINGS[letter], at=NOON + number * MINUTE)
        states += LETTERS[held.status]
    return states


@pytest.mark.parametrize(
    ("meaning", "by", "findings", "states"),
    [
        ("without a hold it fires at once", rule(), "ct", "oF"),
        ("for two minutes means without a break", rule(2), "ttt", "ppF"),
        ("one false restarts the timer from nothing", rule(2), "ttfttt", "ppoppF"),
        ("unknown freezes the timer of pending", rule(2), "tututt", "pipiFF"),
        ("frozen time does not count", rule(2), "tuuuutt", "piiiipF"),
        ("under the limit is not yet under the clear limit", rule(), "tfff", "FFFF"),
        ("it clears at once without a hold", rule(), "tc", "Fo"),
        ("it clears only after the time to keep firing", rule(0, 2), "tccc", "Frro"),
        ("unknown freezes the timer of recovering", rule(0, 2), "tcucuc", "Fririo"),
        ("frozen recovering goes on", rule(0, 2), "tcuccc", "Friroo"),
        ("over again while recovering is the same breach", rule(2, 2), "tttct", "ppFrF"),
        ("between clear limit and limit the recovery starts anew", rule(0, 2), "tcfccc", "FrFrro"),
        ("too few samples never clear", rule(), "tuuut", "FiiiF"),
        ("too few samples never open", rule(), "uuuc", "iiio"),
        ("missing data hold a firing breach", rule(), "tnnc", "Fnno"),
        ("after missing data it goes on where it was", rule(), "tnnt", "FnnF"),
        ("missing data while ok are shown and leave again", rule(), "cnc", "ono"),
        ("data that come back over the limit fire", rule(), "nt", "nF"),
        ("missing data freeze pending", rule(2), "tnnttt", "pnnpFF"),
        ("policy ok: missing data are fine", rule(no_data=NoData.OK), "cnn", "ooo"),
        ("policy ok never clears a breach", rule(no_data=NoData.OK), "tnnc", "Fnno"),
        ("policy ok ends pending", rule(2, no_data=NoData.OK), "tnttt", "poppF"),
        ("policy alert: missing data fire", rule(no_data=NoData.ALERT), "cnn", "oFF"),
        ("policy alert keeps firing", rule(no_data=NoData.ALERT), "tnnc", "FFFo"),
        ("a broken evaluation is shown and remembers the state", rule(), "teec", "Feeo"),
        ("a broken evaluation fires nothing", rule(), "ceet", "oeeF"),
        ("broken, then without data, then back", rule(), "tent", "FenF"),
        ("broken pending goes on", rule(2), "tettt", "pepFF"),
    ],
)
def test_the_table(meaning, by, findings, states):
    assert run(by, findings) == states, meaning


def test_a_longer_hold_never_demotes_a_firing_breach():
    firing, _reason = step(rule(), Held(), FINDINGS["t"], at=NOON)
    after, reason = step(rule(for_minutes=60), firing, FINDINGS["t"], at=NOON + MINUTE)
    assert (after.status, reason) == (Status.FIRING, None)


def test_a_withdrawn_threshold_remembers_where_it_stood_and_starts_anew():
    firing, _reason = step(rule(), Held(), FINDINGS["t"], at=NOON)
    archived = withdraw(firing, at=NOON + MINUTE)
    assert (archived.status, archived.held_from) == (Status.ARCHIVED, Status.FIRING)
    assert step(rule(2), archived, FINDINGS["t"], at=NOON + 2 * MINUTE)[0].status is Status.PENDING
    assert step(rule(2), archived, FINDINGS["c"], at=NOON + 2 * MINUTE)[0].status is Status.OK


def test_time_is_data_time_whatever_the_number_of_ticks():
    pending, _reason = step(rule(10), Held(), FINDINGS["t"], at=NOON)
    after, reason = step(rule(10), pending, FINDINGS["t"], at=NOON + 10 * MINUTE)
    assert (after.status, reason) == (Status.FIRING, Reason.HELD_LONG_ENOUGH)


@given(st.text(alphabet="ncu", max_size=30), st.integers(0, 3), st.integers(0, 3))
def test_nothing_fires_without_a_true_evaluation(findings, hold, keep):
    assert "F" not in run(rule(hold, keep), findings)


@given(st.text(alphabet="tfune", max_size=30), st.integers(0, 3), st.sampled_from([NoData.HOLD, NoData.OK]))
def test_nothing_clears_without_a_clear_evaluation(findings, keep, no_data):
    firing = Held(status=Status.FIRING)
    assert not set(run(rule(0, keep, no_data), findings, firing)) & set("opa")


@given(st.text(alphabet="tcfune", max_size=40), st.integers(0, 3), st.integers(0, 3), st.sampled_from(NoData))
def test_each_change_has_a_reason_and_each_reason_a_change(findings, hold, keep, no_data):
    held = Held()
    for number, letter in enumerate(findings):
        after, reason = step(rule(hold, keep, no_data), held, FINDINGS[letter], at=NOON + number * MINUTE)
        assert (after.status is not held.status) == (reason is not None)
        held = after
