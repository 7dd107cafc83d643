"""Addresses for alerts of other systems: our own format and Alertmanager's webhook."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from incidents.detection.activity import IngestRefusal
from incidents.detection.alerting import take_reports
from incidents.detection.gate import Problem, as_document, for_machines, machine_gate, read_body
from incidents.detection.ingestion import Outcome, note_outcome
from incidents.detection.parsers.alertmanager import MAX_ALERTS, Group, read_group
from incidents.detection.parsers.reports import Report, read_report
from incidents.detection.parsers.signals import Unacceptable
from incidents.detection.parsers.strict_json import NotJson
from incidents.detection.receiving import answer_once, read_batch
from incidents.detection.sources import SignalSource

JSON = "application/json"
MAX_WEBHOOK = 1024 * 1024


@for_machines
def alerts(request: HttpRequest, source: SignalSource) -> HttpResponse:
    """POST /ingest/v1/alerts: one alert of our own format, an array of them, or one a line."""
    now = timezone.now()
    batch = read_batch(request, source, now=now)
    if len(batch.items) > MAX_ALERTS:
        detail = f"A batch may have {MAX_ALERTS} alerts. Nothing was stored."
        raise Problem(HTTPStatus.CONTENT_TOO_LARGE, detail)
    return answer_once(source, batch, partial(_take_own, now=now), now=now)


def _not_too_fast(request: HttpRequest, problem: Problem) -> HttpResponse:
    """Alertmanager gives up at 429 and tries again at 503."""
    if problem.status == HTTPStatus.TOO_MANY_REQUESTS:
        problem = Problem(HTTPStatus.SERVICE_UNAVAILABLE, str(problem), **problem.headers)
    return as_document(request, problem)


@machine_gate(refuse=_not_too_fast)
def alertmanager(request: HttpRequest, source: SignalSource) -> HttpResponse:
    """POST /ingest/alertmanager: the webhook of Alertmanager, version 4."""
    now = timezone.now()
    raw = _json_body(request, MAX_WEBHOOK)
    try:
        group = read_group(raw)
    except NotJson as error:
        raise _unreadable(source, raw, error, now=now) from None
    outcome = _take_group(source, group, now=now)
    status = outcome.status if outcome.status == HTTPStatus.UNPROCESSABLE_ENTITY else HTTPStatus.OK
    return JsonResponse(outcome.as_answer, status=status)


@transaction.atomic
def _take_own(source: SignalSource, items: list[Any], *, now: datetime) -> Outcome:
    outcome = Outcome()
    take_reports(source, _readable(items, outcome), outcome, now=now)
    note_outcome(source, outcome, now=now)
    return outcome


def _readable(items: list[Any], outcome: Outcome) -> Iterable[tuple[int, Report]]:
    for index, item in enumerate(items):
        try:
            yield index, read_report(item)
        except Unacceptable as error:
            outcome.refuse(index, error.code, error.detail, item)


@transaction.atomic
def _take_group(source: SignalSource, group: Group, *, now: datetime) -> Outcome:
    outcome = Outcome(unknown_fields=group.unknown_fields)
    for index, error in group.refused:
        outcome.refuse(index, error.code, error.detail, {})
    take_reports(source, group.reports, outcome, now=now)
    note_outcome(source, outcome, now=now)
    if group.truncated > 0:
        detail = f"Alertmanager left {group.truncated} alerts of a group out: raise max_alerts in webhook_configs"
        IngestRefusal.objects.create(source=source, at=now, index=None, code="truncated", detail=detail)
    return outcome


def _json_body(request: HttpRequest, most: int) -> bytes:
    encoding = request.headers.get("Content-Encoding", "identity").lower()
    if (request.content_type or "").lower() != JSON or encoding != "identity":
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Send {JSON} in UTF-8, not compressed.")
    return read_body(request, most)


def _unreadable(source: SignalSource, raw: bytes, error: NotJson, *, now: datetime) -> Problem:
    IngestRefusal.of_body(source, raw, detail=str(error), now=now)
    return Problem(HTTPStatus.BAD_REQUEST, str(error))
