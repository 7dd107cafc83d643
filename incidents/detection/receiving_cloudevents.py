"""CloudEvents 1.0 at /ingest/cloudevents: binary, structured and batched events, and the handshake of its webhooks."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from incidents.detection.activity import IngestRefusal
from incidents.detection.dialects import AlertDialect
from incidents.detection.eventing import take_events
from incidents.detection.gate import Problem, for_machines, guarded, read_body
from incidents.detection.parsers.cloud_events import (
    BATCH,
    STRUCTURED,
    CloudEvent,
    read_batch,
    read_binary,
    read_structured,
)
from incidents.detection.parsers.signals import Unacceptable
from incidents.detection.parsers.strict_json import NotJson
from incidents.detection.rate import PER_SECOND
from incidents.detection.sources import SignalSource, SourceState

MAX_EVENT, MAX_BATCH = 256 * 1024, 1024 * 1024
PER_MINUTE = str(int(PER_SECOND * 60))


@csrf_exempt
def cloudevents(request: HttpRequest) -> HttpResponse:
    """POST takes events; OPTIONS answers the handshake that asks whether a sender may post at all."""
    return _handshake(request) if request.method == "OPTIONS" else _events(request)


@for_machines
def _events(request: HttpRequest, source: SignalSource) -> HttpResponse:
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST", "OPTIONS"])
    now = timezone.now()
    media = (request.content_type or "").lower()
    raw = read_body(request, MAX_BATCH if media == BATCH else MAX_EVENT)
    try:
        events = _read(request, media, raw)
    except NotJson as error:
        IngestRefusal.of_body(source, raw, detail=str(error), now=now)
        raise Problem(HTTPStatus.BAD_REQUEST, str(error)) from None
    outcome = take_events(source, events, now=now)
    if outcome.status == HTTPStatus.OK:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    return JsonResponse(outcome.as_answer, status=outcome.status)


def _read(request: HttpRequest, media: str, raw: bytes) -> list[CloudEvent | Unacceptable]:
    """Raises NotJson, or Problem for what is no CloudEvent."""
    if media == BATCH:
        return read_batch(raw)
    try:
        if media == STRUCTURED:
            return [read_structured(raw)]
        if "ce-specversion" in request.headers:
            return [read_binary(request.headers, media, raw)]
    except Unacceptable as error:
        return [error]
    detail = f"Send {STRUCTURED}, {BATCH}, or JSON with ce- headers."
    raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, detail)


@guarded()
def _handshake(request: HttpRequest) -> HttpResponse:
    """The origin is welcome if an admin listed it at a live source. A callback address is never called."""
    origin = request.headers.get("WebHook-Request-Origin", "").strip()
    listed = AlertDialect.objects.filter(source__state=SourceState.ACTIVE, webhook_origins__contains=[origin])
    if not origin or "\x00" in origin or not listed.exists():
        return HttpResponseNotAllowed(["POST"])
    headers = {"WebHook-Allowed-Origin": origin, "WebHook-Allowed-Rate": PER_MINUTE, "Allow": "POST"}
    return HttpResponse(status=HTTPStatus.OK, headers=headers)
