"""Taking one due delivery under a lease, and ending its try. The database clock decides what is due.

A claim and a finish are two short transactions; nothing is locked while a text travels. The finish is fenced
by try number, lease token and state: a worker that comes back too late changes nothing.
"""

from datetime import datetime

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from airp.outbound.models import Attempt, AttemptOutcome, Channel, Delivery, DeliveryState
from airp.outbound.outcomes import Fate, History, Outcome, fate_of

log = structlog.get_logger(__name__)

# An older row of the same lane goes first, unless its own time has not come and it was never tried.
_CLAIM = """
WITH candidate AS MATERIALIZED (
    SELECT d.id, d.state, d.attempt_count, d.lease_until
    FROM outbound_delivery d
    WHERE d.state IN ('pending', 'leased', 'unknown')
      AND COALESCE(d.lease_until, d.due_at) <= statement_timestamp()
      AND (%(only)s::bigint IS NULL OR d.id = %(only)s::bigint)
      AND (d.ordering_key = '' OR NOT EXISTS (
          SELECT FROM outbound_delivery older
          WHERE older.state IN ('pending', 'leased', 'unknown') AND older.ordering_key <> ''
            AND older.ordering_key = d.ordering_key AND older.id < d.id
            AND (older.attempt_count > older.spent_attempt_count AND older.due_at IS NOT NULL
                 OR older.due_at <= statement_timestamp())))
    ORDER BY d.priority, COALESCE(d.lease_until, d.due_at), d.id
    FOR UPDATE OF d SKIP LOCKED
    LIMIT 1
), lost AS (
    INSERT INTO outbound_attempt
        (delivery_id, number, started_at, finished_at, outcome, error_class, error_text, answer)
    SELECT id, attempt_count, lease_until - make_interval(secs => %(lease)s), statement_timestamp(),
           'lost', 'worker_died', '', ''
    FROM candidate WHERE state = 'leased'
)
UPDATE outbound_delivery d
SET state = 'leased',
    attempt_count = d.attempt_count + 1,
    crash_count = d.crash_count + (candidate.state = 'leased')::int,
    first_tried_at = COALESCE(d.first_tried_at, statement_timestamp()),
    lease_until = statement_timestamp() + make_interval(secs => %(lease)s),
    lease_token = gen_random_uuid()
FROM candidate
WHERE d.id = candidate.id
RETURNING d.*
"""


def claim(*, delivery_id: int | None = None) -> Delivery | None:
    """Lease the most urgent due delivery, or the given one if it is due. None: nothing to do, or paused."""
    if settings.OUTBOUND == "paused":
        return None
    parameters = {"only": delivery_id, "lease": settings.OUTBOUND_LEASE_SECONDS}
    return next(iter(Delivery.objects.raw(_CLAIM, parameters)), None)


def finish(delivery: Delivery, outcome: Outcome, *, started_at: datetime, finished_at: datetime) -> Fate | None:
    """Record the try and move the delivery on. None when the lease was lost meanwhile: nothing is changed."""
    crashes = delivery.crash_count + (outcome.kind == AttemptOutcome.CRASHED)
    history = History(
        channel=delivery.channel,
        tries=delivery.tries,
        crashes=crashes,
        first_tried_at=delivery.first_tried_at or started_at,
    )
    fate = fate_of(outcome, history, now=finished_at)
    with transaction.atomic():
        if not _move(delivery, outcome, fate, crashes=crashes, finished_at=finished_at):
            log.warning("late_finish", delivery=delivery.pk, attempt=delivery.attempt_count, outcome=outcome.kind)
            return None
        _note(delivery, outcome, started_at=started_at, finished_at=finished_at)
        if fate.state == DeliveryState.DEAD and delivery.channel == Channel.WEBHOOK:
            _disable_silent_endpoint(delivery, outcome)
    return fate


def _move(delivery: Delivery, outcome: Outcome, fate: Fate, *, crashes: int, finished_at: datetime) -> bool:
    changes: dict[str, object] = {
        "state": fate.state,
        "due_at": None if fate.wait is None else Now() + fate.wait,
        "lease_until": None,
        "lease_token": None,
        "crash_count": crashes,
        "error_class": outcome.error_class,
        "error_text": outcome.error_text,
    }
    if fate.state == DeliveryState.SENT:
        changes["sent_at"] = finished_at
        if delivery.is_wiped_at_end:
            changes["body"] = ""
    mine = Delivery.objects.filter(
        pk=delivery.pk,
        attempt_count=delivery.attempt_count,
        lease_token=delivery.lease_token,
        state=DeliveryState.LEASED,
    )
    return mine.update(**changes) == 1


def _note(delivery: Delivery, outcome: Outcome, *, started_at: datetime, finished_at: datetime) -> None:
    Attempt.objects.create(
        delivery_id=delivery.pk,
        number=delivery.attempt_count,
        started_at=started_at,
        finished_at=finished_at,
        outcome=outcome.kind,
        error_class=outcome.error_class,
        error_text=outcome.error_text,
        status_code=outcome.status_code,
        answer=outcome.answer,
    )


def _disable_silent_endpoint(delivery: Delivery, outcome: Outcome) -> None:
    """Switch an endpoint off that says it is gone, or that took nothing during all tries of a delivery."""
    if delivery.endpoint is None:
        return
    is_gone = outcome.error_class == "endpoint_gone"
    took_something = Delivery.objects.filter(
        endpoint=delivery.endpoint, state=DeliveryState.SENT, sent_at__gte=delivery.first_tried_at
    )
    is_silent = outcome.kind != AttemptOutcome.REFUSED and not took_something.exists()
    if is_gone or is_silent:
        delivery.endpoint.disable()
        log.error("endpoint_disabled", endpoint=delivery.endpoint_id, delivery=delivery.pk, gone=is_gone)
