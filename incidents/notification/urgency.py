"""How urgent an alert is, and from when on it may be mailed."""

from datetime import datetime, timedelta

from incidents.response.models import Incident

URGENT_UP_TO_RANK = 2
URGENT, ORDINARY = 1, 3
URGENT_SEVERITIES = frozenset({"SEV1", "SEV2"})
NEWS_WAITS_FOR = timedelta(minutes=2)


def priority_of(incident: Incident) -> int:
    return URGENT if incident.terms["rank"] <= URGENT_UP_TO_RANK else ORDINARY


def mail_due_at(*, raised_at: datetime, priority: int, asks: bool) -> datetime:
    """At once for what asks for something; what only tells waits for more of its kind, unless it is urgent."""
    is_news = not asks and priority != URGENT
    return raised_at + NEWS_WAITS_FOR if is_news else raised_at
