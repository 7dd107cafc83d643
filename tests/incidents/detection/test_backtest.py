"""Back-tests against the database: what they read, how they match what happened live, and what is kept of them."""

import json
from datetime import timedelta

import pytest
from django.db import ProgrammingError, connection, transaction

from incidents.classification.models import HarmKind
from incidents.detection.approving import Forecast, Ground, grounds_for
from incidents.detection.backtest.looking_back import look_back
from incidents.detection.backtest.running import run_backtest
from incidents.detection.backtest.showing import shown
from incidents.detection.backtest.suggesting import Usual, detects_after, suggestions
from incidents.detection.backtest.trial import Trial
from incidents.detection.counting import Delta, add_to_buckets
from incidents.detection.differences import ground_sentences
from incidents.detection.measuring import Terms
from incidents.detection.opening import open_breach
from incidents.detection.series import SignalSeries
from incidents.detection.statistics import Op
from incidents.detection.versions import ThresholdVersion
from incidents.response.declaring import Declaration, declare
from incidents.response.models import IncidentKind
from incidents.response.states import State
from incidents.response.visibility import Visibility
from tests.incidents.detection import makers, twins
from tests.incidents.detection.makers import MINUTE, NOON
from tests.incidents.detection.test_ticks import series

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


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


def another(threshold, **fields):
    """The rule in force with other fields, not saved."""
    version = ThresholdVersion.from_rule({**threshold.version_at(NOON).as_rule, **fields})
    version.threshold = threshold
    return version


def _forget(keys):
    with connection.cursor() as cursor:
        cursor.executemany("DELETE FROM incidents_signalbucket WHERE series_id = %s AND ts = %s", list(keys))


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

    def test_a_restricted_incident_that_would_be_lost_is_counted_and_never_named(self, threshold, mo):
        hidden = incident(threshold, mo, hours=7.9, visibility=Visibility.RESTRICTED)
        before = threshold.version_at(NOON)
        kept = run_backtest(threshold, {**before.as_rule, "limit": 50_000}, days=7, by=mo, now=NOON)
        assert (kept.result["lost_hidden"], kept.result["lost_incidents"]) == (1, [])
        assert hidden.reference not in json.dumps(kept.result)
        assert hidden.title not in json.dumps(kept.result)
        told = Forecast(days=7, per_week=1, lost_hidden=kept.result["lost_hidden"])
        rules = {"before": before.as_rule, "after": before.as_rule}
        grounds = grounds_for(**rules, rank_before=1, rank_after=1, forecast=told)
        assert grounds == [Ground.LOSES_HIDDEN_INCIDENT]
        assert "incident that you may not see" in ground_sentences(grounds)[0]
        assert "hidden" not in json.dumps(told.as_facts)
        same = look_back(before, before=before, days=7, now=NOON)
        assert same.lost_hidden == 0

    def test_warnings_are_played_beside_what_fires(self, threshold):
        warning = another(threshold, limit=50_000, warn_limit=20_000)
        found = look_back(warning, days=7, now=NOON)
        assert (len(found.outcome.episodes), len(found.warned.episodes)) == (1, 2)
        page = shown(found, now=NOON)
        assert {"label": "Would have warned", "value": "2 times"} in page["figures"]
        assert (len(page["drawing"].bands), len(page["drawing"].warn_bands)) == (1, 2)

    def test_what_came_later_is_left_out_of_what_was_known_then(self, threshold):
        bad = series("violation").pk
        late = {(bad, NOON - minute * MINUTE): Delta(n=30, n_raw=30) for minute in (195, 194)}
        in_parts = {(bad, NOON - 300 * MINUTE): Delta(n=1, n_raw=1)}
        _forget(late)
        add_to_buckets(late | in_parts, now=NOON - 60 * MINUTE)
        found = look_back(threshold.version_at(NOON), days=7, now=NOON)
        assert (len(found.outcome.episodes), len(found.as_known_then.episodes)) == (3, 2)
        assert (found.past.late, found.past.partly_late) == (2, 1)
        page = shown(found, now=NOON)
        assert {"label": "With what was known then", "value": "2 times"} in page["figures"]
        assert any("1 minute came in parts" in note for note in page["notes"])

    def test_a_silence_is_blindness_where_live_it_was_no_data(self, threshold, mo):
        watch = makers.version(makers.threshold("Watch"), now=NOON - DAY * 9, metric="silence", denominator_kind="")
        SignalSeries.objects.update(first_seen_at=NOON - DAY * 40)
        silent = {"group_key": f"source:{series('violation').source_id}", "bad": 1, "n": 1, "headline": "Silent."}
        open_breach(watch, since=NOON - DAY, now=NOON - DAY + 590 * MINUTE, **silent)
        found = look_back(another(threshold, metric="count", limit=30), days=7, now=NOON)
        assert found.outcome.episodes == []
        assert found.outcome.blind["no_data"] > 0.5

    def test_too_few_samples_are_blindness_and_not_health(self, threshold):
        found = look_back(another(threshold, min_samples=600), days=7, now=NOON)
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


@pytest.fixture
def complaints(threshold):
    """Of one person three complaints within an hour, of two others one each, one of nobody."""
    of = series("complaint")
    with connection.cursor() as cursor:
        for minute, who in ((0, b"p"), (20, b"p"), (40, b"p"), (41, b"q"), (42, b"r"), (43, None)):
            at = NOON - 5 * HOUR + minute * MINUTE
            add_to_buckets({(of.pk, at): Delta(n=1, n_raw=1)}, now=at)
            cursor.execute("INSERT INTO incidents_occurrence VALUES (%s, %s, %s, NULL, 1, %s)", [of.pk, at, who, at])
    return {"kind": "complaint", "denominator_kind": "", "op": "gte", "min_samples": 0, "confidence": "none"}


class TestSingleEvents:
    BEGAN = NOON - timedelta(hours=5)

    def play(self, threshold, complaints, *, days=7, **fields):
        return look_back(another(threshold, **complaints, **fields), days=days, now=NOON)

    def test_different_people_are_counted_once(self, threshold, complaints):
        found = self.play(threshold, complaints, metric="distinct", value_of="person", limit=4, window_seconds=3_600)
        assert [each.fired_at for each in found.outcome.episodes] == [self.BEGAN + 44 * MINUTE]
        assert (
            self.play(
                threshold, complaints, metric="distinct", value_of="person", limit=5, window_seconds=3_600
            ).outcome.episodes
            == []
        )
        assert found.outcome.per_week == pytest.approx(7)

    def test_each_person_is_a_group_of_a_pattern(self, threshold, complaints):
        fields = {"metric": "event_count", "group_by": "person", "limit": 3, "window_seconds": 3_600}
        found = self.play(threshold, complaints, **fields)
        assert [(each.fired_at, each.group_key) for each in found.outcome.episodes] == [
            (self.BEGAN + 41 * MINUTE, f"person:{b'p'.hex()}")
        ]
        page = shown(found, now=NOON)
        assert {"label": "Different people", "value": "1"} in page["figures"]
        looser = self.play(threshold, complaints, **(fields | {"limit": 1}))
        assert looser.outcome.group_count == 3
        assert len(self.play(threshold, complaints, **(fields | {"group_by": "", "limit": 6})).outcome.episodes) == 1

    def test_a_single_one_fires_in_its_minute_and_ends_when_it_left_the_window(self, threshold, complaints):
        fields = {"metric": "zero_tolerance", "limit": 1, "window_seconds": 600, "eval_delay_seconds": 120}
        found = self.play(threshold, complaints, **fields)
        # The second time it flaps: it ends once half an hour was quiet.
        assert [(each.fired_at - self.BEGAN) / MINUTE for each in found.outcome.episodes] == [1, 21]
        assert [(each.ended_at - self.BEGAN) / MINUTE for each in found.outcome.episodes] == [11, 84]

    def test_longer_than_events_are_kept_is_said(self, threshold, complaints):
        fields = {"metric": "distinct", "value_of": "person", "limit": 4, "window_seconds": 86_400}
        found = self.play(threshold, complaints, days=90, **fields)
        assert found.past.is_cut
        assert "kept for 39 days" in " ".join(shown(found, now=NOON)["notes"])

    def test_a_change_is_played_by_minutes_while_they_are_kept_and_by_hours_before(self, threshold, complaints):
        of = series("complaint").pk
        for week in (1, 2, 3, 4, 6):
            add_to_buckets({(of, self.BEGAN - DAY * 7 * week): Delta(n=1, n_raw=1)}, now=NOON - DAY * 7 * week)
        fields = {"metric": "baseline", "limit": 3_000, "floor_count": 5, "window_seconds": 3_600, "timezone": "UTC"}
        found = self.play(threshold, complaints, days=30, **fields)
        assert found.past.has_hours
        # Five where none is usual cannot be chance; six where one is usual could.
        assert [each.fired_at for each in found.outcome.episodes] == [self.BEGAN + 61 * MINUTE]
        assert found.outcome.blind["short_baseline"] > 0


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
