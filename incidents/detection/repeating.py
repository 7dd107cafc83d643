"""Batches with an Idempotency-Key: a repeat gets the first answer again, another body under the key is refused."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from incidents.detection.ingestion import Outcome
from incidents.detection.series import IngestRequest
from incidents.detection.sources import SignalSource


class StillRunning(Exception):
    """The first request with this key has not been answered yet."""


class OtherBody(Exception):
    """The key was used before, with another body."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and body of an ingest answer, and whether it is the first one given again."""

    status: int
    body: dict[str, Any]
    is_replay: bool = False


def once(source: SignalSource, key: str, raw: bytes, take: Callable[[], Outcome], *, now: datetime) -> Answer:
    """Run `take` for the first request with this key, in one transaction with the stored answer.

    An empty key means that the sender asked for nothing: items are still counted once by their ids.
    Raises StillRunning or OtherBody.
    """
    if not key:
        outcome = take()
        return Answer(outcome.status, outcome.as_answer)
    body_hash = hashlib.sha256(raw).digest()
    with transaction.atomic():
        _lock(source, key)
        known = IngestRequest.objects.filter(source=source, key=key).first()
        if known is None:
            outcome = take()
            IngestRequest.objects.create(
                source=source,
                key=key,
                body_hash=body_hash,
                status=outcome.status,
                answer=outcome.as_answer,
                received_at=now,
            )
            return Answer(outcome.status, outcome.as_answer)
    if bytes(known.body_hash) != body_hash:
        raise OtherBody
    return Answer(known.status, known.answer, is_replay=True)


def _lock(source: SignalSource, key: str) -> None:
    with connection.cursor() as cursor:
        name = f"ingest/{source.pk}/{key}"
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        if not cursor.fetchone()[0]:
            raise StillRunning
