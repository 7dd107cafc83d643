"""A source that goes silent is a breach that somebody decides on, and never a false one after a pause of ours."""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse

from airp.audit.models import AuditEntry
from incidents.detection.activity import SourceActivity
from incidents.detection.breaches import Breach
from incidents.detection.choices import Metric, Mode
from incidents.detection.ingestion import take
from incidents.detection.queries import breaches_to_decide
from incidents.detection.silence import watch
from incidents.detection.sources import Rhythm, SignalSource, SourceState
from incidents.detection.standing import standing_version
from incidents.detection.thresholds import Threshold
from incidents.detection.upkeep import Upkeep
from incidents.response.timeline import PendingReaction
from incidents.systems.models import Ownership
from tests import factories
from tests.incidents.detection import makers
from tests.incidents.detection.makers import MINUTE, NOON


@pytest.fixture
def source(db, ravi) -> SignalSource:
    makers.severity()
    Ownership.objects.create(system=makers.system(), person=ravi)
    return makers.source(system=makers.system())


def heard(source: SignalSource, *, at: datetime) -> None:
    SourceActivity.note(SignalSource.objects.get(pk=source.pk), now=at)


def watch_through(start: datetime, end: datetime) -> None:
    """As beat would: every minute."""
    while start <= end:
        watch(now=start)
        start += MINUTE


class TestGoingSilent:
    def test_the_owner_is_asked_after_three_intervals_and_not_before(self, source, ravi):
        heard(source, at=NOON)
        watch_through(NOON - MINUTE, NOON + 3 * MINUTE)
        assert not Breach.objects.exists()
        watch(now=NOON + 4 * MINUTE)
        breach = Breach.objects.get()
        assert breach.headline == "No signal from Gateway for 4 min; at least one every 1 min is expected"
        assert (breach.group_key, breach.started_at, breach.kind) == (f"source:{source.pk}", NOON, "live")
        assert breach.threshold.owner == ravi
        assert breach.decision_due_at == NOON + 4 * MINUTE + timedelta(seconds=900)
        assert PendingReaction.objects.filter(kind="breach_opened", facts__owner=ravi.pk).count() == 1
        assert [row["id"] for row in breaches_to_decide(ravi, NOON + 4 * MINUTE)] == [breach.pk]

    def test_nobody_is_asked_where_no_heartbeat_is_expected_and_an_open_question_is_withdrawn(self, source):
        heard(source, at=NOON)
        watch_through(NOON, NOON + 4 * MINUTE)
        SignalSource.objects.update(rhythm=Rhythm.IRREGULAR)
        watch_through(NOON + 5 * MINUTE, NOON + 9 * MINUTE)
        breach = Breach.objects.get()
        assert (breach.cleared_at, breach.cleared_reason) == (NOON + 5 * MINUTE, "withdrawn")

    def test_it_stands_on_the_pages_of_the_system_and_of_its_threshold(self, source, client_for, uma):
        heard(source, at=NOON)
        watch_through(NOON, NOON + 4 * MINUTE)
        threshold = Threshold.objects.get()
        addresses = {
            reverse("incidents:system", args=[source.system.slug]): "No signal from Gateway",
            reverse("incidents:threshold", args=[threshold.pk]): "sends nothing for three expected intervals",
            reverse("incidents:thresholds"): "watched by events",
        }
        for address, words in addresses.items():
            page = client_for(uma).get(address).content.decode()
            assert words in page
        assert "Firing" in page

    def test_it_is_asked_once_and_ends_by_itself_when_the_source_sends_again(self, source):
        heard(source, at=NOON)
        watch_through(NOON, NOON + 9 * MINUTE)
        breach = Breach.objects.get()
        assert breach.cleared_at is None
        heard(source, at=NOON + 10 * MINUTE)
        watch_through(NOON + 10 * MINUTE, NOON + 12 * MINUTE)
        breach.refresh_from_db()
        assert (breach.cleared_at, breach.cleared_reason) == (NOON + 10 * MINUTE, "data_returned")
        watch_through(NOON + 13 * MINUTE, NOON + 14 * MINUTE)
        assert Breach.objects.count() == 2  # silent once more: a new question

    def test_a_source_of_all_systems_is_missed_by_those_it_reported_on(self, source):
        makers.system("unrelated")
        everywhere = makers.source("Everywhere")
        take(everywhere, [makers.item(1, at=NOON)], now=NOON)
        watch_through(NOON, NOON + 4 * MINUTE)
        assert [breach.threshold.system for breach in Breach.objects.all()] == [makers.system()]

    def test_a_heartbeat_keeps_it_heard_and_a_test_of_our_own_does_not(self, source):
        heard(source, at=NOON)
        source.is_self_test = True
        SourceActivity.note(source, now=NOON + 3 * MINUTE, test_count=1)
        watch_through(NOON, NOON + 4 * MINUTE)
        assert Breach.objects.count() == 1
        assert SourceActivity.objects.get().last_test_at == NOON + 3 * MINUTE


class TestNotAsking:
    def test_one_that_was_never_heard_is_no_loss(self, source):
        watch_through(NOON, NOON + 9 * MINUTE)
        assert not Breach.objects.exists()

    def test_after_a_pause_of_ours_everybody_has_three_intervals_to_be_heard_again(self, source):
        others = [makers.source(f"Other {number}", system=makers.system()) for number in range(3)]
        for each in (source, *others):
            heard(each, at=NOON)
        watch(now=NOON)
        back = NOON + timedelta(hours=5)  # airp was down all the time, and so nobody could be heard
        watch_through(back, back + 2 * MINUTE)
        for each in others:
            heard(each, at=back + 2 * MINUTE)
        watch_through(back + 3 * MINUTE, back + 4 * MINUTE)
        assert [breach.group_key for breach in Breach.objects.all()] == [f"source:{source.pk}"]

    @pytest.mark.parametrize("change", ["retired source", "paused threshold", "retired system"])
    def test_what_is_not_watched_any_more_ends_as_withdrawn_and_is_not_asked_again(self, source, change):
        heard(source, at=NOON)
        watch_through(NOON, NOON + 4 * MINUTE)
        match change:
            case "retired source":
                SignalSource.objects.update(state=SourceState.RETIRED)
            case "paused threshold":
                Threshold.objects.get().set_mode(Mode.PAUSED, by=None, now=NOON, reason="Known.")
            case _:
                type(source.system).objects.update(retired_at=NOON)
        watch_through(NOON + 5 * MINUTE, NOON + 7 * MINUTE)
        breach = Breach.objects.get()
        assert (breach.cleared_at, breach.cleared_reason) == (NOON + 5 * MINUTE, "withdrawn")

    def test_two_watchers_ask_once(self, source):
        heard(source, at=NOON)
        watch_through(NOON, NOON + 3 * MINUTE)
        assert [watch(now=NOON + 4 * MINUTE), watch(now=NOON + 4 * MINUTE)] == [1, 0]
        assert Upkeep.objects.get().facts == {"opened": 0, "ended": 0}


class TestStandingThreshold:
    def test_it_is_made_once_per_system_and_metric(self, source):
        first = standing_version(makers.system(), Metric.SILENCE, now=NOON)
        assert standing_version(makers.system(), Metric.SILENCE, now=NOON + MINUTE) == first
        assert standing_version(makers.system(), Metric.ALERT, now=NOON) != first
        assert Threshold.objects.count() == 2

    def test_it_follows_the_owner_of_the_system_or_the_deputy(self, source):
        standing_version(makers.system(), Metric.SILENCE, now=NOON)
        ownership = Ownership.objects.get()
        ownership.deputy = factories.person("lee")
        ownership.save()
        ownership.person.is_active = False
        ownership.person.save()
        version = standing_version(makers.system(), Metric.SILENCE, now=NOON)
        assert version.threshold.owner == factories.person("lee")
        assert AuditEntry.objects.filter(act="threshold.owner_followed").count() == 1

    def test_without_anybody_to_own_it_none_is_made(self, db):
        makers.severity()
        assert standing_version(makers.system(), Metric.SILENCE, now=NOON) is None
        assert not Threshold.objects.exists()
