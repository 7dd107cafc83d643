"""A source that could not be heard did not go silent: our own outages are told once and judged as missing data."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from incidents.detection.activity import SourceActivity
from incidents.detection.breaches import Breach
from incidents.detection.door import tell_once
from incidents.detection.evaluation import values_now
from incidents.detection.families.baselines import unusual_times
from incidents.detection.hearing import LONGEST_GAP, Deafness, beat, listen
from incidents.detection.series import SignalSeries
from incidents.detection.silence import watch
from incidents.detection.sources import SignalSource
from incidents.notification.models import Alert, Reason
from incidents.response.timeline import PendingReaction, react_to_next
from incidents.systems.models import Ownership
from tests.incidents.detection import makers
from tests.incidents.detection.makers import MINUTE, NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def sources(ravi) -> list[SignalSource]:
    makers.severity()
    Ownership.objects.create(system=makers.system(), person=ravi)
    return [makers.source(name, system=makers.system()) for name in ("One", "Two", "Three")]


def live(start: datetime, end: datetime, *, web: bool = True, loops: bool = True, heard: tuple[SignalSource, ...] = ()):
    """Minute by minute: the web processes beat and take what is sent, the loops watch."""
    while start <= end:
        if web:
            beat(now=start)
            for source in heard:
                SourceActivity.note(SignalSource.objects.get(pk=source.pk), now=start)
        if loops:
            watch(now=start)
        start += MINUTE


def spans() -> list[tuple[datetime, datetime | None]]:
    return list(Deafness.objects.order_by("pk").values_list("began_at", "ended_at"))


def test_while_no_web_process_runs_nobody_is_asked_and_admins_hear_it_once(sources, ada, mo):
    live(NOON, NOON + 3 * MINUTE, heard=tuple(sources))
    live(NOON + 4 * MINUTE, NOON + 30 * MINUTE, web=False)
    assert not Breach.objects.exists()
    assert spans() == [(NOON + 3 * MINUTE, None)]
    assert PendingReaction.objects.filter(kind="receiving_stopped").count() == 1
    while react_to_next(now=NOON + 31 * MINUTE):
        pass
    alert = Alert.objects.get()
    assert (alert.recipient, alert.reason, alert.state) == (ada, Reason.RECEIVING_STOPPED, "told")
    assert "Nothing has been received from anybody since 2 Mar 2026, 12:03" in alert.delivery.body


def test_afterwards_every_source_has_its_three_intervals_and_one_that_stays_away_is_asked_about(sources):
    one, two, three = sources
    live(NOON, NOON + 3 * MINUTE, heard=(one, two, three))
    live(NOON + 4 * MINUTE, NOON + 30 * MINUTE, web=False)
    live(NOON + 31 * MINUTE, NOON + 34 * MINUTE, heard=(one, two))
    assert spans() == [(NOON + 3 * MINUTE, NOON + 31 * MINUTE)]
    assert not Breach.objects.exists()
    live(NOON + 35 * MINUTE, NOON + 36 * MINUTE, heard=(one, two))
    assert Breach.objects.get().group_key == f"source:{three.pk}"


def test_a_stop_of_everything_is_recorded_by_the_first_sign_of_life(sources):
    live(NOON, NOON + MINUTE, heard=tuple(sources))
    live(NOON + 61 * MINUTE, NOON + 62 * MINUTE)
    assert spans() == [(NOON + MINUTE, NOON + 61 * MINUTE)]
    assert not PendingReaction.objects.filter(kind="receiving_stopped").exists()


def test_a_short_restart_is_no_deafness_and_a_real_silence_is_asked_about(sources):
    live(NOON, NOON + MINUTE, heard=tuple(sources))
    beat(now=NOON + MINUTE + LONGEST_GAP)
    live(NOON + 3 * MINUTE, NOON + 6 * MINUTE)
    assert spans() == []
    assert Breach.objects.open().count() == 3


def test_whoever_hears_a_source_is_not_deaf_and_without_any_sign_nothing_is_known(sources):
    assert listen(now=NOON).is_deaf is False
    live(NOON, NOON)
    SourceActivity.note(sources[0], now=NOON + 20 * MINUTE)
    assert listen(now=NOON + 21 * MINUTE).is_deaf is False
    assert listen(now=NOON + 30 * MINUTE).is_deaf is True
    SourceActivity.note(sources[0], now=NOON + 31 * MINUTE)
    assert listen(now=NOON + 31 * MINUTE).since == NOON + 31 * MINUTE


def test_two_open_ones_at_a_time_are_refused_by_the_database():
    Deafness.objects.create(began_at=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        Deafness.objects.create(began_at=NOON)


def test_what_could_not_be_heard_is_missing_and_not_zero_and_is_no_usual_past(sources):
    threshold = makers.threshold()
    fields = {"metric": "count", "kind": "traffic", "denominator_kind": "", "op": "lt", "limit": 5, "min_samples": 0}
    makers.version(threshold, now=NOON - MINUTE, **fields)
    SignalSeries.objects.create(
        source=sources[0], system=makers.system(), kind="traffic", fingerprint=b"1" * 32, first_seen_at=NOON
    )
    tick_at = NOON + 30 * MINUTE
    assert values_now([threshold.pk], tick_at=tick_at)[threshold.pk].unknown == ""
    deafness = Deafness.objects.create(began_at=tick_at - LONGEST_GAP)
    assert values_now([threshold.pk], tick_at=tick_at)[threshold.pk].unknown == "no_data"
    assert unusual_times({threshold.system_id}, since=NOON)[threshold.system_id][0][0] == tick_at
    deafness.ended_at = tick_at - timedelta(seconds=1)
    deafness.save()
    assert values_now([threshold.pk], tick_at=tick_at)[threshold.pk].unknown == ""


def test_the_pages_of_sources_say_it_while_it_lasts_and_for_a_day(sources, client_for, uma):
    addresses = [reverse("incidents:sources"), reverse("incidents:source", args=[sources[0].pk])]
    now = timezone.now()
    deafness = Deafness.objects.create(began_at=now - timedelta(minutes=9))
    pages = [client_for(uma).get(address).content.decode() for address in addresses]
    assert all("airp has received nothing from anybody since" in page for page in pages)
    deafness.ended_at = now
    deafness.save()
    pages = [client_for(uma).get(address).content.decode() for address in addresses]
    assert all("airp could not receive from" in page and "(9 min)" in page for page in pages)
    Deafness.objects.update(began_at=now - timedelta(days=3), ended_at=now - timedelta(days=2))
    assert "could not receive" not in client_for(uma).get(addresses[0]).content.decode()


def test_a_sign_of_life_that_fails_ends_nothing():
    def broken() -> datetime:
        raise OSError

    with ThreadPoolExecutor(1) as elsewhere:  # it gives its connections back, and those here are the test's
        assert elsewhere.submit(tell_once, broken).result() is False
