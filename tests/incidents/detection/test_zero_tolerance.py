"""Zero tolerance: one event fires when it is taken, once, however late, however often, however many at a time."""

import threading
from datetime import timedelta

import pytest
from django.db import connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents.detection import metering
from incidents.detection.breaches import Breach
from incidents.detection.choices import Mode, OnBreach
from incidents.detection.counting import Delta
from incidents.detection.ingestion import take
from incidents.detection.judging import judge_shard
from incidents.detection.occurrences import Occurrence
from incidents.detection.parsers.placing import Place
from incidents.detection.states import ThresholdState, Transition
from incidents.response.kinds import Kind
from incidents.response.models import Incident
from incidents.response.timeline import TimelineEntry
from tests.incidents.detection import makers
from tests.incidents.detection.makers import MINUTE, NOON, item

LEAK = {"category": "data_exposure", "versions": {"model": "m1"}}


def zero(name: str = "Data exposure", **fields):
    found = makers.threshold(name, on_breach=OnBreach.DECLARE, **fields)
    rule = {"metric": "zero_tolerance", "category": "data_exposure", "denominator_kind": "", "op": "gte", "limit": 1}
    makers.version(found, now=NOON - timedelta(days=30), **(rule | {"min_samples": 0}))
    return found


def send(*items, now=NOON):
    gateway = makers.SignalSource.objects.filter(name="Gateway").first() or makers.source()
    return take(gateway, list(items), now=now)


def tick(at) -> None:
    judge_shard(shard=0, tick_at=at, now=at)


@pytest.mark.django_db
class TestAtOnce:
    def test_a_single_event_declares_an_incident_as_it_is_taken(self):
        zero()
        send(item(1, at=NOON - timedelta(seconds=30), **LEAK))
        breach = Breach.objects.get()
        assert (breach.started_at, breach.detected_at, breach.bad) == (NOON - MINUTE, NOON, 1)
        assert breach.incident.title.startswith("Data exposure")
        assert list(TimelineEntry.objects.order_by("seq").values_list("kind", flat=True)) == [
            Kind.DECLARED,
            Kind.BREACH_ATTACHED,
        ]
        assert Transition.objects.count() == 1

    def test_further_ones_and_duplicates_add_nothing_to_decide(self):
        zero()
        first = item(1, at=NOON, **LEAK)
        send(first)
        outcome = send(first, item(2, at=NOON, **LEAK), now=NOON + MINUTE)
        assert (outcome.accepted, outcome.duplicates) == (1, 1)
        assert (Breach.objects.count(), Incident.objects.count(), Transition.objects.count()) == (1, 1, 1)

    def test_a_late_one_fires_however_old_it_is(self):
        zero()
        send(item(1, at=NOON - timedelta(days=6), **LEAK))
        assert Breach.objects.get().started_at == NOON - timedelta(days=6)

    @pytest.mark.parametrize(
        ("mode", "fields"),
        [
            (Mode.PAUSED, LEAK),
            (Mode.DRAFT, LEAK),
            (Mode.ACTIVE, {"category": "refund"}),
            (Mode.ACTIVE, LEAK | {"kind": "traffic", "bad": 1}),
            (Mode.ACTIVE, LEAK | {"n": 0}),
            (Mode.ACTIVE, LEAK | {"test": True}),
        ],
    )
    def test_what_is_not_meant_does_not_fire(self, mode, fields):
        zero(mode=mode)
        send(item(1, at=NOON, **fields))
        assert not Breach.objects.exists()
        assert not ThresholdState.objects.exists()

    def test_the_tick_ends_it_once_the_event_has_left_the_window_and_never_fires(self):
        threshold = zero()
        send(item(1, at=NOON + timedelta(seconds=30), **LEAK), now=NOON + timedelta(seconds=31))
        tick(NOON)  # the event is newer than the judged minutes and holds it all the same
        assert Breach.objects.open().count() == 1
        tick(NOON + 6 * MINUTE)
        assert Breach.objects.open().count() == 0
        tick(NOON + 3 * MINUTE)
        assert Breach.objects.open().count() == 0
        send(item(2, at=NOON + 7 * MINUTE, **LEAK), now=NOON + 7 * MINUTE)
        assert Breach.objects.filter(threshold=threshold).count() == 2
        assert Incident.objects.count() == 1

    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(order=st.lists(st.integers(1, 4), min_size=1, max_size=8))
    def test_people_are_kept_once_and_only_as_hashes_in_any_order_of_resends(self, order):
        Occurrence.objects.all()._raw_delete("default")
        makers.SignalSource.objects.filter(name="Gateway").update(name=f"Gateway {Breach.objects.count()} {id(order)}")
        makers.source()
        makers.system()
        for number in order:
            send(item(number, at=NOON, subject=f"customer-{number}"))
        kept = [bytes(person) for person in Occurrence.objects.values_list("person", flat=True)]
        assert len(kept) == len(set(kept)) == len(set(order))
        assert not any(b"customer" in person for person in kept)


@pytest.mark.django_db(transaction=True)
def test_racing_batches_make_one_breach_and_one_incident_per_key():
    zero(), zero("Data exposure, second")
    source, batches, errors = makers.source(), 8, []
    start = threading.Barrier(batches)

    def work(number: int) -> None:
        start.wait()
        try:
            take(source, [item(100 * number + each, at=NOON, **LEAK) for each in range(5)], now=NOON)
        except Exception as error:
            errors.append(error)
        connections.close_all()

    threads = [threading.Thread(target=work, args=[number]) for number in range(batches)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert Occurrence.objects.count() == 40
    assert (Breach.objects.count(), Incident.objects.count()) == (2, 1)
    assert list(ThresholdState.objects.values_list("status", flat=True)) == ["firing", "firing"]


@pytest.mark.django_db
def test_a_counter_that_grows_fires_as_well():
    zero()
    source = makers.source()
    place = Place(system_id=makers.system().pk, kind="violation", category="data_exposure", labels=(), is_bad=True)
    targets = metering.number(source, {metering.fingerprint(source.pk, place): place}, metering.Outcome(), now=NOON)
    (series_id,) = targets.values()
    reading = (0, 1, None, 0, 1.0, (place,))
    metering._judge_at_once(source, [reading], {(series_id, NOON): Delta(n=1, n_raw=1)}, now=NOON)
    assert Breach.objects.get().started_at == NOON
