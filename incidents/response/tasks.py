"""Tasks of the incident core."""

from time import monotonic

from celery import shared_task
from django.utils import timezone

from incidents.response.timeline import REACT_TASK, react_to_next

BUDGET_SECONDS = 20


@shared_task(name=REACT_TASK, time_limit=120, soft_time_limit=90)
def react(**_ignored: object) -> int:
    """Draw the consequences of all waiting facts; returns how many. If it never runs, nobody is alerted."""
    drawn, until = 0, monotonic() + BUDGET_SECONDS
    while monotonic() < until and react_to_next(now=timezone.now()):
        drawn += 1
    return drawn
