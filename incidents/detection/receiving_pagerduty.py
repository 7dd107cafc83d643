"""PagerDuty's Events API v2 at /v2/enqueue, for senders whose address can be set and nothing else.

The proof is the routing key in the body. Answers are those that PagerDuty documents: 202 and 400 are final for a
sender, 429 and 503 are tried again.
"""

from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from incidents.detection.alerting import take_reports
from incidents.detection.gate import Problem, guarded, keep_pace, read_body
from incidents.detection.ingestion import Outcome, note_outcome
from incidents.detection.parsers.pagerduty import InvalidEvent, read_event, routing_key_of
from incidents.detection.parsers.pagerduty import read_body as read_json
from incidents.detection.parsers.reports import Report
from incidents.detection.routing_keys import RoutingKey
from incidents.detection.sources import SignalSource

MAX_BODY = 512 * 1024
WORDS = {
    HTTPStatus.TOO_MANY_REQUESTS: ("throttle exceeded", "Requests for this service are arriving too quickly."),
    HTTPStatus.SERVICE_UNAVAILABLE: ("unavailable", "The event was not stored. Try again."),
}
INVALID = ("invalid event", "Event object is invalid")


def as_pagerduty(_request: HttpRequest, problem: Problem) -> HttpResponse:
    status, message = WORDS.get(problem.status, INVALID)
    body = {"status": status, "message": message, "errors": [str(problem)]}
    return JsonResponse(body, status=problem.status, headers=problem.headers)


@guarded(refuse=as_pagerduty)
def enqueue(request: HttpRequest) -> HttpResponse:
    """POST /v2/enqueue: one event."""
    try:
        source, event = proven_event(request)
    except InvalidEvent as error:
        return invalid(error.errors)
    return _answer(source, event, now=timezone.now())


def proven_event(request: HttpRequest) -> tuple[SignalSource, dict[str, Any]]:
    """The event of a request and the source whose routing key it names. Raises Problem or InvalidEvent."""
    if (request.content_type or "application/json").lower() != "application/json":
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send application/json.")
    event = read_json(read_body(request, MAX_BODY))
    return _source_of(event), event


def _source_of(event: dict[str, Any]) -> SignalSource:
    source = RoutingKey.prove(routing_key_of(event))
    if source is None:
        raise InvalidEvent("'routing_key' belongs to no live source")
    keep_pace(source)
    return source


def _answer(source: SignalSource, event: dict[str, Any], *, now: datetime) -> HttpResponse:
    try:
        report = read_event(event, new_key=uuid4().hex)
    except InvalidEvent as error:
        refuse_event(source, event, str(error), now=now)
        return invalid(error.errors)
    outcome = _take(source, report, now=now)
    if outcome.refused:
        return invalid([refused.detail for refused in outcome.refused])
    body = {"status": "success", "message": "Event processed", "dedup_key": report.key}
    return JsonResponse(body, status=HTTPStatus.ACCEPTED)


@transaction.atomic
def _take(source: SignalSource, report: Report, *, now: datetime) -> Outcome:
    outcome = Outcome()
    take_reports(source, [(0, report)], outcome, now=now)
    note_outcome(source, outcome, now=now)
    return outcome


@transaction.atomic
def refuse_event(source: SignalSource, event: dict[str, Any], detail: str, *, now: datetime) -> None:
    """Keep what was wrong with an event of a proven source."""
    outcome = Outcome()
    outcome.refuse(0, "invalid_event", detail, event)
    note_outcome(source, outcome, now=now)


def invalid(errors: list[str]) -> HttpResponse:
    status, message = INVALID
    return JsonResponse({"status": status, "message": message, "errors": errors}, status=HTTPStatus.BAD_REQUEST)
