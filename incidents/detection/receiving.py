"""The addresses where machines post: token only, problems as RFC 9457, and never a 500."""

import base64
import binascii
from collections.abc import Callable
from functools import partial, wraps
from http import HTTPStatus
from time import monotonic
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from psycopg_pool import PoolTimeout

from incidents.detection.ingestion import take
from incidents.detection.parsers.strict_json import NotJson, read_array, read_lines
from incidents.detection.rate import Limiter
from incidents.detection.repeating import OtherBody, StillRunning, once
from incidents.detection.sources import IngestRefusal, SignalSource, SourceActivity, SourceToken

NDJSON, JSON = "application/x-ndjson", "application/json"
MAX_BYTES = {JSON: 256 * 1024, NDJSON: 1024 * 1024}
MAX_ITEMS = 5_000
MAX_KEY = 255
RETRY_AFTER = "5"
TOKEN_PARAMETERS = ("access_token", "token", "api_key", "apikey", "key")
Receiver = Callable[[HttpRequest, SignalSource], HttpResponse]
log = structlog.get_logger(__name__)
limiter = Limiter()


class Problem(Exception):
    """A request that is refused as a whole."""

    def __init__(self, status: HTTPStatus, detail: str, **headers: str) -> None:
        super().__init__(detail)
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    @property
    def response(self) -> HttpResponse:
        body = {"type": "about:blank", "title": self.status.phrase, "status": self.status, "detail": str(self)}
        return JsonResponse(body, status=self.status, headers=self.headers, content_type="application/problem+json")


def for_machines(receiver: Receiver) -> Callable[[HttpRequest], HttpResponse]:
    """A view for machines: cookies are ignored, a source's token decides, refusals are problem documents."""

    @csrf_exempt
    @wraps(receiver)
    def view(request: HttpRequest) -> HttpResponse:
        try:
            source = _source_of(request)
            return receiver(request, source)
        except Problem as problem:
            return problem.response
        except (OperationalError, InterfaceError, PoolTimeout) as error:
            log.error("ingest_without_database", error=type(error).__name__)
            away = Problem(HTTPStatus.SERVICE_UNAVAILABLE, "Try again: nothing was stored.", Retry_After=RETRY_AFTER)
            return away.response

    return view


@for_machines
def signals(request: HttpRequest, source: SignalSource) -> HttpResponse:
    """POST /ingest/v1/signals: a JSON array or newline-delimited JSON."""
    now = timezone.now()
    media = _media_type(request)
    key = _idempotency_key(request)
    raw = _body(request, MAX_BYTES[media])
    try:
        items = _items(raw, media)
    except Problem as problem:
        IngestRefusal.objects.create(source=source, at=now, index=None, code="whole_body", detail=str(problem)[:300])
        raise
    try:
        answer = once(source, key, raw, partial(take, source, items, now=now), now=now)
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


def _source_of(request: HttpRequest) -> SignalSource:
    if any(name in request.GET for name in TOKEN_PARAMETERS):
        raise _unproven("A token in the address is refused, because addresses are logged. Send it as a header.")
    source = SourceToken.prove(_token_of(request))
    if source is None:
        raise _unproven("This needs the token of a signal source: Authorization: Bearer airp_…")
    if wait := limiter.wait_seconds(source.pk, at=monotonic()):
        detail = "This source sends more than 100 requests a second. Put more items into one batch."
        raise Problem(HTTPStatus.TOO_MANY_REQUESTS, detail, Retry_After=str(wait))
    return source


def _unproven(detail: str) -> Problem:
    return Problem(HTTPStatus.UNAUTHORIZED, detail, WWW_Authenticate='Bearer realm="airp"')


def _token_of(request: HttpRequest) -> str:
    scheme, _space, credentials = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        user, _colon, password = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""
    return password if password.split("_")[1:2] == [user] else ""


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


def _body(request: HttpRequest, most: int) -> bytes:
    raw = request.read(most + 1)
    if len(raw) > most:
        raise Problem(HTTPStatus.CONTENT_TOO_LARGE, f"The body may have {most // 1024} KiB. Nothing was stored.")
    return raw


def _items(raw: bytes, media: str) -> list[Any]:
    try:
        items = read_lines(raw) if media == NDJSON else read_array(raw)
    except NotJson as error:
        raise Problem(HTTPStatus.BAD_REQUEST, str(error)) from None
    if len(items) > MAX_ITEMS:
        raise Problem(HTTPStatus.CONTENT_TOO_LARGE, f"A batch may have {MAX_ITEMS} items. Nothing was stored.")
    return items
