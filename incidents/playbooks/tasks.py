"""Celery's tasks of this package: the sweep over the tasks of incidents."""

from collections.abc import Callable, Iterable
from datetime import datetime

import structlog
from celery import shared_task
from django.utils import timezone

from incidents.playbooks.queries import due_tasks, ended_waits
from incidents.playbooks.reminding import end_wait, remind

log = structlog.get_logger(__name__)
MOST_AT_ONCE = 500


@shared_task(name="incidents.sweep_tasks", time_limit=120, soft_time_limit=90)
def sweep_tasks(**_ignored: object) -> int:
    """Remind owners and end waits; returns how many. If it never runs, overdue tasks still show on every page."""
    now = timezone.now()
    ended = _each(ended_waits(now=now, most=MOST_AT_ONCE), end_wait, now=now)
    return ended + _each(due_tasks(now=now, most=MOST_AT_ONCE), remind, now=now)


def _each(ids: Iterable[int], act: Callable[..., bool], *, now: datetime) -> int:
    """One task that raises must not stop its neighbours; the next sweep tries it again."""
    count = 0
    for pk in ids:
        try:
            count += act(pk, now=now)
        except Exception:
            log.exception("task_sweep_failed", task=pk)
    return count
