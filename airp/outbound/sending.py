"""Sending what is due: claim one, send it, finish it, and again. Behaviour behind the tasks.

`clock` gives the present moment for the record of tries; what is due is decided by the database's own clock.
"""

import time
import uuid
from collections.abc import Callable
from datetime import datetime

import structlog
from django.conf import settings
from django.utils.module_loading import import_string

from airp.outbound.claims import claim, finish
from airp.outbound.mail import MailSession
from airp.outbound.models import AttemptOutcome, Channel, Delivery, DeliveryState
from airp.outbound.outcomes import CRASH_LIMIT, NO_LONGER_MEANT, Fate, Outcome
from airp.outbound.planning import plan_webhooks
from airp.outbound.reaching import send_personal
from airp.outbound.redaction import redact
from airp.outbound.webhooks import send_webhook

log = structlog.get_logger(__name__)
DEAD_NOTICE = "delivery.dead"
Clock = Callable[[], datetime]


def send_all_due(*, clock: Clock, budget_seconds: float) -> int:
    """Send until nothing is due or the budget is used up. Returns the number of tries."""
    give_up = time.monotonic() + budget_seconds
    tries = 0
    with MailSession() as mail:
        while time.monotonic() < give_up:
            delivery = claim()
            if delivery is None:
                break
            deliver(delivery, mail=mail, clock=clock)
            tries += 1
    return tries


def send_this(*, delivery_id: int, clock: Clock) -> Fate | None:
    """Send one delivery if it is due and nobody has it."""
    delivery = claim(delivery_id=delivery_id)
    if delivery is None:
        return None
    with MailSession() as mail:
        return deliver(delivery, mail=mail, clock=clock)


def deliver(delivery: Delivery, *, mail: MailSession, clock: Clock) -> Fate | None:
    """One try of a claimed delivery, recorded. An error of ours ends this try, never the queue."""
    started_at = clock()
    outcome = _standstill(delivery, now=started_at) or _try(delivery, mail=mail, now=started_at)
    fate = finish(delivery, outcome, started_at=started_at, finished_at=clock())
    if fate is not None and fate.state == DeliveryState.DEAD:
        _tell_endpoints(delivery, outcome, now=clock())
    return fate


def _tell_endpoints(dead: Delivery, outcome: Outcome, *, now: datetime) -> None:
    """Endpoints that asked for it hear of a delivery that failed for good."""
    if dead.kind == DEAD_NOTICE:
        return
    plan_webhooks(
        cause=f"delivery/{dead.pk}#{dead.attempt_count}",
        type=DEAD_NOTICE,
        data={
            "delivery": dead.pk,
            "kind": dead.kind,
            "channel": dead.channel,
            "about": dead.subject_key,
            "error": outcome.error_class,
        },
        visibility=dead.visibility,
        now=now,
    )


def _standstill(delivery: Delivery, *, now: datetime) -> Outcome | None:
    """Why this delivery must not be tried at all, if so."""
    if delivery.expires_at is not None and delivery.expires_at <= now:
        return Outcome(AttemptOutcome.REFUSED, "expired", "It was useless by the time it could be sent.")
    if delivery.crash_count >= CRASH_LIMIT:
        return Outcome(AttemptOutcome.REFUSED, "worker_died", f"{CRASH_LIMIT} tries ended our own worker.")
    why_not = import_string(settings.DELIVERY_CHECKS).get(delivery.kind)
    if why_not is not None and (reason := why_not(delivery)):
        return Outcome(AttemptOutcome.REFUSED, NO_LONGER_MEANT, reason)
    return None


def _try(delivery: Delivery, *, mail: MailSession, now: datetime) -> Outcome:
    try:
        if delivery.channel == Channel.WEBHOOK and delivery.endpoint is not None:
            return send_webhook(delivery, delivery.endpoint, now=now)
        if delivery.personal is not None:
            return send_personal(delivery, delivery.personal, now=now)
        return mail.send(delivery)
    except Exception as error:  # whatever it is, the neighbours in the queue go on
        trace = uuid.uuid4().hex[:12]
        log.exception("delivery_crashed", delivery=delivery.pk, trace=trace)
        return Outcome(AttemptOutcome.CRASHED, type(error).__name__[:60], redact(f"Our own error, trace {trace}."))
