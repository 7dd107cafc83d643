"""Back-tests against the database: what they read, how they match what happened live, and what is kept of them."""

from datetime import timedelta

import pytest
from django.db import ProgrammingError, transaction

from incidents.classification.models import HarmKind
from incidents.detection.backtest.looking_back import look_back
from incidents.detection.backtest.running import run_backtest
from incidents.detection.backtest.suggesting import Usual, detects_after, suggestions
from incidents.detection.backtest.trial import Trial
from incidents.detection.counting import Delta, add_to_buckets
from incidents.detection.measuring import Terms
from incidents.detection.statistics import Op
from incidents.detection.versions import ThresholdVersion
from incidents.response.declaring import Declaration, declare
from incidents.response.models import IncidentKind
from incidents.response.states import State
from incidents.response.visibility import Visibility
from tests.incidents.detection import makers, twins
from tests.incidents.detection.makers import MINUTE, NOON
from tests.incidents.detection.test_ticks import series

DAY = timedelta(days=1)


def test_rules_judged_live_and_played_afterwards_have_the_same_transitions(db):
    makers.source()
    found = twins.compare(number=1, rules=36, ticks=18)
    assert [(str(version), version.metric, live, played) for version, live, played in found.differing] == []
    assert set(found.by_metric) == set(twins.METRICS)
    assert min(found.by_metric.values()) > 0


def pour(at, minutes, *, start=0):
    """Minutes of (violations, answers), beginning `start` minutes after `at`."""
    of = {kind: series(kind).pk for kind in ("violation", "traffic")}
    deltas = {}
    for place, (bad, n) in enumerate(minutes):
        ts = at + (start + place) * MINUTE
        deltas[of["violation"], ts], deltas[of["traffic"], ts] = Delta(n=bad, n_raw=bad), Delta(n=n, n_raw=n)
    add_to_buckets(deltas, now=at)


@pytest.fixture
def threshold(db):
    """A day with 1 % of bad ones, an hour of 10 % and a weaker one of 4 %, as judged by limits of 2 %."""
    makers.source()
    found = makers.threshold()
    makers.version(found, now=NOON - DAY * 40, limit=20_000)
    pour(NOON - DAY, [(1, 100)] * 600 + [(10, 100)] * 60 + [(1, 100)] * 300 + [(4, 100)] * 60 + [(1, 100)] * 420)
    return found


def incident(threshold, mo, *, hours, state=State.RESOLVED, **fields):
    """Harm that began so many hours before noon and was contained half an hour later."""
    began = NOON - timedelta(hours=hours)
    harm = HarmKind.objects.get(slug=fields.pop("harm", "unauthorised_commitment"))
    told = {"title": "Refunds", "system": threshold.system, "severity": makers.severity(), "harm_kind": harm, **fields}
    found = declare(Declaration(**told, started_at=began), by=mo, now=began + 5 * MINUTE)
    if state != State.REPORTED:
        found.triage(severity=makers.severity(), harm_kind=harm, by=mo, now=began + 9 * MINUTE)
        found.contain(by=mo, now=began + 30 * MINUTE, reason="Off.")
    return found


class TestLookingBack:
    def test_it_says_when_it_would_have_fired_what_it_caught_and_what_it_would_lose(self, threshold, mo):
        caught, weak = incident(threshold, mo, hours=13.9), incident(threshold, mo, hours=7.9)
        incident(threshold, mo, hours=3)
        before = threshold.version_at(NOON)
        looser = ThresholdVersion.from_rule({**before.as_rule, "limit": 50_000})
        looser.threshold = threshold
        found = look_back(looser, before=before, days=7, now=NOON)
        assert [each.fired_at for each in found.outcome.episodes] == [NOON - DAY + 603 * MINUTE]
        assert [match.known.reference for match in found.outcome.hits] == [caught.reference]
        assert found.outcome.hits[0].delay == timedelta(0)
        assert len(found.before.episodes) == 2
        assert found.lost_incidents == [weak.reference]
        assert (len(found.newly), len(found.lost)) == (0, 1)
        assert found.past.begins_at == NOON - DAY
        assert found.outcome.per_week == pytest.approx(7)

    def test_drills_doubts_other_harms_and_restricted_ones_are_no_misses(self, threshold, mo):
        incident(threshold, mo, hours=3, kind=IncidentKind.DRILL)
        incident(threshold, mo, hours=3, state=State.REPORTED)
        incident(threshold, mo, hours=3, visibility=Visibility.RESTRICTED)
        incident(threshold, mo, hours=13.9, harm="discrimination")
        found = look_back(threshold.version_at(NOON), days=7, now=NOON)
        assert found.outcome.matches == []
        assert len(found.outcome.unprompted) == 1

    def test_too_few_samples_are_blindness_and_not_health(self, threshold):
        version = threshold.version_at(NOON)
        strict = ThresholdVersion.from_rule({**version.as_rule, "min_samples": 600})
        strict.threshold = threshold
        found = look_back(strict, days=7, now=NOON)
        assert found.outcome.blind == {"below_minimum": 1.0}
        assert found.outcome.episodes == []

    def test_what_lies_beyond_the_minutes_rests_on_hours(self, threshold):
        pour(NOON - 60 * DAY, [(1, 100)] * 180 + [(30, 100)] * 120 + [(1, 100)] * 60)
        found = look_back(threshold.version_at(NOON), days=90, now=NOON)
        assert found.past.has_hours
        assert found.past.minutes_from > NOON - 36 * DAY
        assert found.outcome.episodes[0].fired_at == NOON - 60 * DAY + 240 * MINUTE
        assert len(found.outcome.episodes) == 3

    def test_reading_takes_as_many_queries_for_ninety_days_as_for_seven(self, threshold, django_assert_max_num_queries):
        before = threshold.version_at(NOON)
        for days in (7, 90):
            with django_assert_max_num_queries(3):
                look_back(before, before=before, days=days, now=NOON)

    def test_the_past_suggests_a_limit_between_the_usual_and_the_harmful(self, threshold, mo):
        incident(threshold, mo, hours=13.9)
        found = look_back(threshold.version_at(NOON), days=7, now=NOON)
        usual, candidates = suggestions(found.trial, found.past, found.incidents)
        best = next(each for each in candidates if each.is_suggested)
        assert usual.value == 10_000
        assert 40_000 <= best.limit < 100_000
        assert best.hit == 1
        assert best.detects_after is None or best.detects_after > timedelta(0)

    def test_three_times_the_usual_is_seen_once_the_window_holds_enough_of_it(self):
        terms = Terms("ratio", Op.GT, limit=20_000, clear_limit=16_000, min_samples=50)
        trial = Trial(terms=terms, window_seconds=600, for_seconds=120, eval_delay_seconds=60)
        assert detects_after(trial, Usual(value=10_000, n=10_000)) == 6 * MINUTE + 3 * MINUTE
        assert detects_after(trial.with_limit(40_000), Usual(value=10_000, n=10_000)) is None


class TestKeeping:
    def test_a_kept_back_test_holds_rule_range_watermark_and_forecast(self, threshold, mo):
        fields = {**threshold.version_at(NOON).as_rule, "limit": 50_000}
        kept = run_backtest(threshold, fields, days=30, by=mo, now=NOON)
        kept.refresh_from_db()
        assert (kept.rule["limit"], kept.days, kept.made_by) == (50_000, 30, mo)
        assert (kept.starts_at, kept.ends_at, kept.received_to) == (NOON - DAY, NOON, NOON - DAY)
        assert kept.per_week == kept.result["per_week"] == 7
        assert kept.result["before"]["episode_count"] == 2
        assert kept.result["no_longer_fired"] == 1
        with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
            kept.delete()

    def test_a_measure_without_a_past_says_why(self, threshold, mo):
        fields = {**threshold.version_at(NOON).as_rule, "metric": "silence"}
        kept = run_backtest(threshold, fields, days=30, by=mo, now=NOON)
        assert kept.per_week is None
        assert "watched by events" in kept.result["why_not"]
