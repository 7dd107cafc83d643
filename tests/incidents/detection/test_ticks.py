"""Ticks on a real database: each minute once, results with the row, catch-up like live, one incident per key."""

import threading
from datetime import datetime, timedelta

import pytest
from django.db import connection, connections

from incidents.detection import judging, ticks
from incidents.detection.breaches import Breach, BreachKind
from incidents.detection.choices import Mode, OnBreach
from incidents.detection.counting import Delta, add_to_buckets
from incidents.detection.series import HourBucket, SignalBucket, SignalSeries
from incidents.detection.states import EvaluationTick, ThresholdState, Transition
from incidents.detection.thresholds import Threshold
from incidents.response.kinds import Kind
from incidents.response.models import Incident
from incidents.response.states import State
from incidents.response.timeline import TimelineEntry
from tests.incidents.detection import makers
from tests.incidents.detection.makers import MINUTE, NOON


@pytest.fixture
def at(monkeypatch):
    """Sets the database's clock, as the ticks see it."""

    def set_clock(moment: datetime) -> None:
        monkeypatch.setattr(ticks, "database_now", lambda: moment)

    set_clock(NOON + timedelta(seconds=3))
    return set_clock


def series(kind: str, category: str = "") -> SignalSeries:
    mark = f"{kind}/{category}".encode().ljust(32, b"-")
    if known := SignalSeries.objects.filter(fingerprint=mark).first():
        return known
    gateway = makers.SignalSource.objects.filter(name="Gateway").first() or makers.source()
    fields = {"source": gateway, "system": makers.system(), "kind": kind, "category": category, "first_seen_at": NOON}
    return SignalSeries.objects.create(fingerprint=mark, **fields)


def count(minute: datetime, *, answers: int = 0, violations: int = 0, complaints: int = 0) -> None:
    """Store a minute of signals."""
    wanted = {"traffic": answers, "violation": violations, "complaint": complaints}
    deltas = {(series(kind).pk, minute): Delta(n=n, n_raw=n) for kind, n in wanted.items() if n}
    add_to_buckets(deltas, now=minute)


def judge_all() -> int:
    number = 0
    while ticks.judge_next(shard=0):
        number += 1
    return number


@pytest.fixture
def threshold(db) -> Threshold:
    found = makers.threshold(on_breach=OnBreach.DECLARE)
    makers.source()
    makers.version(found, now=NOON - timedelta(days=1))
    return found


class TestFiring:
    def test_a_rate_over_the_limit_declares_an_incident_in_plain_words(self, threshold, at):
        count(NOON - MINUTE, answers=412, violations=33)
        assert judge_all() == 1
        incident = Incident.objects.get()
        assert incident.title == "Refund promises: 8.0 % of 412 answers"
        assert incident.summary == (
            "Policy-breach rate of support-assistant is 8.0 % of 412 answers in 5 min (limit 2 %)"
        )
        assert incident.state == State.REPORTED
        assert incident.severity.slug == "SEV2"
        assert incident.started_at == NOON - MINUTE
        breach = Breach.objects.get()
        assert (breach.incident, breach.bad, breach.n) == (incident, 33, 412)
        kinds = list(TimelineEntry.objects.order_by("seq").values_list("kind", flat=True))
        assert kinds == [Kind.DECLARED, Kind.BREACH_ATTACHED]
        transition = Transition.objects.get()
        assert (transition.status_before, transition.status_after, transition.bad) == ("ok", "firing", 33)

    @pytest.mark.parametrize(
        ("answers", "violations", "fires"),
        [(100, 3, True), (100, 2, False), (49, 49, False), (50, 2, True), (0, 9, False), (0, 0, False)],
    )
    def test_the_limit_and_the_minimum_are_exact(self, threshold, at, answers, violations, fires):
        count(NOON - MINUTE, answers=answers, violations=violations)
        judge_all()
        assert Breach.objects.exists() == fires

    def test_the_window_is_whole_minutes_before_the_tick(self, threshold, at):
        count(NOON - 6 * MINUTE, answers=1_000, violations=500)
        count(NOON, answers=1_000, violations=500)
        count(NOON - 5 * MINUTE, answers=60)
        judge_all()
        assert not Breach.objects.exists()

    def test_confidence_holds_back_what_could_be_chance(self, threshold, at):
        makers.version(threshold, now=NOON - timedelta(hours=1), confidence="95")
        count(NOON - MINUTE, answers=100, violations=3)
        judge_all()
        assert not Breach.objects.exists()
        count(NOON - MINUTE, answers=100, violations=7)
        at(NOON + MINUTE + timedelta(seconds=3))
        judge_all()
        assert Breach.objects.count() == 1

    def test_a_count_needs_no_denominator_and_no_minimum(self, threshold, at):
        fields = {"kind": "complaint", "denominator_kind": "", "metric": "count", "limit": 3, "op": "gte"}
        makers.version(threshold, now=NOON - timedelta(hours=1), **fields)
        count(NOON - 2 * MINUTE, complaints=3)
        judge_all()
        assert Incident.objects.get().title == "Refund promises: 3"

    def test_a_window_longer_than_an_hour_reads_hours_and_edges(self, threshold, at):
        makers.version(threshold, now=NOON - timedelta(hours=1), window_seconds=7_200 + 1_800)
        count(NOON - timedelta(minutes=150), answers=100)
        count(NOON - timedelta(minutes=151), answers=10_000)
        count(NOON - timedelta(minutes=90), answers=100, violations=5)
        count(NOON - MINUTE, answers=100, violations=5)
        judge_all()
        breach = Breach.objects.get()
        assert (breach.bad, breach.n) == (10, 300)

    def test_a_later_version_counts_from_its_own_tick_on(self, threshold, at):
        makers.version(threshold, now=NOON + timedelta(seconds=1), limit=1)
        count(NOON - MINUTE, answers=100, violations=1)
        judge_all()
        assert not Breach.objects.exists()

    def test_shadow_records_a_breach_and_asks_nobody(self, threshold, at):
        Threshold.objects.update(mode=Mode.SHADOW)
        count(NOON - MINUTE, answers=100, violations=50)
        judge_all()
        assert Breach.objects.get().kind == BreachKind.SHADOW
        assert not Incident.objects.exists()

    def test_asking_sets_a_clock_and_declares_nothing(self, threshold, at):
        Threshold.objects.update(on_breach=OnBreach.ASK, decision_due_seconds=600)
        count(NOON - MINUTE, answers=100, violations=50)
        judge_all()
        assert Breach.objects.get().decision_due_at == NOON + timedelta(seconds=603)
        assert not Incident.objects.exists()


class TestClearing:
    def test_it_marks_the_signal_as_cleared_and_leaves_the_incident_open(self, threshold, at):
        count(NOON - MINUTE, answers=100, violations=50)
        judge_all()
        at(NOON + 6 * MINUTE)
        count(NOON + 3 * MINUTE, answers=100)
        judge_all()
        breach = Breach.objects.get()
        assert breach.cleared_at == NOON + 5 * MINUTE
        assert breach.incident.state == State.REPORTED
        assert TimelineEntry.objects.filter(kind=Kind.SIGNAL_CLEARED).count() == 1

    def test_a_system_that_nobody_uses_is_not_healed(self, threshold, at):
        count(NOON - MINUTE, answers=100, violations=50)
        judge_all()
        at(NOON + 30 * MINUTE)
        judge_all()
        assert ThresholdState.objects.get().status == "no_data"
        assert Breach.objects.get().cleared_at is None

    def test_a_higher_limit_ends_it_as_changed(self, threshold, at):
        count(NOON - MINUTE, answers=100, violations=50)
        judge_all()
        makers.version(threshold, now=NOON + timedelta(seconds=30), limit=900_000)
        at(NOON + MINUTE + timedelta(seconds=3))
        judge_all()
        assert Breach.objects.get().cleared_reason == "threshold_changed"

    def test_pausing_withdraws_the_breach_and_keeps_the_incident(self, threshold, at, mo):
        count(NOON - MINUTE, answers=100, violations=50)
        judge_all()
        threshold.set_mode(Mode.PAUSED, by=mo, now=NOON, reason="Noise.")
        at(NOON + MINUTE + timedelta(seconds=3))
        judge_all()
        assert ThresholdState.objects.get().status == "archived"
        breach = Breach.objects.get()
        assert breach.cleared_reason == "withdrawn"
        assert breach.incident.state == State.REPORTED


class TestOneIncident:
    def test_two_thresholds_of_one_key_share_the_incident_and_raise_its_severity(self, threshold, at):
        count(NOON - MINUTE, answers=100, violations=50)
        worse = makers.threshold("Refund promises, badly", on_breach=OnBreach.ASK)
        makers.version(worse, now=NOON - timedelta(hours=1), limit=300_000, severity=makers.severity("SEV1"))
        judge_all()
        incident = Incident.objects.get()
        assert set(Breach.objects.values_list("incident", flat=True)) == {incident.pk}
        assert incident.severity.slug == "SEV1"
        assert TimelineEntry.objects.filter(kind=Kind.BREACH_ATTACHED).count() == 2

    def test_within_the_cooldown_the_ended_incident_is_reopened(self, threshold, at, mo):
        count(NOON - MINUTE, answers=100, violations=50)
        judge_all()
        Incident.objects.get().dismiss(by=mo, now=NOON + MINUTE, reason="Looked harmless.")
        count(NOON + 5 * MINUTE, answers=1_000)
        at(NOON + 8 * MINUTE)
        judge_all()
        count(NOON + 11 * MINUTE, answers=1_000, violations=900)
        at(NOON + 13 * MINUTE)
        judge_all()
        incident = Incident.objects.get()
        assert (incident.state, incident.reopened_count) == (State.TRIAGED, 1)
        assert Breach.objects.count() == 2

    def test_after_the_cooldown_it_is_a_new_incident(self, threshold, at, mo):
        makers.version(threshold, now=NOON - timedelta(hours=1), cooldown_seconds=0)
        count(NOON - MINUTE, answers=100, violations=50)
        judge_all()
        Incident.objects.get().dismiss(by=mo, now=NOON + MINUTE, reason="Looked harmless.")
        count(NOON + 5 * MINUTE, answers=1_000)
        count(NOON + 11 * MINUTE, answers=1_000, violations=900)
        at(NOON + 13 * MINUTE)
        judge_all()
        assert Incident.objects.count() == 2


class TestBroken:
    def test_a_threshold_that_raises_is_shown_as_broken_and_its_neighbours_go_on(self, threshold, at, monkeypatch):
        count(NOON - MINUTE, answers=100, violations=50)
        other = makers.threshold("Other")
        makers.version(other, now=NOON - timedelta(hours=1))
        really_open = judging.open_breaches

        def fragile(openings, **more):
            if any(opening.version.threshold_id == threshold.pk for opening in openings):
                raise RuntimeError("no such category")
            return really_open(openings, **more)

        monkeypatch.setattr(judging, "open_breaches", fragile)
        judge_all()
        states = dict(ThresholdState.objects.values_list("threshold_id", "status"))
        assert states == {threshold.pk: "error", other.pk: "firing"}
        assert ThresholdState.objects.get(threshold=threshold).error == "RuntimeError: no such category"
        monkeypatch.setattr(judging, "open_breaches", really_open)
        at(NOON + MINUTE + timedelta(seconds=3))
        judge_all()
        assert ThresholdState.objects.get(threshold=threshold).status == "firing"


class TestTicks:
    def test_a_minute_is_judged_two_seconds_after_it_ended_and_once(self, threshold, at):
        at(NOON + timedelta(seconds=1))
        judge_all()
        assert list(EvaluationTick.objects.values_list("tick_at", flat=True)) == [NOON - MINUTE]
        at(NOON + timedelta(seconds=2))
        assert judge_all() == 1
        assert judge_all() == 0
        tick = EvaluationTick.objects.latest("tick_at")
        assert (tick.tick_at, tick.evaluated_count) == (NOON, 1)

    def test_a_clock_that_goes_back_judges_nothing_again(self, threshold, at):
        judge_all()
        at(NOON - timedelta(hours=1))
        assert judge_all() == 0

    def test_catching_up_gives_what_live_would_have_given(self, threshold, at):
        story = [(60, 0), (60, 9), (80, 12), (0, 0), (0, 0), (60, 0), (90, 0), (90, 0), (90, 30), (50, 1), (400, 0)] * 2

        def tell(live: bool) -> list[tuple]:
            for number, (answers, violations) in enumerate(story):
                count(NOON + number * MINUTE, answers=answers, violations=violations)
                at(NOON + (number + 1) * MINUTE + timedelta(seconds=4))
                if live:
                    judge_all()
            judge_all()
            fields = ("status_before", "status_after", "reason", "judged_to", "bad", "n")
            return list(Transition.objects.order_by("pk").values_list(*fields))

        makers.version(
            threshold, now=NOON - timedelta(hours=1), for_seconds=60, keep_firing_seconds=120, window_seconds=120
        )
        judge_all()
        with _rolled_back() as live:
            live.result = tell(True)
        late = tell(False)
        assert late == live.result
        assert {row[1] for row in late} >= {"pending", "firing", "recovering", "ok"}


class _rolled_back:
    """Runs a story and undoes it, so that another way of telling starts from the same point."""

    result: list[tuple]

    def __enter__(self) -> "_rolled_back":
        self.savepoint = connection.savepoint()
        return self

    def __exit__(self, *_: object) -> None:
        connection.savepoint_rollback(self.savepoint)


@pytest.mark.django_db(transaction=True)
def test_racing_workers_judge_each_minute_once_and_declare_one_incident(monkeypatch):
    makers.source()
    for shard in (0, 1, 2):
        threshold = makers.threshold(f"Shard {shard}", on_breach=OnBreach.DECLARE, shard=shard)
        makers.version(threshold, now=NOON - timedelta(days=1))
    for number in range(20):
        count(NOON + number * MINUTE, answers=100, violations=50)
    monkeypatch.setattr(ticks, "database_now", lambda: NOON + timedelta(seconds=3))
    assert [ticks.judge_next(shard=shard) for shard in (0, 1, 2)] == [True] * 3
    monkeypatch.setattr(ticks, "database_now", lambda: NOON + 20 * MINUTE + timedelta(seconds=3))
    assert race(8) == []
    assert EvaluationTick.objects.count() == 3 * 21
    assert not EvaluationTick.objects.filter(finished_at=None).exists()
    assert Breach.objects.count() == 3
    assert Incident.objects.count() == 1
    assert TimelineEntry.objects.filter(kind=Kind.BREACH_ATTACHED).count() == 3
    SignalBucket.objects.all().delete()
    HourBucket.objects.all().delete()


def race(workers: int) -> list[Exception]:
    """Let workers judge three shards, each starting with another one; returns what they raised."""
    start = threading.Barrier(workers)
    errors: list[Exception] = []

    def work(first: int) -> None:
        start.wait()
        try:
            for place in range(3):
                while ticks.judge_next(shard=(first + place) % 3):
                    pass
        except Exception as error:
            errors.append(error)
        connections.close_all()

    threads = [threading.Thread(target=work, args=[number]) for number in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors
