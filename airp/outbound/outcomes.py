"""What one try came to, and what follows from it. Pure rules, no database and no clock.

Mail: full jitter, a wait of U(0, min(15 min, 5 s x 2^n)) after the nth try (the "full jitter" of AWS'
"Exponential Backoff and Jitter"), at most 12 tries within 24 h. A mail server that is away says nothing about
the mail, so that is tried for the whole 24 h. Webhooks: the schedule of Standard Webhooks, about 75 h.
"""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from airp.outbound.models import KEYLESS, MOST_URGENT, AttemptOutcome, Channel, DeliveryState

MAIL_TRIES = 12
MAIL_WINDOW = timedelta(hours=24)
MAIL_FIRST_WAIT_SECONDS = 5
MAIL_LONGEST_WAIT_SECONDS = 15 * 60
WEBHOOK_WAITS_SECONDS = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
WEBHOOK_JITTER = 0.1
RETRY_AFTER_LIMIT = timedelta(hours=1)
CRASH_LIMIT = 3
MAIL_SERVER_AWAY = "mail_server_away"
NO_LONGER_MEANT = "no_longer_meant"  # the receiver may not or will not have it any more: no failure of ours

JITTER = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one try. `retry_after` is what the receiver asked for; texts are redacted already."""

    kind: AttemptOutcome
    error_class: str = ""
    error_text: str = ""
    status_code: int | None = None
    answer: str = ""
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class History:
    """What the tries before this one used up."""

    channel: str
    tries: int
    crashes: int
    first_tried_at: datetime
    priority: int = MOST_URGENT


@dataclass(frozen=True, slots=True)
class Fate:
    """The state that follows, and the wait until the next try if there is one."""

    state: DeliveryState
    wait: timedelta | None = None


def fate_of(outcome: Outcome, history: History, *, now: datetime, jitter: random.Random = JITTER) -> Fate:
    """What becomes of a delivery after this outcome. `history` counts the try that just ended."""
    if outcome.kind == AttemptOutcome.SENT:
        return Fate(DeliveryState.SENT)
    if outcome.kind == AttemptOutcome.REFUSED:
        is_unwanted = outcome.error_class == NO_LONGER_MEANT
        return Fate(DeliveryState.CANCELLED if is_unwanted else DeliveryState.DEAD)
    if outcome.kind in {AttemptOutcome.CRASHED, AttemptOutcome.LOST} and history.crashes >= CRASH_LIMIT:
        return Fate(DeliveryState.DEAD)
    is_in_doubt = outcome.kind == AttemptOutcome.UNKNOWN
    if is_in_doubt and history.channel in KEYLESS and history.priority > MOST_URGENT:
        return Fate(DeliveryState.UNKNOWN)  # a repeat could not be told from a second text: a person decides
    if _is_exhausted(outcome, history, now=now):
        return Fate(DeliveryState.UNKNOWN if is_in_doubt else DeliveryState.DEAD)
    state = DeliveryState.UNKNOWN if is_in_doubt else DeliveryState.PENDING
    return Fate(state, _wait(outcome, history, jitter))


def _is_exhausted(outcome: Outcome, history: History, *, now: datetime) -> bool:
    if history.channel == Channel.WEBHOOK:
        return history.tries > len(WEBHOOK_WAITS_SECONDS)
    if now - history.first_tried_at >= MAIL_WINDOW:
        return True
    return history.tries >= MAIL_TRIES and outcome.error_class != MAIL_SERVER_AWAY


def _wait(outcome: Outcome, history: History, jitter: random.Random) -> timedelta:
    wait = _webhook_wait(history, jitter) if history.channel == Channel.WEBHOOK else _mail_wait(history, jitter)
    if outcome.retry_after is None:
        return wait
    return max(wait, min(outcome.retry_after, RETRY_AFTER_LIMIT))


def _mail_wait(history: History, jitter: random.Random) -> timedelta:
    exponent = min(history.tries - 1, 10)
    longest = min(MAIL_LONGEST_WAIT_SECONDS, MAIL_FIRST_WAIT_SECONDS * 2**exponent)
    return timedelta(seconds=jitter.uniform(0, longest))


def _webhook_wait(history: History, jitter: random.Random) -> timedelta:
    seconds = WEBHOOK_WAITS_SECONDS[history.tries - 1]
    return timedelta(seconds=seconds * jitter.uniform(1 - WEBHOOK_JITTER, 1 + WEBHOOK_JITTER))
