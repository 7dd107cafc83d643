"""From a draft to a stored complaint that is counted once: the one way in for form, staff, CSV and programs.

The source's row is locked for a batch, so that batches of one source never race: what is not stored yet is new for
sure. Complaint, original, count and first entry are written in one transaction.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from airp.accounts.models import User
from incidents.complaints.channels import priority_of
from incidents.complaints.complaint import Complaint, ComplaintEntry, ComplaintOriginal
from incidents.complaints.drafts import Draft
from incidents.complaints.persons import digest_of_code, person_hash
from incidents.complaints.recounting import signal_of
from incidents.complaints.states import State
from incidents.detection.ingestion import Outcome, count_signals
from incidents.detection.parsers.signals import MINUTE
from incidents.detection.sources import SignalSource
from incidents.response.redacting import redact
from incidents.triage.terms import respond_by

TAKEN = "take"
CONFLICT = "this id was used before with other content; the first one counts"


@dataclass(slots=True)
class Taken:
    """What became of a batch, and the complaints that are new, by their place in it."""

    outcome: Outcome = field(default_factory=Outcome)
    complaints: dict[int, Complaint] = field(default_factory=dict)


@transaction.atomic
def take_in(
    source: SignalSource, drafts: list[tuple[int, Draft]], outcome: Outcome, *, by: User | None, now: datetime
) -> Taken:
    """Store and count the drafts that are new. `outcome` may hold refusals of the batch already."""
    # A weak lock: receipts and series may still refer to the source.
    SignalSource.objects.select_for_update(no_key=True).get(pk=source.pk)
    taken = Taken(outcome)
    fresh = _new_ones(source, drafts, outcome)
    made = {index: _complaint(source, draft, now=now) for index, draft in fresh.items()}
    lateness = timedelta(seconds=source.lateness_seconds)
    signals = [
        (index, signal_of(each, is_late=each.received_at + MINUTE + lateness < now)) for index, each in made.items()
    ]
    outcome.unknown_fields += sum(draft.unknown_fields for _index, draft in drafts)
    count_signals(source, signals, outcome, now=now)
    refused = {item.index for item in outcome.refused}
    taken.complaints = {index: each for index, each in made.items() if index not in refused}
    _store(taken.complaints, fresh, by=by, now=now)
    return taken


def _new_ones(source: SignalSource, drafts: list[tuple[int, Draft]], outcome: Outcome) -> dict[int, Draft]:
    """The drafts whose id is new; the others are told apart into duplicates and conflicts."""
    ids = [draft.external_id for _index, draft in drafts]
    known = Complaint.objects.filter(source=source, external_id__in=ids).values_list("external_id", "payload_hash")
    hashes = {external_id: bytes(payload) for external_id, payload in known}
    fresh: dict[int, Draft] = {}
    for index, draft in drafts:
        if draft.external_id not in hashes:
            hashes[draft.external_id] = draft.payload_hash
            fresh[index] = draft
        elif hashes[draft.external_id] == draft.payload_hash:
            outcome.duplicates += 1
        else:
            outcome.refuse(index, "conflict", CONFLICT, {"id": draft.external_id})
    return fresh


def _complaint(source: SignalSource, draft: Draft, *, now: datetime) -> Complaint:
    return Complaint(
        code_digest=digest_of_code(draft.code),
        source=source,
        external_id=draft.external_id,
        payload_hash=draft.payload_hash,
        system_id=draft.system_id,
        harm_kind_id=draft.harm_kind_id,
        category=draft.category,
        channel=draft.channel,
        priority_contact=priority_of(draft.channel, draft.priority_contact),
        language=draft.language,
        happened_at=draft.happened_at,
        received_at=draft.received_at,
        recorded_at=now,
        changed_at=now,
        person=person_hash(draft.complainant),
        contact_allowed=draft.contact_allowed,
        text=redact(draft.text),
        state=State.NEW,
        respond_by=respond_by(now, is_urgent=bool(priority_of(draft.channel, draft.priority_contact))),
    )


def _store(made: dict[int, Complaint], drafts: dict[int, Draft], *, by: User | None, now: datetime) -> None:
    for (year, number), each in zip(_numbers(len(made), now=now), made.values(), strict=True):
        each.reference = f"CMP-{year}-{number:05d}"
    Complaint.objects.bulk_create(made.values())
    ComplaintOriginal.objects.bulk_create(
        ComplaintOriginal(
            complaint=each,
            text=drafts[index].text,
            contact=drafts[index].complainant,
            attachments="\n".join(drafts[index].attachments),
        )
        for index, each in made.items()
    )
    ComplaintEntry.objects.bulk_create(
        ComplaintEntry(complaint=each, at=now, by=by, verb=TAKEN, state_after=State.NEW) for each in made.values()
    )


def _numbers(count: int, *, now: datetime) -> list[tuple[int, int]]:
    """The next numbers of the year, without gaps: they are taken in the transaction that uses them."""
    if not count:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO incidents_complaintcounter (year, last) VALUES (%(year)s, %(count)s)"
            " ON CONFLICT (year) DO UPDATE SET last = incidents_complaintcounter.last + %(count)s RETURNING last",
            {"year": now.year, "count": count},
        )
        last: int = cursor.fetchone()[0]
    return [(now.year, number) for number in range(last - count + 1, last + 1)]


def facts_of(outcome: Outcome) -> dict[str, Any]:
    """Numbers for an audit entry."""
    return {"accepted": outcome.accepted, "duplicates": outcome.duplicates, "refused": len(outcome.refused)}
