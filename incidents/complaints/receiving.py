"""POST /ingest/v1/complaints: complaints that other programs took, one or many. Each counts once by its id."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from incidents.classification.models import HarmKind
from incidents.complaints.drafts import Draft
from incidents.complaints.reading import Frame, read_complaint
from incidents.complaints.taking import take_in
from incidents.detection.gate import for_machines
from incidents.detection.ingestion import Outcome, bounds_of
from incidents.detection.parsers.signals import Unacceptable
from incidents.detection.receiving import answer_once, read_batch
from incidents.detection.sources import SignalSource

# Complaints reach us late: by letter, or when a backlog is worked off.
OLDEST = timedelta(days=366)


@for_machines
def complaints(request: HttpRequest, source: SignalSource) -> HttpResponse:
    """A JSON array, a single object, or newline-delimited JSON."""
    now = timezone.now()
    return answer_once(source, read_batch(request, source, now=now), partial(take, now=now), now=now)


def take(source: SignalSource, items: list[Any], *, now: datetime) -> Outcome:
    """Store and count the good items and name what is wrong with the others. Also for `airp.complaint.v1` events."""
    outcome = Outcome()
    frame = frame_of(source, now=now)
    drafts: list[tuple[int, Draft]] = []
    for index, item in enumerate(items):
        try:
            draft = read_complaint(item, frame)
        except Unacceptable as error:
            outcome.refuse(index, error.code, error.detail, item)
            continue
        if source.is_self_test or item.get("test") is True:
            outcome.tests += 1
        else:
            drafts.append((index, draft))
    return take_in(source, drafts, outcome, by=None, now=now).outcome


def frame_of(source: SignalSource, *, now: datetime) -> Frame:
    bounds = bounds_of(source, now=now)
    kinds = HarmKind.objects.filter(retired_at__isnull=True).values_list("slug", "pk")
    return Frame(now=now, systems=bounds.systems, harm_kinds=dict(kinds), max_future=bounds.max_future, max_age=OLDEST)
