"""Signals that came after their windows were judged: what was missed is found, what would not be says so."""

import itertools
import threading
from datetime import datetime, timedelta

import pytest
from django.apps import apps
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from incidents.detection.breaches import Breach, BreachKind, Origin
from incidents.detection.choices import Metric, Mode, OnBreach
from incidents.detection.counting import Delta, add_to_buckets
from incidents.detection.ingestion import take
from incidents.detection.late import rejudging
from incidents.detection.late.marks import LateMark
from incidents.detection.late.records import LateRun, Rejudging
from incidents.detection.late.rejudging import judge_next_again
from incidents.detection.late.spreading import LONGEST_WAIT, QUIET, spread_marks
from incidents.detection.occurrences import Occurrence
from incidents.detection.opening import open_breach
from incidents.detection.silence import group_of
from incidents.detection.standing import standing_version
from incidents.detection.states import EvaluationTick, ThresholdState, Transition
from incidents.detection.verdicts import Verdict
from incidents.response.kinds import Kind, Occasion
from incidents.response.models import Incident
from incidents.response.states import State
from incidents.response.timeline import PendingReaction, TimelineEntry
from incidents.systems.models import Ownership
from tests.incidents.detection import makers
from tests.incidents.detection.makers import MINUTE, NOON, item
from tests.incidents.detection.test_ticks import at, count, judge_all, series  # noqa: F401 - a fixture

HOUR = timedelta(hours=1)
LATER = NOON + 30 * MINUTE
_numbers = itertools.count(1)


@pytest.fixture
def watched(db):
    """Declares beyond 2 % of at least 50 answers in five minutes, and was judged from noon on."""
    threshold = makers.threshold(on_breach=OnBreach.DECLARE)
    makers.source(lateness_seconds=120)
    makers.version(threshold, now=NOON - timedelta(days=30))
    return threshold


def judged(*, until: datetime = LATER, since: datetime = NOON, answers: int = 20) -> None:
    """Some answers a minute, all in time, and every tick judged."""
    EvaluationTick.objects.get_or_create(shard=0, tick_at=since, defaults={"started_at": since})
    EvaluationTick.objects.get_or_create(shard=0, tick_at=until, defaults={"started_at": until})
    if not answers:
        return
    minutes = [since + number * MINUTE for number in range((until - since) // MINUTE)]
    of = series("traffic").pk
    add_to_buckets({(of, minute): Delta(n=answers, n_raw=answers) for minute in minutes}, now=until)


def send(minute: datetime, *, now: datetime, **counts: int):
    """Signals of one minute, taken as clients send them."""
    gateway = makers.SignalSource.objects.get(name="Gateway")
    items = [item(next(_numbers), at=minute, kind=kind, n=n) for kind, n in counts.items()]
    return take(gateway, items, now=now)


def run(*, now: datetime) -> int:
    """The job, and once more after the wait that it keeps."""
    spread_marks(now=now)
    return sum(iter(lambda: judge_next_again(now=now + QUIET), False))


def kinds(incident: Incident) -> list[str]:
    return list(incident.timeline.order_by("seq").values_list("kind", flat=True))


class TestMissed:
    def test_a_late_batch_finds_the_breach_that_the_ticks_missed_once_per_episode(self, watched):
        judged()
        send(NOON + 2 * MINUTE, now=LATER, traffic=400, violation=32)
        assert run(now=LATER) == 1
        breach = Breach.objects.get()
        assert (breach.origin, breach.kind, breach.bad, breach.n) == (Origin.LATE, BreachKind.LIVE, 32, 460)
        assert (breach.started_at, breach.detected_at) == (NOON + 2 * MINUTE, LATER + QUIET)
        assert (breach.cleared_at, breach.cleared_reason) == (NOON + 8 * MINUTE, "cleared")
        incident = breach.incident
        assert (incident.started_at, incident.detected_at) == (breach.started_at, breach.detected_at)
        assert kinds(incident) == [Kind.DECLARED, Kind.BREACH_ATTACHED, Kind.SIGNAL_CLEARED]
        first = LateRun.objects.get()
        assert (first.number, first.found_count, first.revised_count) == (1, 1, 0)
        assert (first.first_minute, first.lag) == (NOON + 2 * MINUTE, 27 * MINUTE)
        assert [change[1:3] for change in first.changes] == [["ok", "firing"], ["firing", "ok"]]
        assert not Transition.objects.exists()

        send(NOON + 3 * MINUTE, now=LATER, traffic=400, violation=40)
        run(now=LATER)
        assert Breach.objects.count() == Incident.objects.count() == 1
        assert list(LateRun.objects.order_by("number").values_list("number", "found_count")) == [(1, 1), (2, 0)]

    def test_the_queue_of_a_source_that_was_silent_is_judged_though_the_ticks_saw_no_data(self, watched, ravi):
        Ownership.objects.create(system=makers.system(), person=ravi)
        gateway = makers.SignalSource.objects.get(name="Gateway")
        silence = standing_version(makers.system(), Metric.SILENCE, now=NOON - HOUR)
        open_breach(silence, group_key=group_of(gateway), since=NOON - 5 * MINUTE, now=NOON, bad=300, n=180)
        PendingReaction.objects.all().delete()
        judged(answers=0)
        for minute in range(2, 20):
            send(NOON + minute * MINUTE, now=LATER, traffic=60, violation=12 if minute in (4, 5) else 0)
        run(now=LATER)
        breach = Breach.objects.get(threshold=watched)
        assert (breach.started_at, breach.bad, breach.kind) == (NOON + 4 * MINUTE, 12, BreachKind.LIVE)
        assert breach.cleared_at < NOON + 15 * MINUTE

    def test_different_people_who_complained_late_are_counted_once_each(self, watched):
        rule = {"kind": "complaint", "metric": "distinct", "denominator_kind": "", "limit": 3, "op": "gte"}
        makers.version(watched, now=NOON - HOUR, **rule, min_samples=0)
        judged(answers=0)
        gateway = makers.SignalSource.objects.get(name="Gateway")
        for people in ("abb", "bcc"):
            items = [item(next(_numbers), at=NOON + MINUTE, kind="complaint", subject=each) for each in people]
            take(gateway, items, now=LATER)
            run(now=LATER)
            assert Breach.objects.count() == (people == "bcc")
        assert Breach.objects.get().bad == 3

    def test_late_complaints_complete_a_pattern_for_the_person_whose_it_is(self, watched):
        rule = {"kind": "complaint", "metric": "event_count", "denominator_kind": "", "limit": 3, "op": "gte"}
        makers.version(watched, now=NOON - HOUR, **rule, group_by="person", min_samples=0)
        judged(answers=0)
        gateway = makers.SignalSource.objects.get(name="Gateway")
        for people in ("aab", "acc", "a"):
            items = [item(next(_numbers), at=NOON + 2 * MINUTE, kind="complaint", subject=each) for each in people]
            take(gateway, items, now=LATER)
            run(now=LATER)
        breach = Breach.objects.get()
        assert breach.group_key and (breach.bad, breach.origin) == (3, Origin.LATE)
        assert (breach.started_at, breach.kind) == (NOON + 2 * MINUTE, BreachKind.LIVE)
        assert LateRun.objects.filter(found_count=1).count() == 1

    def test_what_was_late_and_harmless_finds_nothing(self, watched):
        judged()
        send(NOON + 2 * MINUTE, now=LATER, traffic=400, violation=3)
        assert run(now=LATER) == 1
        assert not Breach.objects.exists()
        assert LateRun.objects.get().found_count == 0

    def test_the_owner_is_asked_as_for_any_other_breach(self, watched):
        watched.on_breach = OnBreach.ASK
        watched.save()
        judged()
        send(NOON + 2 * MINUTE, now=LATER, traffic=400, violation=32)
        run(now=LATER)
        breach = Breach.objects.get()
        assert breach.decision_due_at == LATER + QUIET + timedelta(seconds=watched.decision_due_seconds)
        asked = PendingReaction.objects.filter(kind=Occasion.BREACH_OPENED, facts__breach=breach.pk)
        assert asked.count() == 1

    def test_what_was_over_for_more_than_a_day_is_recorded_and_nobody_is_called(self, watched):
        end = NOON + 25 * HOUR
        judged(until=end)
        send(NOON + 2 * MINUTE, now=end, traffic=400, violation=32)
        run(now=end)
        breach = Breach.objects.get()
        assert (breach.kind, breach.origin, breach.incident) == (BreachKind.RECORD, Origin.LATE, None)
        assert breach.decision_due_at is None and not breach.awaits_decision
        assert not PendingReaction.objects.exists() and not Incident.objects.exists()
        breach.dismiss(verdict=Verdict.FALSE_ALARM, by=watched.owner, now=end, reason="A load test.")
        assert Breach.objects.get().verdict == Verdict.FALSE_ALARM

    def test_shadow_records_only(self, watched):
        watched.mode = Mode.SHADOW
        watched.save()
        judged()
        send(NOON + 2 * MINUTE, now=LATER, traffic=400, violation=32)
        run(now=LATER)
        assert Breach.objects.get().kind == BreachKind.SHADOW
        assert not PendingReaction.objects.exists() and not Incident.objects.exists()

    def test_what_goes_on_is_handed_to_the_tick_which_ends_it(self, watched, at):  # noqa: F811
        judged()
        for minute in range(20, 30):
            send(NOON + minute * MINUTE, now=LATER + MINUTE, traffic=100, violation=9)
        run(now=LATER + MINUTE)
        breach = Breach.objects.get()
        assert (breach.started_at, breach.cleared_at) == (NOON + 20 * MINUTE, None)
        assert ThresholdState.objects.get().status == "firing"
        assert Transition.objects.get().reason == "late_data"
        for minute in range(30, 36):
            count(NOON + minute * MINUTE, answers=400)
        at(LATER + 5 * MINUTE + timedelta(seconds=3))
        judge_all()
        breach.refresh_from_db()
        assert Breach.objects.count() == 1
        assert breach.cleared_at is not None
        assert kinds(breach.incident) == [Kind.DECLARED, Kind.BREACH_ATTACHED, Kind.SIGNAL_CLEARED]

    def test_what_the_ticks_found_themselves_is_not_doubled(self, watched, at):  # noqa: F811
        count(NOON - MINUTE, answers=400, violations=32)
        judge_all()
        at(NOON + 4 * MINUTE + timedelta(seconds=3))
        judge_all()
        send(NOON - MINUTE, now=LATER, traffic=10, violation=5)
        run(now=LATER)
        breach = Breach.objects.get()
        assert (breach.origin, breach.revised_at) == (Origin.LIVE, None)

    def test_one_that_ended_before_its_incident_was_resolved_brings_nothing_back(self, watched, mo):
        judged()
        send(NOON + 2 * MINUTE, now=LATER, traffic=400, violation=32)
        run(now=LATER)
        incident = Incident.objects.get()
        incident.triage(by=mo, now=LATER + QUIET, severity=incident.severity, harm_kind=incident.harm_kind)
        incident.contain(by=mo, now=LATER + QUIET, reason="Rolled back.")
        incident.resolve(by=mo, now=LATER + QUIET, reason="Rolled back.")
        send(NOON + 20 * MINUTE, now=LATER + HOUR, traffic=400, violation=32)
        run(now=LATER + HOUR)
        assert Breach.objects.count() == 2
        assert Incident.objects.get().state == State.RESOLVED


class TestWhatWasInForce:
    @pytest.mark.parametrize(("then", "now_in_force", "found"), [(20_000, 500_000, 1), (500_000, 20_000, 0)])
    def test_each_minute_is_judged_by_the_version_of_its_time(self, watched, then, now_in_force, found):
        makers.version(watched, now=NOON - HOUR, limit=then)
        makers.version(watched, now=NOON + 15 * MINUTE, limit=now_in_force)
        judged()
        send(NOON + 2 * MINUTE, now=LATER, traffic=400, violation=32)
        run(now=LATER)
        assert Breach.objects.count() == found
        assert [breach.version.limit for breach in Breach.objects.all()] == [then] * found

    def test_nothing_fires_in_times_when_the_threshold_was_not_judged(self, watched):
        events = apps.get_model("incidents", "ThresholdEvent").objects.filter(pgh_obj=watched)
        with connection.cursor() as cursor:  # history is append-only; this makes it older
            cursor.execute("SET LOCAL session_replication_role = replica")
            events.update(mode=Mode.PAUSED, pgh_created_at=NOON - HOUR)
            cursor.execute("SET LOCAL session_replication_role = origin")
        judged()
        send(NOON + 2 * MINUTE, now=LATER, traffic=400, violation=32)
        run(now=LATER)
        assert not Breach.objects.exists()
        assert LateRun.objects.get().window_count == 0

    def test_nothing_fires_before_the_first_tick_and_for_thresholds_of_other_signals(self, watched):
        judged(since=NOON + 20 * MINUTE)
        send(NOON + 2 * MINUTE, now=LATER, traffic=400, violation=32)
        send(NOON + 21 * MINUTE, now=LATER, complaint=100)
        assert run(now=LATER) == 1
        assert not Breach.objects.exists()


class TestRevised:
    def test_a_breach_that_would_not_have_fired_says_so_once_and_is_not_ended(self, watched, at):  # noqa: F811
        count(NOON - MINUTE, answers=100, violations=9)
        judge_all()
        breach = Breach.objects.get()
        assert breach.cleared_at is None
        send(NOON - MINUTE, now=LATER, traffic=900)
        run(now=LATER)
        breach.refresh_from_db()
        assert breach.revised_at == LATER + QUIET
        assert (breach.cleared_at, breach.incident.state) == (None, State.REPORTED)
        entry = TimelineEntry.objects.get(kind=Kind.EVIDENCE_REVISED)
        assert entry.facts["answer"] == "would_not_fire"
        assert "would not have fired" in entry.words
        send(NOON - MINUTE, now=LATER, traffic=900)
        run(now=LATER)
        assert TimelineEntry.objects.filter(kind=Kind.EVIDENCE_REVISED).count() == 1
        send(NOON - MINUTE, now=LATER, violation=200)
        run(now=LATER)
        breach.refresh_from_db()
        assert breach.revised_at is None
        answers = TimelineEntry.objects.filter(kind=Kind.EVIDENCE_REVISED).order_by("seq")
        assert [each.facts["answer"] for each in answers] == ["would_not_fire", "would_fire"]
        assert Breach.objects.count() == 1

    def test_late_signals_of_other_minutes_revise_nothing(self, watched, at):  # noqa: F811
        count(NOON - MINUTE, answers=100, violations=9)
        judge_all()
        send(NOON - HOUR, now=LATER, traffic=9_000)
        run(now=LATER)
        assert Breach.objects.get().revised_at is None
        assert not TimelineEntry.objects.filter(kind=Kind.EVIDENCE_REVISED).exists()


class TestMarks:
    def test_what_is_on_time_costs_nothing_and_what_is_late_one_statement(self, watched):
        send(NOON, now=NOON, traffic=1, violation=1)  # makes the series
        with CaptureQueriesContext(connection) as on_time:
            send(NOON, now=NOON + MINUTE, traffic=1, violation=1)
        assert not LateMark.objects.exists()
        gateway = makers.SignalSource.objects.get(name="Gateway")
        items = [
            item(next(_numbers), at=NOON + minute * MINUTE, kind=kind)
            for minute in range(20)
            for kind in ("traffic", "violation")
        ]
        with CaptureQueriesContext(connection) as late:
            take(gateway, items, now=LATER)
        marking = [[query for query in each if "incidents_latemark" in query["sql"]] for each in (on_time, late)]
        assert [len(each) for each in marking] == [0, 1]
        rows = list(LateMark.objects.order_by("series__kind").values_list("first_minute", "last_minute"))
        assert rows == [(NOON, NOON + 19 * MINUTE)] * 2

    def test_judging_waits_until_a_late_queue_is_quiet_but_not_for_ever(self, watched):
        judged()
        for minute in range(13):
            send(NOON + minute * MINUTE, now=LATER + minute * MINUTE, traffic=60)
            spread_marks(now=LATER + minute * MINUTE)
            assert Rejudging.objects.get().due_at == min(LATER + minute * MINUTE + QUIET, LATER + LONGEST_WAIT)
        assert not judge_next_again(now=LATER + LONGEST_WAIT - MINUTE)
        assert judge_next_again(now=LATER + LONGEST_WAIT)
        assert (LateRun.objects.get().lag, Rejudging.objects.exists()) == (29 * MINUTE, False)

    def test_many_marks_and_signals_cost_no_more_queries_than_one(self, watched):
        judged()
        costs = []
        for size in (1, 15):
            for minute in range(size):
                send(NOON + minute * MINUTE, now=LATER, traffic=60)
            with CaptureQueriesContext(connection) as queries:
                run(now=LATER)
            costs.append(len(queries))
        assert costs[1] == costs[0] <= 30

    def test_what_cannot_be_judged_again_is_tried_three_times_and_told(self, watched, monkeypatch):
        judged()
        send(NOON + 2 * MINUTE, now=LATER, traffic=400, violation=32)
        spread_marks(now=LATER)

        def broken(*_args: object) -> None:
            raise ValueError("no such column")

        monkeypatch.setattr(rejudging, "replay", broken)
        for hour in range(1, 4):
            assert judge_next_again(now=LATER + hour * HOUR)
        assert not Rejudging.objects.exists()
        assert LateRun.objects.get().error == "ValueError: no such column"
        assert PendingReaction.objects.filter(kind=Occasion.THRESHOLD_BROKEN).count() == 1
        assert not Breach.objects.exists()


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1)])
@pytest.mark.parametrize("is_late", [False, True])
def test_the_order_of_arrival_never_changes_a_verdict(watched, at, order, is_late):  # noqa: F811
    """Within the lateness of the source the ticks see everything; beyond it the last run says what they would have."""
    batches = [{"traffic": 200}, {"traffic": 200, "violation": 10}, {"violation": 22}, {"traffic": 300}]
    came = LATER if is_late else NOON + timedelta(seconds=50)
    at((LATER if is_late else NOON + MINUTE) + timedelta(seconds=3))
    if is_late:
        judged()
    for place in order:
        send(NOON, now=came, **batches[place])
    assert run(now=came) == is_late
    judge_all()
    breach = Breach.objects.get()
    assert (breach.origin == Origin.LATE, breach.started_at, breach.bad) == (is_late, NOON, 32)


@pytest.mark.django_db(transaction=True)
def test_racing_workers_judge_each_threshold_once():
    thresholds = [makers.threshold(f"Twin {number}", on_breach=OnBreach.DECLARE) for number in range(3)]
    makers.source(lateness_seconds=120)
    for threshold in thresholds:
        makers.version(threshold, now=NOON - timedelta(days=30))
    judged()
    for minute in (2, 3):
        send(NOON + minute * MINUTE, now=LATER, traffic=400, violation=32)
    start, errors = threading.Barrier(4), []

    def work() -> None:
        start.wait()
        try:
            run(now=LATER)
            run(now=LATER)
        except Exception as error:
            errors.append(error)
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run(now=LATER)
    Occurrence.objects.all()._raw_delete("default")  # Django does not manage this table, so it would stay
    assert errors == []
    assert (Breach.objects.count(), Incident.objects.count()) == (3, 1)
    assert not LateMark.objects.exists() and not Rejudging.objects.exists()
