"""POST /ingest/v1/complaints: complaints that other programs took, one or many. Each counts once by its id."""

from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from incidents.classification.models import HarmKind
from incidents.complaints.reading import Frame, read_complaint
from incidents.complaints.taking import Draft, take_in
from incidents.detection.gate import Problem, for_machines
from incidents.detection.ingestion import Outcome, Refused, bounds_of
from incidents.detection.parsers.signals import Unacceptable
from incidents.detection.receiving import read_batch
from incidents.detection.repeating import OtherBody, StillRunning, once
from incidents.detection.sources import SignalSource

# Complaints reach us late: by letter, or when a backlog is worked off.
OLDEST = timedelta(days=366)


@for_machines
def complaints(request: HttpRequest, source: SignalSource) -> HttpResponse:
    """A JSON array, a single object, or newline-delimited JSON."""
    now = timezone.now()
    batch = read_batch(request, source, now=now)
    try:
        answer = once(source, batch.key, batch.raw, partial(take, source, batch.items, now=now), now=now)
    except StillRunning:
        raise Problem(HTTPStatus.CONFLICT, "The first request with this Idempotency-Key is still running.") from None
    except OtherBody:
        detail = "This Idempotency-Key was used before with another body."
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail) from None
    headers = {"Idempotent-Replayed": "true"} if answer.is_replay else {}
    return JsonResponse(answer.body, status=answer.status, headers=headers)


def take(source: SignalSource, items: list[Any], *, now: datetime) -> Outcome:
    """Store and count the good items and name what is wrong with the others. Also for `airp.complaint.v1` events."""
    outcome = Outcome()
    frame = frame_of(source, now=now)
    drafts: list[tuple[int, Draft]] = []
    for index, item in enumerate(items):
        try:
            drafts.append((index, read_complaint(item, frame)))
        except Unacceptable as error:
            outcome.refused.append(Refused(index, error.code, error.detail))
    return take_in(source, drafts, outcome, by=None, now=now).outcome


def frame_of(source: SignalSource, *, now: datetime) -> Frame:
    bounds = bounds_of(source, now=now)
    kinds = HarmKind.objects.filter(retired_at__isnull=True).values_list("slug", "pk")
    return Frame(
        now=now, systems=bounds.systems, harm_kinds=dict(kinds), max_future=bounds.max_future, max_age=OLDEST
    )
