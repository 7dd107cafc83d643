"""Tasks of harm and exposure. Each finds its work in rows; running twice or late changes nothing."""

from celery import shared_task
from django.utils import timezone

from incidents.impact import retention


@shared_task(name="incidents.erase_samples", time_limit=120, soft_time_limit=90)
def erase_samples(**_ignored: object) -> int:
    """Erase originals of harm samples past their term. If it never runs, they stay, encrypted."""
    return retention.erase_expired(now=timezone.now())


@shared_task(name="incidents.erase_attachments", time_limit=120, soft_time_limit=90)
def erase_attachments(**_ignored: object) -> int:
    """Erase the content of files past their term. If it never runs, they stay in the store."""
    return retention.erase_attachments(now=timezone.now())
