"""PagerDuty's change events at /v2/change/enqueue: what the sender changed becomes a mark in time."""

from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from incidents.detection.gate import guarded
from incidents.detection.ingestion import Outcome, note_outcome
from incidents.detection.marking import take_changes
from incidents.detection.parsers.changes import Change, read_change_event
from incidents.detection.parsers.pagerduty import InvalidEvent
from incidents.detection.receiving_pagerduty import as_pagerduty, invalid, proven_event, refuse_event
from incidents.detection.sources import SignalSource


@guarded(refuse=as_pagerduty)
def enqueue(request: HttpRequest) -> HttpResponse:
    """POST /v2/change/enqueue: one change event."""
    try:
        source, event = proven_event(request)
    except InvalidEvent as error:
        return invalid(error.errors)
    return _answer(source, event, now=timezone.now())


def _answer(source: SignalSource, event: dict[str, Any], *, now: datetime) -> HttpResponse:
    try:
        change = read_change_event(event)
    except InvalidEvent as error:
        refuse_event(source, event, str(error), now=now)
        return invalid(error.errors)
    outcome = _take(source, change, now=now)
    if outcome.refused:
        return invalid([refused.detail for refused in outcome.refused])
    body = {"status": "success", "message": "Change event processed"}
    return JsonResponse(body, status=HTTPStatus.ACCEPTED)


@transaction.atomic
def _take(source: SignalSource, change: Change, *, now: datetime) -> Outcome:
    outcome = Outcome()
    take_changes(source, [(0, change)], outcome, now=now)
    note_outcome(source, outcome, now=now)
    return outcome
