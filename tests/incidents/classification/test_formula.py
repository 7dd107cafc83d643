"""The severity formula as tables: each rule, each floor, each worked example, and the sentence that says why."""

from dataclasses import replace

import pytest

from incidents.classification import shipped_matrix
from incidents.classification.formula import Answers, TooLittleAnswered, reckon
from incidents.classification.judging import judge
from incidents.classification.matrix import AxisName, MatrixInvalid, read
from tests.incidents.answering import ESTABLISHED, EXCLUDED, HARM, HAZARD, LIKELY, NEAR_MISS, SUSPECTED, answers

MATRIX = read(shipped_matrix.CONTENT)
RANKS = {"SEV1": 1, "SEV2": 2, "SEV3": 3, "SEV4": 4}


@pytest.mark.parametrize(
    ("case", "given", "level", "is_provisional"),
    [
        ("refunds promised to 40 customers", answers((2, 2, 2, 2, 3), LIKELY), "SEV2", False),
        ("a slur in one adult chat", answers((2, 2, 1, 1, 1)), "SEV3", False),
        ("a ranker disadvantages a group", answers((3, 3, 3, 3, 1)), "SEV1", False),
        ("a blocked injection", answers((3, 3, 2, 2, 2), happened=NEAR_MISS), "SEV3", False),
        ("refunds, and the press calls", answers((2, 2, 2, 2, 3), LIKELY, floors="F5"), "SEV2", False),
        ("refunds, only suspected", answers((2, 2, 2, 2, 3), SUSPECTED), "SEV3", True),
    ],
)
def test_the_worked_examples_come_out_as_written(case, given, level, is_provisional):
    judged = judge(MATRIX, given)
    assert (judged.level, judged.is_provisional) == (level, is_provisional), case


FLOORS = [
    ("F1", "SEV1", "SEV4", "SEV4"),
    ("F2", "SEV1", "SEV4", "SEV4"),
    ("F3", "SEV1", "SEV4", "SEV4"),
    ("F4", "SEV2", "SEV2", "SEV2"),
    ("F5", "SEV2", "SEV2", "SEV2"),
    ("F6", "SEV1", "SEV1", "SEV1"),
]


def test_every_floor_has_its_row():
    assert [code for code, *_levels in FLOORS] == [floor.code for floor in MATRIX.floors]


@pytest.mark.parametrize(("code", "harm", "near_miss", "hazard"), FLOORS)
def test_each_floor_holds_for_what_it_is_meant_for_and_never_lowers(code, harm, near_miss, hazard):
    mild, worst = (1, 1, 1, 1, 1), (4, 4, 4, 4, 4)
    for happened, level in ((HARM, harm), (NEAR_MISS, near_miss), (HAZARD, hazard)):
        assert judge(MATRIX, answers(mild, happened=happened)).level == "SEV4"
        judged = judge(MATRIX, answers(mild, happened=happened, floors=code))
        assert judged.level == level
        assert MATRIX.floor(code).words in judged.why
    assert judge(MATRIX, answers(worst, floors=code)).level == "SEV1"
    assert judge(MATRIX, answers((None,) * 5, None, floors=code)).level == harm, "a floor alone is enough"


@pytest.mark.parametrize(
    ("values", "confidence", "score"),
    [
        ((0, 0, 4, 4, 4), SUSPECTED, 0),
        ((0, 0, 4, 0, 0), LIKELY, 1),
        ((1, 0, 0, 0, 0), ESTABLISHED, 1),
        ((0, 3, 2, 2, 2), ESTABLISHED, 3),  # the worse of the two, not their sum
        ((2, 2, 2, 2, 2), ESTABLISHED, 2),
        ((2, 1, 3, 0, 0), LIKELY, 3),
        ((2, 1, 0, 3, 0), LIKELY, 3),
        ((2, 1, 0, 0, 3), LIKELY, 3),
        ((2, 1, 4, 4, 4), ESTABLISHED, 3),  # one worse, however many reasons
        ((2, 1, 4, 4, 4), EXCLUDED, 2),
        ((4, 0, 4, 4, 4), ESTABLISHED, 4),
        ((2, None, 3, None, None), LIKELY, 3),
    ],
)
def test_the_score_is_the_worse_of_harm_and_rights_and_at_most_one_more(values, confidence, score):
    assert reckon(MATRIX, answers(values, confidence)).score == score


@pytest.mark.parametrize("happened", [NEAR_MISS, HAZARD])
def test_what_reached_nobody_counts_one_less_but_not_less_than_nothing(happened):
    for worst, score in ((0, 0), (1, 0), (2, 1), (3, 2), (4, 3)):
        assert reckon(MATRIX, answers((worst, 0, 0, 0, 0), happened=happened)).score == score
    assert reckon(MATRIX, answers((3, 0, 3, 0, 0), happened=happened)).score == 3


def test_who_is_unsure_takes_the_higher_and_is_provisional():
    sure, unsure = answers((2, 1, 2, 1, 1)), answers((2, 1, 2, 1, 1), unsure={AxisName.SCALE})
    assert (judge(MATRIX, sure).level, judge(MATRIX, sure).is_provisional) == ("SEV3", False)
    judged = judge(MATRIX, unsure)
    assert (judged.level, judged.is_provisional) == ("SEV2", True)
    assert "unsure, so the higher answer counts: scale" in judged.why
    assert reckon(MATRIX, answers((4, 4, 4, 4, 4), unsure=set(AxisName))).score == 4, "nothing lies above the last"


def test_what_nobody_answered_is_not_zero():
    judged = judge(MATRIX, answers((2, 2, None, 1, 1)))
    assert (judged.level, judged.is_provisional) == ("SEV3", True)
    assert judged.why.endswith("Provisional: not known yet: scale.")
    with pytest.raises(TooLittleAnswered):
        judge(MATRIX, answers((None, None, 4, 4, 4)))


def test_the_sentence_names_what_decided():
    judged = judge(MATRIX, answers((2, 2, 2, 2, 3), SUSPECTED + 1, floors="F5"))
    assert judged.why == (
        "Harm “Distress, wrong information acted on, small loss” and Rights and vulnerability"
        " “Protected characteristic or consumer contract touched”: SEV3."
        " One level worse, as the cause is “Likely” and it reaches far: Spread “10–999 a day or rising”."
        " “Press, a regulator or a court asks” asks for at least SEV2, which it is."
    )
    missed = judge(MATRIX, answers((3, 1, 1, 1, 1), floors="F1 F6", happened=NEAR_MISS))
    assert missed.why == (
        "Harm “Serious loss, lost opportunity or dignity, sensitive data out”: SEV2."
        " One level less, as it reached nobody: a near miss."
        " “An identifiable person is at acute risk” makes it at least SEV1."
        " “Death or serious injury is suspected” counts only when somebody was harmed."
    )


def test_the_same_answers_always_give_the_same_level_and_sentence():
    given = answers((2, 3, 4, 1, 3), LIKELY, floors="F6 F4", unsure={AxisName.HARM, AxisName.SPREAD})
    backwards = Answers(
        by_axis=dict(reversed(given.by_axis.items())), floors=given.floors, materialisation=given.materialisation
    )
    stored = Answers.read(backwards.as_stored)
    assert stored.as_stored == given.as_stored
    assert judge(MATRIX, stored) == judge(MATRIX, backwards) == judge(read(shipped_matrix.CONTENT), given)


def _without_an_axis(content):
    content["axes"] = content["axes"][1:]


def _without_an_anchor(content):
    content["axes"][0]["anchors"] = content["axes"][0]["anchors"][:-1]


def _with_an_empty_anchor(content):
    content["axes"][5]["anchors"] = ["Excluded", " ", "Likely", "Established"]


def _with_a_floor_twice(content):
    content["floors"].append(content["floors"][0])


def _with_a_floor_to_nowhere(content):
    content["floors"][0]["level"] = "SEV9"


def _with_milder_above(content):
    content["levels"] = ["SEV4", "SEV1", "SEV3", "SEV2", "SEV1"]


def _with_an_unknown_level(content):
    content["levels"] = ["SEV5", "SEV4", "SEV3", "SEV2", "SEV1"]


def _with_few_levels(content):
    content["levels"] = ["SEV4", "SEV1"]


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_without_an_axis, "missing: Harm"),
        (_without_an_anchor, "Harm needs"),
        (_with_an_empty_anchor, "Confidence needs"),
        (_with_a_floor_twice, "same code"),
        (_with_a_floor_to_nowhere, "F1 names SEV9"),
        (_with_milder_above, "Score 2 stands for SEV3, which is milder than SEV1 at score 1"),
        (_with_an_unknown_level, "no severity level SEV5"),
        (_with_few_levels, "each score"),
    ],
)
def test_a_matrix_that_cannot_work_says_what_is_wrong(spoil, words):
    content = {
        "axes": [dict(axis) for axis in shipped_matrix.CONTENT["axes"]],
        "floors": [dict(floor) for floor in shipped_matrix.CONTENT["floors"]],
        "levels": list(shipped_matrix.CONTENT["levels"]),
    }
    assert read(content, ranks=RANKS) == replace(MATRIX)
    spoil(content)
    with pytest.raises(MatrixInvalid, match=words):
        read(content, ranks=RANKS)
