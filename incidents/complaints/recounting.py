"""The count of a complaint, and how it moves with the category: from one series to another, in one transaction."""

import hashlib
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from incidents.complaints.channels import counted_category
from incidents.detection.counting import take_from_buckets
from incidents.detection.ingestion import Outcome, count_signals, series_of
from incidents.detection.late.marks import mark_late
from incidents.detection.occurrences import take_occurrence
from incidents.detection.parsers.signals import Signal, SignalKind
from incidents.response.refusals import Refusal

if TYPE_CHECKING:
    from incidents.complaints.complaint import Complaint


class CountNotMoved(Refusal):
    """The source has too many categories already."""


def signal_of(complaint: "Complaint", *, is_late: bool) -> Signal:
    """The one signal as which a complaint counts: at the time when it was made, for the person who made it."""
    identity = hashlib.sha256(complaint.external_id.encode()).hexdigest()
    return Signal(
        id=f"complaint/{identity}",
        payload_hash=bytes(complaint.payload_hash),
        at=complaint.received_at,
        system_id=complaint.system_id,
        kind=SignalKind.COMPLAINT,
        category=counted_category(complaint.category, complaint.priority_contact),
        labels=(),
        n=1,
        bad=0,
        n_raw=1,
        value=None,
        is_late=is_late,
        unknown_fields=0,
        # Without a person it counts as somebody else each time.
        subject=complaint.person,
        is_hashed=True,
    )


def move_count(complaint: "Complaint", *, to: str, now: datetime) -> None:
    """Count the complaint under another category instead. Does nothing where both count as the same."""
    before = signal_of(complaint, is_late=True)
    category = counted_category(to, complaint.priority_contact)
    if category == before.category:
        return
    moves = complaint.entries.count() + 1
    after = replace(before, id=f"{before.id}/{moves}", category=category)
    series_id = series_of(complaint.source, before)
    if series_id is not None:
        take_from_buckets(series_id, before, now=now)
        mark_late([(series_id, before.minute)], source=complaint.source, now=now)
        take_occurrence(complaint.source, series_id, before)
    outcome = Outcome()
    count_signals(complaint.source, [(0, after)], outcome, now=now)
    if outcome.refused:
        raise CountNotMoved(outcome.refused[0].detail)
