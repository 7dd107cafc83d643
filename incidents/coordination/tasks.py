"""Celery's tasks of this package: the sweep over promises that passed unanswered."""

from collections.abc import Callable, Iterable
from datetime import datetime

import structlog
from celery import shared_task
from django.utils import timezone

from incidents.coordination.asking import due_sign_offs, remind_of_sign_off
from incidents.coordination.handoffs.reminding import due_handoffs, remind_of_handoff
from incidents.coordination.lateness import late_lanes, note_lateness
from incidents.coordination.recording import decisions_to_revisit, note_revisit

log = structlog.get_logger(__name__)
MOST_AT_ONCE = 500


@shared_task(name="incidents.sweep_coordination", time_limit=120, soft_time_limit=90)
def sweep_coordination(**_ignored: object) -> int:
    """Late lanes, due sign-offs, handoffs, decisions; returns how many. Pages show what is late without it."""
    now = timezone.now()
    late = _each(late_lanes(now=now, most=MOST_AT_ONCE), note_lateness, now=now)
    due = _each(due_sign_offs(now=now, most=MOST_AT_ONCE), remind_of_sign_off, now=now)
    due += _each(due_handoffs(now=now, most=MOST_AT_ONCE), remind_of_handoff, now=now)
    return late + due + _each(decisions_to_revisit(now=now, most=MOST_AT_ONCE), note_revisit, now=now)


def _each(ids: Iterable[int], act: Callable[..., bool], *, now: datetime) -> int:
    """One row that raises must not stop its neighbours; the next sweep tries it again."""
    count = 0
    for pk in ids:
        try:
            count += act(pk, now=now)
        except Exception:
            log.exception("coordination_sweep_failed", row=pk)
    return count
