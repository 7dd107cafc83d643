"""Taking one due delivery under a lease, and ending its try. The database clock decides what is due.

A claim and a finish are one statement each; nothing is locked while a text travels. The finish is fenced
by try number, lease token and state: a worker that comes back too late changes nothing.
"""

from datetime import datetime
from typing import Any

import structlog
from django.conf import settings
from django.db import connection

from airp.outbound.models import AttemptOutcome, Channel, Delivery, DeliveryState
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

# Both in one statement: the try is on record exactly when the delivery has moved on.
_FINISH = """
WITH moved AS (
    UPDATE outbound_delivery
    SET state = %(state)s,
        due_at = statement_timestamp() + %(wait)s::interval,
        lease_until = NULL,
        lease_token = NULL,
        crash_count = %(crashes)s,
        error_class = %(error_class)s,
        error_text = %(error_text)s,
        sent_at = %(sent_at)s,
        body = CASE WHEN %(wipes)s THEN '' ELSE body END,
        enclosure = CASE WHEN %(sent)s THEN '' ELSE enclosure END
    WHERE id = %(id)s AND attempt_count = %(number)s AND lease_token = %(token)s AND state = 'leased'
    RETURNING id, attempt_count
)
INSERT INTO outbound_attempt
    (delivery_id, number, started_at, finished_at, outcome, error_class, error_text, status_code, answer)
SELECT id, attempt_count, %(started_at)s, %(finished_at)s, %(outcome)s, %(error_class)s, %(error_text)s,
       %(status_code)s, %(answer)s
FROM moved
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
        priority=delivery.priority,
    )
    fate = fate_of(outcome, history, now=finished_at)
    was_mine = _move_on(delivery, outcome, fate, crashes=crashes, started_at=started_at, finished_at=finished_at)
    if not was_mine:
        log.warning("late_finish", delivery=delivery.pk, attempt=delivery.attempt_count, outcome=outcome.kind)
        return None
    if fate.state == DeliveryState.DEAD and delivery.channel == Channel.WEBHOOK:
        _disable_silent_endpoint(delivery, outcome)
    return fate


def _move_on(
    delivery: Delivery,
    outcome: Outcome,
    fate: Fate,
    *,
    crashes: int,
    started_at: datetime,
    finished_at: datetime,
) -> bool:
    is_sent = fate.state == DeliveryState.SENT
    row: dict[str, Any] = {
        "id": delivery.pk,
        "number": delivery.attempt_count,
        "token": delivery.lease_token,
        "state": fate.state.value,
        "wait": fate.wait,
        "crashes": crashes,
        "sent_at": finished_at if is_sent else None,
        "sent": is_sent,
        "wipes": is_sent and delivery.is_wiped_at_end,
        "started_at": started_at,
        "finished_at": finished_at,
        "outcome": outcome.kind.value,
        "error_class": outcome.error_class,
        "error_text": outcome.error_text,
        "status_code": outcome.status_code,
        "answer": outcome.answer,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FINISH, row)
        was_mine: bool = cursor.rowcount == 1
    return was_mine


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
