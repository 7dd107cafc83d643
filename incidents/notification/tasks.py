"""Tasks of notification."""

from collections.abc import Callable
from functools import partial

import structlog
from celery import shared_task
from django.utils import timezone

from incidents.notification.bundling import post_waiting
from incidents.notification.channels.copying import second_channels
from incidents.notification.escalation import climb_past, escalate, failed_alerts, overdue_incidents

log = structlog.get_logger(__name__)


@shared_task(name="incidents.escalate", time_limit=120, soft_time_limit=90)
def climb(**_ignored: object) -> int:
    """Call the next person where nobody acknowledged in time or the alert could not be delivered, and post what waits.

    If it never runs, such incidents stay with their owner; the overdue rung shows on their page. Returns how
    many rungs were climbed.
    """
    now = timezone.now()
    due = [partial(escalate, incident_id, now=now) for incident_id in overdue_incidents(now=now)]
    unreached = [
        partial(climb_past, alert_id, incident_id=incident_id, now=now) for alert_id, incident_id in failed_alerts()
    ]
    climbed = sum(_sparing_the_others(step) for step in [*due, *unreached])
    post_waiting(now=now)
    second_channels(now=now)
    return climbed


def _sparing_the_others(step: Callable[[], int]) -> int:
    """One incident that raises must not stop its neighbours; the next sweep tries it again."""
    try:
        return step()
    except Exception:
        log.exception("escalation_failed")
        return 0
