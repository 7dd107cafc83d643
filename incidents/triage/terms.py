"""By when somebody must have looked at what carries no clock of its own."""

from datetime import datetime, timedelta

from django.conf import settings


def respond_by(at: datetime, *, is_urgent: bool) -> datetime:
    """The moment until which triage must have decided on what was told at a time."""
    if is_urgent:
        return at + timedelta(minutes=settings.TRIAGE_URGENT_MINUTES)
    return at + timedelta(hours=settings.TRIAGE_HOURS)
