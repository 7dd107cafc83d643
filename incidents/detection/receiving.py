"""Our own formats: batches of signals, and the heartbeat. What all formats share is in `gate.py`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from incidents.detection.activity import IngestRefusal, SourceActivity
from incidents.detection.gate import Problem, for_machines, read_body
from incidents.detection.ingestion import Outcome, take
from incidents.detection.parsers.strict_json import NotJson, read_array, read_lines
from incidents.detection.repeating import OtherBody, StillRunning, once
from incidents.detection.sources import SignalSource

NDJSON, JSON = "application/x-ndjson", "application/json"
MAX_BYTES = {JSON: 256 * 1024, NDJSON: 1024 * 1024}
MAX_ITEMS = 5_000
MAX_KEY = 255


@dataclass(frozen=True, slots=True)
class Batch:
    """Items of one request as they came, and the key under which it may be repeated."""

    raw: bytes
    items: list[Any]
    key: str


Taker = Callable[[SignalSource, list[Any]], Outcome]


@for_machines
def signals(request: HttpRequest, source: SignalSource) -> HttpResponse:
    """POST /ingest/v1/signals: a JSON array or newline-delimited JSON."""
    now = timezone.now()
    return answer_once(source, read_batch(request, source, now=now), partial(take, now=now), now=now)


def read_batch(request: HttpRequest, source: SignalSource, *, now: datetime) -> Batch:
    """The batch of a request in one of our own formats. Raises Problem; a body that nobody can read is noted."""
    media = _media_type(request)
    key = _idempotency_key(request)
    raw = read_body(request, MAX_BYTES[media])
    try:
        return Batch(raw, _items(raw, media), key)
    except Problem as problem:
        IngestRefusal.of_body(source, raw, detail=str(problem), now=now)
        raise


def answer_once(source: SignalSource, batch: Batch, taker: Taker, *, now: datetime) -> HttpResponse:
    """What `taker` makes of the batch; a repeat under the same key gets the first answer again."""
    try:
        answer = once(source, batch.key, batch.raw, partial(taker, source, batch.items), now=now)
    except StillRunning:
        raise Problem(HTTPStatus.CONFLICT, "The first request with this Idempotency-Key is still running.") from None
    except OtherBody:
        detail = "This Idempotency-Key was used before with another body."
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail) from None
    headers = {"Idempotent-Replayed": "true"} if answer.is_replay else {}
    return JsonResponse(answer.body, status=answer.status, headers=headers)


@for_machines
def heartbeat(request: HttpRequest, source: SignalSource) -> HttpResponse:
    """POST /ingest/v1/heartbeat: the source is alive, even if it has nothing to report."""
    SourceActivity.note(source, now=timezone.now())
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


def _media_type(request: HttpRequest) -> str:
    media = (request.content_type or "").lower()
    charset = (request.content_params or {}).get("charset", "utf-8").lower()
    encoding = request.headers.get("Content-Encoding", "identity").lower()
    if media not in MAX_BYTES or charset != "utf-8" or encoding != "identity":
        detail = f"Send {JSON} or {NDJSON} in UTF-8, not compressed."
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, detail)
    return media


def _idempotency_key(request: HttpRequest) -> str:
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > MAX_KEY or not key.isprintable():
        raise Problem(HTTPStatus.BAD_REQUEST, f"Idempotency-Key may have {MAX_KEY} printable characters.")
    return key


def _items(raw: bytes, media: str) -> list[Any]:
    try:
        items = read_lines(raw) if media == NDJSON else read_array(raw)
    except NotJson as error:
        raise Problem(HTTPStatus.BAD_REQUEST, str(error)) from None
    if len(items) > MAX_ITEMS:
        raise Problem(HTTPStatus.CONTENT_TOO_LARGE, f"A batch may have {MAX_ITEMS} items. Nothing was stored.")
    return items
