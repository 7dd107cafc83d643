"""Makers of complaints, in the way that they come in."""

from datetime import datetime
from typing import Any

from incidents.complaints.complaint import Complaint
from incidents.complaints.drafts import Draft
from incidents.complaints.own_source import own_source
from incidents.complaints.taking import take_in
from incidents.detection.ingestion import Outcome
from incidents.detection.series import HourBucket, SignalBucket
from incidents.systems.models import AISystem
from tests.incidents.detection import makers

CANARY = "Zitronenfalter"
TEXT = f"The chat promised my money back. I am {CANARY}, write to {CANARY}@example.com or call +47 912 34 567."


def draft(number: int | str = 1, *, at: datetime, system: AISystem | None = None, **fields: Any) -> Draft:
    known = {"channel": "phone", "category": "refund", "text": TEXT, "complainant": f"{number}@example.com"}
    system = system or makers.system()
    return Draft(external_id=f"test/{number}", system_id=system.pk, received_at=at, **{**known, **fields})


def complaint(number: int | str = 1, *, at: datetime, **fields: Any) -> Complaint:
    taken = take_in(own_source(), [(0, draft(number, at=at, **fields))], Outcome(), by=None, now=at)
    return taken.complaints[0]


def counted(category: str) -> tuple[int, int]:
    """Of one category: complaints in minute and hour buckets."""
    minutes = SignalBucket.objects.filter(series__kind="complaint", series__category=category)
    hours = HourBucket.objects.filter(series__kind="complaint", series__category=category)
    return sum(minutes.values_list("n", flat=True)), sum(hours.values_list("n", flat=True))
