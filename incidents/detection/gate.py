"""The gate before the addresses where machines post: who sends, how much, and refusals instead of a 500.

`for_machines` is the plain gate: a source's token, problem documents of RFC 9457. Formats whose senders expect another
proof or other error bodies make a gate of their own with `machine_gate`.
"""

import base64
import binascii
import zlib
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from time import monotonic

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from psycopg_pool import PoolTimeout

from incidents.detection.rate import Limiter
from incidents.detection.sources import SignalSource, SourceToken

RETRY_AFTER = "5"
TOKEN_PARAMETERS = ("access_token", "token", "api_key", "apikey", "key")
GZIP_WINDOW = 31  # zlib's way to say: a gzip header, the largest window
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


Receiver = Callable[[HttpRequest, SignalSource], HttpResponse]
Proof = Callable[[HttpRequest], SignalSource]
Refusal = Callable[[HttpRequest, Problem], HttpResponse]
View = Callable[[HttpRequest], HttpResponse]


def by_token(request: HttpRequest) -> SignalSource:
    """The source whose token stands in the Authorization header, if it does not knock too often. Raises Problem."""
    source = proven(request)
    keep_pace(source)
    return source


def as_document(_request: HttpRequest, problem: Problem) -> HttpResponse:
    return problem.response


def guarded(*, refuse: Refusal = as_document) -> Callable[[View], View]:
    """Views for machines: cookies are ignored, `refuse` writes every refusal, and a lost database asks to try again."""

    def guard(inner: View) -> View:
        @csrf_exempt
        @wraps(inner)
        def view(request: HttpRequest) -> HttpResponse:
            try:
                return inner(request)
            except Problem as problem:
                return refuse(request, problem)
            except (OperationalError, InterfaceError, PoolTimeout) as error:
                log.error("ingest_without_database", error=type(error).__name__)
                detail = "Try again: nothing was stored."
                return refuse(request, Problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, Retry_After=RETRY_AFTER))

        return view

    return guard


def machine_gate(*, prove: Proof = by_token, refuse: Refusal = as_document) -> Callable[[Receiver], View]:
    """Guarded views that are told which source is sending: `prove` names it or raises Problem."""

    def gate(receiver: Receiver) -> View:
        @guarded(refuse=refuse)
        @wraps(receiver)
        def view(request: HttpRequest) -> HttpResponse:
            return receiver(request, prove(request))

        return view

    return gate


for_machines = machine_gate()


def proven(request: HttpRequest) -> SignalSource:
    """The source of the token in the Authorization header. Raises Problem."""
    if any(name in request.GET for name in TOKEN_PARAMETERS):
        raise unproven("A token in the address is refused, because addresses are logged. Send it as a header.")
    source = SourceToken.prove(_token_of(request))
    if source is None:
        raise unproven("This needs the token of a signal source: Authorization: Bearer airp_…")
    return source


def unproven(detail: str) -> Problem:
    return Problem(HTTPStatus.UNAUTHORIZED, detail, WWW_Authenticate='Bearer realm="airp"')


def keep_pace(source: SignalSource, *, status: HTTPStatus = HTTPStatus.TOO_MANY_REQUESTS) -> None:
    """Raises Problem for a source that knocks more often than it may. `status`: what makes its sender try again."""
    if wait := limiter.wait_seconds(source.pk, at=monotonic()):
        detail = "This source sends more than 100 requests a second. Put more items into one batch."
        raise Problem(status, detail, Retry_After=str(wait))


def read_body(request: HttpRequest, most: int) -> bytes:
    """The raw body. Raises Problem 413 when it is longer than `most` bytes, without reading the rest."""
    raw = request.read(most + 1)
    if len(raw) > most:
        raise _too_large(most)
    return raw


def read_gzip_body(request: HttpRequest, most: int, most_unpacked: int) -> bytes:
    """The body, unpacked if it is sent as gzip. Unpacking stops at `most_unpacked` bytes, whatever is claimed."""
    encoding = request.headers.get("Content-Encoding", "identity").lower()
    if encoding not in {"identity", "gzip"}:
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send the body as it is, or with Content-Encoding: gzip.")
    raw = read_body(request, most)
    return _gunzip(raw, most_unpacked) if encoding == "gzip" and raw else raw


def _gunzip(raw: bytes, most: int) -> bytes:
    """One gzip member, as all senders make it: a long row of tiny ones would cost more than it carries."""
    member = zlib.decompressobj(GZIP_WINDOW)
    try:
        unpacked = member.decompress(raw, most + 1)
    except zlib.error:
        raise Problem(HTTPStatus.BAD_REQUEST, "The body is no gzip.") from None
    if len(unpacked) > most:
        raise _too_large(most)
    if not member.eof or member.unused_data:
        raise Problem(HTTPStatus.BAD_REQUEST, "The gzip body is cut off, or something follows it.")
    return unpacked


def _too_large(most: int) -> Problem:
    return Problem(HTTPStatus.CONTENT_TOO_LARGE, f"The body may have {most // 1024} KiB. Nothing was stored.")


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
