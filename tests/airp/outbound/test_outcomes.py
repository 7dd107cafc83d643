"""The table of retries, without a database."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from airp.outbound.models import AttemptOutcome, Channel, DeliveryState
from airp.outbound.outcomes import MAIL_SERVER_AWAY, Fate, History, Outcome, fate_of

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FAILED = Outcome(AttemptOutcome.FAILED, "smtp_451")
UNKNOWN = Outcome(AttemptOutcome.UNKNOWN, "no_answer")


class Longest(Random):
    """Draws the upper end, so that waits are at their longest."""

    def uniform(self, a: float, b: float) -> float:
        return b


def history(channel=Channel.MAIL, tries=1, crashes=0, since=timedelta(0)):
    return History(channel=channel, tries=tries, crashes=crashes, first_tried_at=NOW - since)


def fate(outcome, past, jitter=None):
    return fate_of(outcome, past, now=NOW, jitter=jitter or Longest())


@pytest.mark.parametrize(
    ("tries", "seconds"),
    [(1, 5), (2, 10), (3, 20), (4, 40), (5, 80), (6, 160), (7, 320), (8, 640), (9, 900), (11, 900)],
)
def test_mail_waits_twice_as_long_up_to_a_quarter_of_an_hour(tries, seconds):
    assert fate(FAILED, history(tries=tries)) == Fate(DeliveryState.PENDING, timedelta(seconds=seconds))


def test_the_wait_of_a_mail_is_drawn_from_the_whole_span():
    waits = [fate(FAILED, history(tries=4), Random(seed)).wait.total_seconds() for seed in range(300)]
    assert 0 <= min(waits) < 3
    assert 37 < max(waits) <= 40


@pytest.mark.parametrize(
    ("tries", "seconds"),
    [(1, 5), (2, 300), (3, 1800), (4, 7200), (5, 18000), (6, 36000), (7, 50400), (8, 72000), (9, 86400)],
)
def test_webhooks_follow_their_schedule(tries, seconds):
    wait = fate(FAILED, history(Channel.WEBHOOK, tries=tries)).wait
    assert wait.total_seconds() == pytest.approx(seconds * 1.1)


@pytest.mark.parametrize(
    ("outcome", "past", "state"),
    [
        (Outcome(AttemptOutcome.SENT), history(), DeliveryState.SENT),
        (Outcome(AttemptOutcome.REFUSED, "http_404"), history(), DeliveryState.DEAD),
        (FAILED, history(tries=12), DeliveryState.DEAD),
        (FAILED, history(tries=2, since=timedelta(hours=24)), DeliveryState.DEAD),
        (FAILED, history(Channel.WEBHOOK, tries=10), DeliveryState.DEAD),
        (UNKNOWN, history(tries=12), DeliveryState.UNKNOWN),
        (UNKNOWN, history(Channel.WEBHOOK, tries=10), DeliveryState.UNKNOWN),
        (Outcome(AttemptOutcome.CRASHED, "KeyError"), history(crashes=3), DeliveryState.DEAD),
        (Outcome(AttemptOutcome.FAILED, MAIL_SERVER_AWAY), history(since=timedelta(hours=24)), DeliveryState.DEAD),
    ],
)
def test_what_ends_has_no_further_try(outcome, past, state):
    assert fate(outcome, past) == Fate(state, None)


def test_a_mail_server_that_is_away_does_not_use_up_the_tries():
    away = Outcome(AttemptOutcome.FAILED, MAIL_SERVER_AWAY)
    assert fate(away, history(tries=40)) == Fate(DeliveryState.PENDING, timedelta(minutes=15))


def test_a_delivery_in_doubt_stays_in_doubt_and_is_tried_again():
    assert fate(UNKNOWN, history()) == Fate(DeliveryState.UNKNOWN, timedelta(seconds=5))


def test_two_crashes_are_tried_again():
    assert fate(Outcome(AttemptOutcome.CRASHED, "KeyError"), history(crashes=2)).state == DeliveryState.PENDING


@pytest.mark.parametrize(("asked", "granted"), [(30, 30), (3600, 3600), (90_000, 3600), (0, 5)])
def test_retry_after_is_honoured_up_to_an_hour(asked, granted):
    outcome = Outcome(AttemptOutcome.FAILED, "http_503", retry_after=timedelta(seconds=asked))
    assert fate(outcome, history()).wait == timedelta(seconds=granted)
