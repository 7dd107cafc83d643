"""OTLP over HTTP: metrics and logs, protobuf or JSON. Answers and refusals are in the type of the request.

Every refusal is a `google.rpc.Status`. What is refused one by one is told in `partial_success`: the sender does not
repeat it. Senders repeat 429 and 503 only.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from google.protobuf.json_format import MessageToJson
from google.protobuf.message import Message
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse

from incidents.detection.activity import IngestRefusal
from incidents.detection.gate import Problem, machine_gate, proven, read_gzip_body
from incidents.detection.ingestion import Outcome, bounds_of
from incidents.detection.metering import count_parsed
from incidents.detection.parsers.naming import Naming
from incidents.detection.parsers.otlp_body import NotOtlp, TooMany
from incidents.detection.parsers.otlp_logs import read_logs
from incidents.detection.parsers.otlp_metrics import read_metrics
from incidents.detection.parsers.placing import Parsed
from incidents.detection.parsers.signals import Bounds
from incidents.detection.sources import SignalSource

PROTOBUF, JSON = "application/x-protobuf", "application/json"
MAX_BYTES = 4 * 1024 * 1024
# JSON takes much more memory than its text, so less of it may be unpacked.
MAX_UNPACKED = {PROTOBUF: 16 * 1024 * 1024, JSON: 4 * 1024 * 1024}
REASONS_TOLD = 5
# The codes of google.rpc.Code that fit what we answer.
CODES = {400: 3, 401: 16, 403: 7, 404: 12, 413: 8, 415: 3, 429: 8, 503: 14}


def as_status(request: HttpRequest, problem: Problem) -> HttpResponse:
    """A refusal in the sender's own encoding."""
    status = Status(code=CODES.get(problem.status, 2), message=str(problem))
    return _answer(request, status, status=problem.status, headers=problem.headers)


gate = machine_gate(refuse=as_status)


@gate
def metrics(request: HttpRequest, source: SignalSource) -> HttpResponse:
    """POST /ingest/otlp/v1/metrics."""
    outcome = _take(request, source, read_metrics)
    answer = ExportMetricsServiceResponse()
    if told := _told(outcome):
        answer.partial_success.rejected_data_points, answer.partial_success.error_message = told
    return _answer(request, answer)


@gate
def logs(request: HttpRequest, source: SignalSource) -> HttpResponse:
    """POST /ingest/otlp/v1/logs."""
    outcome = _take(request, source, read_logs)
    answer = ExportLogsServiceResponse()
    if told := _told(outcome):
        answer.partial_success.rejected_log_records, answer.partial_success.error_message = told
    return _answer(request, answer)


@machine_gate(prove=proven, refuse=as_status)
def traces(request: HttpRequest, source: SignalSource) -> HttpResponse:
    """POST /ingest/otlp/v1/traces: told in words that it is the wrong place, so that nobody looks for a bug."""
    raise Problem(HTTPStatus.NOT_FOUND, "airp takes metrics and logs. Send traces elsewhere: they are not kept here.")


def _take(request: HttpRequest, source: SignalSource, read: Callable[..., Parsed]) -> Outcome:
    now = timezone.now()
    media = _media_type(request)
    raw = read_gzip_body(request, MAX_BYTES, MAX_UNPACKED[media])
    try:
        parsed = _read(read, raw, source.naming, bounds_of(source, now=now), is_json=media == JSON)
    except Problem as problem:
        IngestRefusal.of_body(source, raw, detail=str(problem), now=now)
        raise
    return count_parsed(source, parsed, now=now)


def _read(read: Callable[..., Parsed], raw: bytes, naming: Naming, bounds: Bounds, *, is_json: bool) -> Parsed:
    try:
        return read(raw, naming, bounds, is_json=is_json)
    except NotOtlp as error:
        raise Problem(HTTPStatus.BAD_REQUEST, str(error)) from None
    except TooMany as error:
        raise Problem(HTTPStatus.CONTENT_TOO_LARGE, f"Nothing was stored: {error}.") from None


def _told(outcome: Outcome) -> tuple[int, str] | None:
    """How many were refused and why, or None when all was taken."""
    refused = {item.index: item for item in outcome.refused}
    if not refused:
        return None
    reasons = list(dict.fromkeys(f"{item.code}: {item.detail}" for item in refused.values()))
    more = f" (and {len(reasons) - REASONS_TOLD} other reasons)" if len(reasons) > REASONS_TOLD else ""
    return len(refused), "; ".join(reasons[:REASONS_TOLD]) + more


def _media_type(request: HttpRequest) -> str:
    media = (request.content_type or "").lower()
    if media not in MAX_UNPACKED:
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Send {PROTOBUF} or {JSON}.")
    return media


def _answer(
    request: HttpRequest, message: Message, *, status: int = HTTPStatus.OK, headers: Any = None
) -> HttpResponse:
    if (request.content_type or "").lower() == JSON:
        return HttpResponse(MessageToJson(message, indent=None), JSON, status, headers=headers)
    return HttpResponse(message.SerializeToString(), PROTOBUF, status, headers=headers)
