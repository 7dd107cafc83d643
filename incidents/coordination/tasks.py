"""Celery's tasks of this package: the sweep over promises that passed unanswered."""

from collections.abc import Callable, Iterable
from datetime import datetime

import structlog
from celery import shared_task
from django.utils import timezone

from incidents.coordination.lateness import late_lanes, note_lateness

log = structlog.get_logger(__name__)
MOST_AT_ONCE = 500


@shared_task(name="incidents.sweep_lanes", time_limit=120, soft_time_limit=90)
def sweep_lanes(**_ignored: object) -> int:
    """Note late lanes and call somebody; returns how many. If it never runs, the lane still shows as overdue."""
    now = timezone.now()
    return _each(late_lanes(now=now, most=MOST_AT_ONCE), note_lateness, now=now)


def _each(ids: Iterable[int], act: Callable[..., bool], *, now: datetime) -> int:
    """One row that raises must not stop its neighbours; the next sweep tries it again."""
    count = 0
    for pk in ids:
        try:
            count += act(pk, now=now)
        except Exception:
            log.exception("coordination_sweep_failed", row=pk)
    return count
