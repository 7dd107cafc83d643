"""Planning what must leave, inside the transaction of its cause. Nothing is sent here.

Planning the same thing twice is one row: its key is derived from cause, step, recipient and channel.
"""

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from airp.accounts.models import User
from airp.outbound.enclosures import enclose
from airp.outbound.endpoints import Clearance, Endpoint
from airp.outbound.models import BodyPolicy, Channel, Delivery, DeliveryState
from airp.outbound.personal import PersonalChannel
from airp.web.wake import wake

NAMESPACE = uuid.UUID("6f1c2c4e-7a55-5d0e-9a86-0c8f2a4b7d11")
WEBHOOK_BODY_LIMIT_BYTES = 20 * 1024
SUBJECT_LIMIT = 200
SEND_ONE = "outbound.send_one"


class UnsafeSubject(ValueError):
    """A subject with a line break could smuggle headers into a mail."""


class BodyTooLarge(ValueError):
    """Webhook bodies are thin: references and facts, below 20 KB."""


def idem_key(*, cause: str, step: str, recipient: str, channel: str) -> uuid.UUID:
    """The one key of a delivery, the same whenever and by whomever it is planned."""
    return uuid.uuid5(NAMESPACE, "\x1f".join([cause, step, recipient, channel]))


def plan_mail(
    *,
    cause: str,
    step: str,
    recipient: User,
    subject: str,
    text: str,
    due_at: datetime,
    priority: int,
    now: datetime,
    kind: str = "",
    ordering_key: str = "",
    supersedes: str = "",
    expires_at: datetime | None = None,
    subject_key: str = "",
    entry_seq: int | None = None,
    visibility: str = Clearance.NORMAL,
    enclosures: Sequence[str] = (),
) -> Delivery:
    """Plan one mail to one person and return its delivery; planned before, that one is returned unchanged.

    `cause` names the fact ("incident/12#4"), `step` the rule that answers it; `kind` is what lists show
    (the step if empty). Rows with the same `ordering_key` leave one after the other. With `supersedes`, older
    waiting rows of that kind and ordering key give way to this one. `priority` is 1 for the most urgent.
    `enclosures` are one-time links for the marks in the text (`airp.outbound.enclosures`).
    Subjects carry references and levels, never titles. Raises UnsafeSubject for a line break in the subject.
    """
    return _plan(
        Delivery(
            idem_key=idem_key(cause=cause, step=step, recipient=f"person/{recipient.pk}", channel=Channel.MAIL),
            channel=Channel.MAIL,
            cause=cause,
            step=step,
            kind=kind or step,
            recipient=recipient,
            address=recipient.email,
            subject=safe_subject(subject),
            body=text,
            enclosure=enclose(enclosures),
            due_at=due_at,
            priority=priority,
            ordering_key=_lane(ordering_key, f"person/{recipient.pk}"),
            supersedes_kind=supersedes,
            expires_at=expires_at,
            subject_key=subject_key,
            entry_seq=entry_seq,
            visibility=visibility,
            planned_at=now,
        ),
        now=now,
    )


def plan_personal(
    channel: PersonalChannel,
    *,
    cause: str,
    step: str,
    kind: str,
    subject: str,
    text: str,
    due_at: datetime,
    priority: int,
    now: datetime,
    subject_key: str = "",
    visibility: str = Clearance.NORMAL,
) -> Delivery:
    """Plan one text over a person's own channel. One-time links never go there."""
    return _plan(
        Delivery(
            idem_key=idem_key(cause=cause, step=step, recipient=f"channel/{channel.pk}", channel=channel.kind),
            channel=channel.kind,
            personal=channel,
            cause=cause,
            step=step,
            kind=kind,
            recipient=channel.person,
            address=str(channel),
            subject=safe_subject(subject),
            body=text,
            due_at=due_at,
            priority=priority,
            subject_key=subject_key,
            visibility=visibility,
            planned_at=now,
        ),
        now=now,
    )


def plan_mail_to_address(
    *,
    cause: str,
    step: str,
    address: str,
    subject: str,
    text: str,
    now: datetime,
    priority: int = 2,
    body_policy: str = BodyPolicy.WIPE,
) -> Delivery:
    """Plan a mail to somebody who may not be a person here, such as a password link that Django writes."""
    return _plan(
        Delivery(
            idem_key=idem_key(cause=cause, step=step, recipient=address.lower(), channel=Channel.MAIL),
            channel=Channel.MAIL,
            cause=cause,
            step=step,
            kind=step,
            recipient=User.objects.filter(email__iexact=address).first(),
            address=address,
            subject=safe_subject(subject),
            body=text,
            body_policy=body_policy,
            due_at=now,
            priority=priority,
            planned_at=now,
        ),
        now=now,
    )


def plan_webhooks(
    *,
    cause: str,
    type: str,
    data: Mapping[str, Any],
    now: datetime,
    occurred_at: datetime | None = None,
    due_at: datetime | None = None,
    priority: int = 3,
    subject_key: str = "",
    entry_seq: int | None = None,
    visibility: str = Clearance.NORMAL,
) -> list[Delivery]:
    """Plan one webhook per active endpoint that chose the type and is cleared for the visibility.

    `data` holds references and facts, no titles, samples or people. An endpoint hears of one `subject_key` in
    the order of planning. Raises BodyTooLarge at 20 KB.
    """
    body = webhook_body(type=type, at=occurred_at or now, data=data)
    return [
        plan_webhook(
            endpoint,
            cause=cause,
            type=type,
            body=body,
            due_at=due_at or now,
            priority=priority,
            subject_key=subject_key,
            entry_seq=entry_seq,
            visibility=visibility,
            now=now,
        )
        for endpoint in Endpoint.objects.listening_to(type, visibility=visibility)
    ]


def plan_webhook(
    endpoint: Endpoint,
    *,
    cause: str,
    type: str,
    body: str,
    due_at: datetime,
    now: datetime,
    priority: int = 3,
    subject_key: str = "",
    entry_seq: int | None = None,
    visibility: str = Clearance.NORMAL,
) -> Delivery:
    """Plan one webhook to one endpoint, with a body from `webhook_body`."""
    return _plan(
        Delivery(
            idem_key=idem_key(cause=cause, step=type, recipient=f"endpoint/{endpoint.pk}", channel=Channel.WEBHOOK),
            channel=Channel.WEBHOOK,
            cause=cause,
            step=type,
            kind=type,
            endpoint=endpoint,
            address=endpoint.url,
            body=body,
            due_at=due_at,
            priority=priority,
            ordering_key=_lane(subject_key, f"endpoint/{endpoint.pk}"),
            subject_key=subject_key,
            entry_seq=entry_seq,
            visibility=visibility,
            planned_at=now,
        ),
        now=now,
    )


def webhook_body(*, type: str, at: datetime, data: Mapping[str, Any]) -> str:
    """The minified JSON of a Standard Webhooks event. Raises BodyTooLarge at 20 KB."""
    timestamp = at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    event = {"type": type, "timestamp": timestamp, "data": dict(data)}
    body = json.dumps(event, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    if len(body.encode()) >= WEBHOOK_BODY_LIMIT_BYTES:
        raise BodyTooLarge(f"The body of {type} holds {len(body.encode())} bytes; 20 KB is the limit.")
    return body


def safe_subject(subject: str) -> str:
    """The subject, cut to its limit. Raises UnsafeSubject for a line break or another control character."""
    if any(ord(character) < 32 or character in "\x7f\x85\u2028\u2029" for character in subject):
        raise UnsafeSubject("A subject must be one line without control characters.")
    return subject if len(subject) <= SUBJECT_LIMIT else subject[: SUBJECT_LIMIT - 1] + "…"


def _lane(key: str, receiver: str) -> str:
    return f"{receiver}/{key}" if key else ""


def _plan(delivery: Delivery, *, now: datetime) -> Delivery:
    """Insert unless the key exists; then older rows of its kind give way and a sender is woken."""
    with transaction.atomic(savepoint=False):
        Delivery.objects.bulk_create([delivery], ignore_conflicts=True)
        planned = Delivery.objects.get(idem_key=delivery.idem_key)
        _supersede_older(planned)
    if planned.state == DeliveryState.PENDING and planned.due_at is not None and planned.due_at <= now:
        wake(SEND_ONE, delivery_id=planned.pk)
    return planned


def _supersede_older(newer: Delivery) -> None:
    if not newer.supersedes_kind or not newer.ordering_key:
        return
    Delivery.objects.filter(
        ordering_key=newer.ordering_key,
        supersedes_kind=newer.supersedes_kind,
        state=DeliveryState.PENDING,
        pk__lt=newer.pk,
    ).update(state=DeliveryState.SUPERSEDED, due_at=None)
