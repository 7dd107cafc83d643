"""Each metric that the minute judges, end to end: signals, tick, breach and words; both bands; flapping."""

from datetime import timedelta

import pytest
from django.urls import reverse

from airp.outbound.models import Delivery
from incidents.classification.models import HarmKind
from incidents.detection import judging
from incidents.detection.breaches import Breach
from incidents.detection.choices import Band, OnBreach
from incidents.detection.counting import Delta, add_to_buckets
from incidents.detection.history import history
from incidents.detection.queries import open_breaches_of, sentence_of, standing
from incidents.detection.states import ThresholdState, Transition
from incidents.detection.step import Reason
from incidents.notification.models import Alert, AlertState
from incidents.notification.models import Reason as AlertReason
from incidents.response.declaring import Declaration, declare
from incidents.response.models import Incident
from incidents.response.refusals import Refusal
from incidents.response.timeline import react_to_next
from tests import factories
from tests.incidents.detection import makers
from tests.incidents.detection.makers import MINUTE, NOON
from tests.incidents.detection.test_ticks import count, series

WEEK = timedelta(days=7)
BEFORE = NOON - timedelta(days=40)


@pytest.fixture
def threshold(db):
    makers.source()
    return makers.threshold(on_breach=OnBreach.ASK)


def tick(at):
    judging.judge_shard(shard=0, tick_at=at, now=at)


def score(minute, *values: float) -> None:
    squares = sum(value * value for value in values)
    delta = Delta(n=len(values), n_raw=len(values), value_n=len(values), value_sum=sum(values), value_sumsq=squares)
    add_to_buckets({(series("evaluation").pk, minute): delta}, now=minute)


def evaluated(minute, bad: int, n: int) -> None:
    add_to_buckets({(series("evaluation").pk, minute): Delta(n=n, bad=bad, n_raw=n)}, now=minute)


def last_words() -> str:
    return str(open_breaches_of(makers.system(), factories.person("uma"))[0]["title"])


class TestMean:
    RULE = {"kind": "evaluation", "denominator_kind": "", "metric": "mean", "op": "lt", "limit": 700_000}

    def test_a_mean_score_surely_under_its_floor_asks_the_owner(self, threshold):
        version = makers.version(threshold, now=BEFORE, confidence="95", min_samples=30, **self.RULE)
        score(NOON - MINUTE, *[0.6, 0.7] * 20)
        tick(NOON)
        assert last_words() == (
            "Mean score of evaluations of support-assistant is 0.65 over 40 scores in 5 min (limit 0.7)"
        )
        assert sentence_of(version) == (
            "fires when the mean of at least 30 scores in 5 min is less than 0.7, 95 % sure"
        )
        assert Breach.objects.get().decision_due_at is not None

    def test_too_few_or_too_scattered_scores_do_not(self, threshold):
        makers.version(threshold, now=BEFORE, confidence="95", min_samples=30, **self.RULE)
        score(NOON - MINUTE, *[0.1] * 29)
        tick(NOON)
        assert ThresholdState.objects.get().status == "insufficient"
        score(NOON, *[1.28] * 29)
        tick(NOON + MINUTE)
        assert ThresholdState.objects.get().status == "ok"
        assert not Breach.objects.exists()


class TestBaseline:
    RULE = {"kind": "complaint", "denominator_kind": "", "metric": "baseline", "op": "gte", "limit": 3_000}

    def rule(self, threshold, **more):
        return makers.version(threshold, now=BEFORE, window_seconds=3_600, timezone="Europe/Berlin", **self.RULE | more)

    def usual(self, each: int, weeks=(1, 2, 3, 4)):
        count(BEFORE, answers=1)
        for week in weeks:
            count(NOON - week * WEEK - 10 * MINUTE, complaints=each)

    def test_many_times_the_usual_fires_and_says_what_is_usual(self, threshold):
        version = self.rule(threshold)
        self.usual(3)
        count(NOON - 5 * MINUTE, complaints=20)
        tick(NOON)
        assert last_words() == (
            "Change of complaints of support-assistant is 20, 6.7 times the usual 3 in 1 h (limit 3 times the usual)"
        )
        assert "same hour in the past four weeks (Europe/Berlin)" in sentence_of(version)
        assert history(version, now=NOON)[-1].value == 6_667

    def test_a_usual_below_one_is_not_called_nothing(self, threshold):
        self.rule(threshold)
        self.usual(1, weeks=(1,))
        count(NOON - 5 * MINUTE, complaints=20)
        tick(NOON)
        assert "times the usual (less than 1) in 1 h" in last_words()

    def test_one_past_week_is_too_little(self, threshold):
        self.rule(threshold)
        count(NOON - timedelta(days=8), answers=1)
        count(NOON - 5 * MINUTE, complaints=20)
        tick(NOON)
        assert (ThresholdState.objects.get().status, Transition.objects.get().reason) == (
            "insufficient",
            Reason.SHORT_BASELINE,
        )
        assert not Breach.objects.exists()

    def test_what_was_harm_then_is_left_out_now(self, threshold, mo):
        self.rule(threshold)
        self.usual(3)
        count(NOON - WEEK - 10 * MINUTE, complaints=200)
        count(NOON - 5 * MINUTE, complaints=20)
        tick(NOON)
        assert not Breach.objects.exists()
        harm = Declaration(title="Harm", system=makers.system(), severity=makers.severity(), dedup_key="harm")
        incident = declare(harm, by=mo, now=NOON)
        kind = HarmKind.objects.get(slug="unauthorised_commitment")
        incident.triage(severity=makers.severity(), harm_kind=kind, by=mo, now=NOON)
        Incident.objects.update(started_at=NOON - WEEK - timedelta(hours=2), resolved_at=NOON - WEEK)
        tick(NOON + MINUTE)
        assert Breach.objects.get().value == 6_667


class TestBurn:
    RULE = {"kind": "evaluation", "denominator_kind": "", "metric": "burn", "op": "gte", "limit": 14_400}

    def test_both_windows_must_burn_and_the_short_one_ends_it(self, threshold):
        version = makers.version(threshold, now=BEFORE, window_seconds=3_600, budget_ppm=1_000, **self.RULE)
        evaluated(NOON - 30 * MINUTE, 40, 1_000)
        evaluated(NOON - MINUTE, 0, 100)
        tick(NOON)
        assert not Breach.objects.exists()
        evaluated(NOON, 5, 100)
        tick(NOON + MINUTE)
        assert last_words() == (
            "Burn rate by failed evaluations of support-assistant is 37.5 times the budget (3.8 % of 1200 answers)"
            " in 1 h (limit 14.4 times the budget)"
        )
        assert "use up at least 14.4 times the budget of 0.1 %, in 1 h and still in the last 5 min" in sentence_of(
            version
        )
        evaluated(NOON + 5 * MINUTE, 0, 1_000)
        tick(NOON + 6 * MINUTE)
        assert Breach.objects.get().cleared_at == NOON + 6 * MINUTE


class TestWarnBand:
    @pytest.fixture
    def version(self, threshold):
        return makers.version(threshold, now=BEFORE, warn_limit=10_000, window_seconds=60)

    def test_the_owner_is_told_and_nothing_is_asked(self, threshold, version):
        count(NOON - MINUTE, answers=1_000, violations=15)
        tick(NOON)
        breach = Breach.objects.get()
        assert (breach.band, breach.decision_due_at, breach.incident) == (Band.WARN, None, None)
        assert not breach.awaits_decision
        assert "limit 1 %" in last_words()
        while react_to_next(now=NOON):
            pass
        alert = Alert.objects.get()
        assert (alert.recipient, alert.reason, alert.state) == (
            threshold.owner,
            AlertReason.BREACH_WARNED,
            AlertState.TOLD,
        )
        assert not react_to_next(now=NOON + 3 * MINUTE)  # news keeps a little, for more of its kind
        assert "warn limit" in Delivery.objects.get().subject
        states = {state.band: state for state in ThresholdState.objects.all()}
        assert standing(threshold, states.get("act"), states["warn"])["label"] == "Warning"
        with pytest.raises(Refusal):
            breach.dismiss(verdict="false_alarm", by=threshold.owner, now=NOON, reason="Noise.")
        assert Breach.objects.get().decision == "none"

    def test_it_stands_behind_a_breach_of_the_limit_and_each_ends_by_itself(self, threshold, version):
        count(NOON - MINUTE, answers=1_000, violations=50)
        tick(NOON)
        assert set(Breach.objects.values_list("band", flat=True)) == {"act", "warn"}
        shown = open_breaches_of(makers.system(), factories.person("uma"))
        assert [row["is_warning"] for row in shown] == [False]
        while react_to_next(now=NOON):
            pass
        assert [alert.reason for alert in Alert.objects.all()] == [AlertReason.BREACH_TO_DECIDE]
        count(NOON, answers=1_000, violations=15)
        tick(NOON + MINUTE)
        assert Breach.objects.get(band="act").cleared_at == NOON + MINUTE
        assert Breach.objects.get(band="warn").cleared_at is None
        makers.version(threshold, now=NOON + MINUTE, window_seconds=60)
        count(NOON + MINUTE, answers=1_000, violations=15)
        tick(NOON + 2 * MINUTE)
        assert Breach.objects.get(band="warn").cleared_reason == "withdrawn"


def test_a_rate_that_jumps_up_and_down_is_one_breach_until_it_was_quiet(threshold, client_for, uma):
    makers.version(threshold, now=BEFORE, window_seconds=60)
    for minute in range(20):
        count(NOON + minute * MINUTE, answers=100, violations=50 * (minute % 2))
        tick(NOON + (minute + 1) * MINUTE)
    state = ThresholdState.objects.get()
    assert state.flapping_since == NOON + 5 * MINUTE
    assert Breach.objects.count() == 2
    assert Breach.objects.open().count() == 1
    page = client_for(uma).get(reverse("incidents:threshold", args=[threshold.pk])).content.decode()
    assert "flapping" in page
    for minute in range(20, 51):
        count(NOON + minute * MINUTE, answers=100)
        tick(NOON + (minute + 1) * MINUTE)
    state.refresh_from_db()
    assert (state.status, state.flapping_since, state.flips) == ("ok", None, [])
    assert not Breach.objects.open().exists()


def test_a_longer_hold_never_demotes_a_breach_that_fires(threshold):
    makers.version(threshold, now=BEFORE, window_seconds=60)
    count(NOON - MINUTE, answers=100, violations=50)
    tick(NOON)
    makers.version(threshold, now=NOON + timedelta(seconds=1), window_seconds=60, for_seconds=3_600)
    count(NOON, answers=100, violations=50)
    tick(NOON + MINUTE)
    assert ThresholdState.objects.get().status == "firing"
    assert not Incident.objects.exists()
