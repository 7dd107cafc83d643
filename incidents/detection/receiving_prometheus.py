"""Prometheus remote write 1.0. The headers say exactly how many samples were written.

Senders repeat what gets 5xx and drop what gets another 4xx, so nothing but a flaw of the body itself may be a 4xx.
"""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from incidents.detection.activity import IngestRefusal
from incidents.detection.gate import Problem, keep_pace, machine_gate, proven, read_body
from incidents.detection.ingestion import Outcome, bounds_of
from incidents.detection.metering import count_parsed
from incidents.detection.parsers.prometheus import NotRemoteWrite, read_write
from incidents.detection.parsers.snappy import NotSnappy, TooLarge, unpack
from incidents.detection.sources import SignalSource
from incidents.detection.vocabularies import vocabularies

MAX_BYTES = 4 * 1024 * 1024
MAX_UNPACKED = 32 * 1024 * 1024
PROTOBUF, WRITE_1 = "application/x-protobuf", "prometheus.WriteRequest"
REASONS_TOLD = 5
WRITTEN = "X-Prometheus-Remote-Write-{}-Written"


def by_token(request: HttpRequest) -> SignalSource:
    """Its source; one that knocks too often is told to wait with a status that it repeats."""
    source = proven(request)
    keep_pace(source, status=HTTPStatus.SERVICE_UNAVAILABLE)
    return source


def as_text(_request: HttpRequest, problem: Problem) -> HttpResponse:
    """Senders log the text; the headers say that nothing was written."""
    return _answer(str(problem), status=problem.status, samples=0, headers=problem.headers)


@machine_gate(prove=by_token, refuse=as_text)
def write(request: HttpRequest, source: SignalSource) -> HttpResponse:
    """POST /ingest/prometheus/v1/write."""
    now = timezone.now()
    _check_type(request)
    packed = read_body(request, MAX_BYTES)
    bounds = bounds_of(source, now=now)
    try:
        parsed = read_write(unpack(packed, MAX_UNPACKED), vocabularies.of(source, bounds), bounds)
    except TooLarge as error:
        raise Problem(HTTPStatus.CONTENT_TOO_LARGE, str(error)) from None
    except (NotSnappy, NotRemoteWrite) as error:
        IngestRefusal.of_body(source, packed, detail=str(error), now=now)
        raise Problem(HTTPStatus.BAD_REQUEST, str(error)) from None
    outcome = count_parsed(source, parsed, now=now)
    samples = outcome.accepted + outcome.duplicates + outcome.dropped
    if outcome.refused:
        return _answer(_reasons(outcome), status=HTTPStatus.BAD_REQUEST, samples=samples, headers={})
    return _answer("", status=HTTPStatus.NO_CONTENT, samples=samples, headers={})


def _check_type(request: HttpRequest) -> None:
    parameters = request.content_params or {}
    if (request.content_type or "").lower() != PROTOBUF or parameters.get("proto", WRITE_1) != WRITE_1:
        detail = f"Send remote write 1.0: Content-Type {PROTOBUF}, or {PROTOBUF};proto={WRITE_1}."
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, detail)
    if request.headers.get("Content-Encoding", "").lower() != "snappy":
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send Content-Encoding: snappy.")


def _reasons(outcome: Outcome) -> str:
    reasons = list(dict.fromkeys(f"{item.code}: {item.detail}" for item in outcome.refused))
    told = "; ".join(reasons[:REASONS_TOLD])
    return f"{len(outcome.refused)} samples were refused, the others were stored. {told}"


def _answer(text: str, *, status: int, samples: int, headers: dict[str, str]) -> HttpResponse:
    counts = {"Samples": samples, "Histograms": 0, "Exemplars": 0}
    written = {WRITTEN.format(name): str(count) for name, count in counts.items()}
    return HttpResponse(text, "text/plain; charset=utf-8", status, headers=headers | written)
