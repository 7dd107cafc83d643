"""What does not fit a metric is said at its field; what fits is taken and said in one sentence."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from incidents.detection.queries import sentence_of
from incidents.detection.versions import ThresholdVersion
from tests.incidents.detection import makers
from tests.incidents.detection.makers import NOON

EVALUATED = {"kind": "evaluation", "denominator_kind": ""}
BURN = EVALUATED | {"metric": "burn", "limit": 14_400, "budget_ppm": 1_000, "window_seconds": 3_600}
CHANGE = {"kind": "complaint", "denominator_kind": "", "metric": "baseline", "limit": 3_000, "op": "gte"}
TWO = [{"kind": "violation", "category": "refund"}, {"kind": "complaint"}]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"limit": -1}, "limit"),
        ({"limit": 1_000_001}, "limit"),
        ({"denominator_kind": ""}, "denominator_kind"),
        ({"warn_limit": 20_000}, "warn_limit"),
        ({"op": "lt", "warn_limit": 19_999}, "warn_limit"),
        ({"clear_limit": 20_001}, "clear_limit"),
        ({"metric": "count", "op": "gte", "limit": 0}, "limit"),
        ({"metric": "count", "op": "lt", "limit": 0}, "limit"),
        ({"metric": "distinct", "op": "lte", "limit": 3}, "op"),
        (EVALUATED | {"metric": "mean", "min_samples": 1, "confidence": "95"}, "min_samples"),
        (BURN | {"budget_ppm": 0}, "budget_ppm"),
        (BURN | {"limit": 1_000_000, "budget_ppm": 1_000}, "limit"),
        (BURN | {"window_seconds": 3_000}, "window_seconds"),
        (BURN | {"kind": "violation"}, "denominator_kind"),
        (BURN | {"op": "lt"}, "op"),
        (CHANGE | {"limit": 900}, "limit"),
        (CHANGE | {"op": "lte", "limit": 1_100}, "limit"),
        (CHANGE | {"floor_count": 0}, "floor_count"),
        (CHANGE | {"window_seconds": 90_000}, "window_seconds"),
        (CHANGE | {"timezone": "Berlin"}, "timezone"),
        ({"metric": "temporal", "pattern": []}, "pattern"),
        ({"metric": "temporal", "pattern": [{"kind": "violation"}, {"kind": "rumour"}]}, "pattern"),
        ({"metric": "ratio", "pattern": TWO}, "pattern"),
        ({"metric": "temporal", "op": "gte", "limit": 1, "pattern": TWO * 4}, "pattern"),
        ({"metric": "event_count", "op": "gte", "limit": 3, "window_seconds": 15 * 86_400}, "window_seconds"),
        ({"metric": "value_count", "limit": 3, "value_of": "person", "group_by": "person"}, "group_by"),
        ({"metric": "zero_tolerance", "limit": 2, "op": "gte"}, "limit"),
        ({"metric": "zero_tolerance", "limit": 1, "op": "gte", "for_seconds": 60}, "for_seconds"),
        ({"metric": "zero_tolerance", "limit": 1, "op": "gte", "warn_limit": 0}, "warn_limit"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field(db, fields, field):
    with pytest.raises(ValidationError) as refused:
        makers.version(makers.threshold(), now=NOON - timedelta(days=1), **fields)
    assert set(refused.value.message_dict) == {field}
    assert not ThresholdVersion.objects.exists()


def test_a_refusal_says_why_in_the_units_of_the_form(db):
    for fields, words in (
        (BURN | {"window_seconds": 3_000}, "multiple of 12 minutes"),
        ({"metric": "temporal", "op": "gte", "limit": 1, "pattern": TWO * 4}, "at most 6 kinds"),
        ({"metric": "event_count", "op": "gte", "limit": 3, "window_seconds": 15 * 86_400}, "at most 14 days"),
    ):
        with pytest.raises(ValidationError, match=words):
            makers.version(makers.threshold(words), now=NOON - timedelta(days=1), **fields)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {"confidence": "95", "window_seconds": 600},
            "fires when more than 2 % of at least 50 answers in 10 min are policy breaches, 95 % sure",
        ),
        (
            {"warn_limit": 10_000, "for_seconds": 300},
            "fires when more than 2 % of at least 50 answers in 5 min are policy breaches, for 5 min without a break,"
            " and warns its owner at more than 1 %",
        ),
        (
            {"metric": "count", "kind": "complaint", "op": "gte", "limit": 8, "window_seconds": 3_600},
            "fires when at least 8 complaints are counted in 1 h",
        ),
        (
            {"metric": "distinct", "kind": "complaint", "op": "gte", "limit": 5, "value_of": "person"},
            "fires when complaints of at least 5 different people are counted in 5 min",
        ),
        (
            EVALUATED | {"metric": "mean", "op": "lt", "limit": 725_000},
            "fires when the mean of at least 50 scores in 5 min is less than 0.725",
        ),
        (
            BURN | {"op": "gte"},
            "fires when failed evaluations among at least 50 answers use up at least 14.4 times the budget of 0.1 %,"
            " in 1 h and still in the last 5 min",
        ),
        (
            CHANGE | {"window_seconds": 3_600, "timezone": "Europe/Berlin"},
            "fires when complaints in 1 h are at least 5 and at least 3 times the usual of the same hour in the past"
            " four weeks (Europe/Berlin), and chance alone explains less than 1 in 1,000 of such rises",
        ),
        (
            {"metric": "event_count", "op": "gte", "limit": 3, "group_by": "person", "window_seconds": 3_600},
            "fires when at least 3 policy breaches come from the same person within 1 h",
        ),
        (
            {"metric": "value_count", "op": "gte", "limit": 3, "group_by": "version", "value_of": "conversation"},
            "fires when policy breaches of at least 3 different conversations come from the same model version"
            " within 5 min",
        ),
        (
            {"metric": "temporal_ordered", "op": "gte", "limit": 1, "group_by": "conversation", "pattern": TWO},
            "fires when these come in this order in the same conversation within 5 min: policy breaches (refund);"
            " complaints",
        ),
        (
            {"metric": "zero_tolerance", "op": "gte", "limit": 1, "category": "self-harm"},
            "fires at once at a single signal: Policy breach (self-harm)",
        ),
    ],
)
def test_a_rule_that_fits_explains_itself(db, fields, sentence):
    makers.source()
    assert sentence_of(makers.version(makers.threshold(), now=NOON - timedelta(days=1), **fields)) == sentence
