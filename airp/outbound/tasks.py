"""Duties of the outbox. Each finds its work in rows: running it twice or late changes nothing."""

from celery import shared_task
from django.utils import timezone

from airp.outbound.sending import send_all_due, send_this

SWEEP_BUDGET_SECONDS = 20


@shared_task(name="outbound.send_due", soft_time_limit=60, time_limit=90)
def send_due() -> None:
    """Send all that is due. If it never runs, deliveries wait and /health/ready turns red after a minute."""
    send_all_due(clock=timezone.now, budget_seconds=SWEEP_BUDGET_SECONDS)


@shared_task(name="outbound.send_one", soft_time_limit=60, time_limit=90)
def send_one(*, delivery_id: int) -> None:
    """Send one delivery at once. If it never runs, the sweep finds the delivery within 5 s."""
    send_this(delivery_id=delivery_id, clock=timezone.now)
