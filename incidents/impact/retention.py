"""How long evidence is kept: to the end of the incident, and then for its term, unless held.

Of harm samples the originals go, of attachments the content. What they were stays in the record, with its hashes.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.module_loading import import_string

from airp.audit.models import record
from incidents.impact.attachments import Attachment, AttachmentErasure, store
from incidents.impact.samples import SampleOriginal
from incidents.response.states import ENDED

BATCH = 500
MOST_BATCHES = 20


def erase_expired(*, now: datetime) -> int:
    """Delete originals of samples past their term; returns how many."""
    return _in_batches(_erase_originals, now=now)


def erase_attachments(*, now: datetime) -> int:
    """Delete the content of files past their term; returns how many."""
    return _in_batches(_erase_files, now=now)


def _in_batches(erase: Callable[..., int], *, now: datetime) -> int:
    """Each batch is a transaction of its own."""
    total = 0
    for _batch in range(MOST_BATCHES):
        erased = erase(now=now)
        total += erased
        if erased < BATCH:
            break
    return total


@transaction.atomic
def _erase_originals(*, now: datetime) -> int:
    old = SampleOriginal.objects.filter(sample__at__lt=now - settings.SAMPLES_KEPT)
    locked = _free(old, path="sample__incident").select_for_update(of=("self",), skip_locked=True)
    ids = [original.pk for original in locked.only("pk")[:BATCH]]
    if ids:
        SampleOriginal.objects.filter(pk__in=ids).delete()
        # What is left of them: their redacted samples, their commitments, and this.
        record(act="samples.erased", at=now, by=None, object_label="term", facts={"count": len(ids), "samples": ids})
    return len(ids)


@transaction.atomic
def _erase_files(*, now: datetime) -> int:
    """The file goes before the note of it: a process that dies between erases it once more.

    Rows that are only ever added cannot be locked, so their incident is; of two sweeps at once one notes it.
    """
    old = Attachment.objects.filter(at__lt=now - settings.ATTACHMENTS_KEPT, erasure__isnull=True)
    free = _free(old, path="incident").select_related("incident")
    found = list(free.select_for_update(of=("incident",), skip_locked=True, no_key=True)[:BATCH])
    for attachment in found:
        store().delete(attachment.stored_as)
    if found:
        notes = [AttachmentErasure(attachment=each, at=now) for each in found]
        AttachmentErasure.objects.bulk_create(notes, ignore_conflicts=True)
        facts = {"count": len(found), "attachments": [each.pk for each in found]}
        record(act="attachments.erased", at=now, by=None, object_label="term", facts=facts)
    return len(found)


def _free(evidence: QuerySet[Any], *, path: str) -> QuerySet[Any]:
    """What belongs to incidents that have ended and that nobody holds."""
    free = evidence.filter(**{f"{path}__state__in": ENDED})
    for held in import_string(settings.EVIDENCE_HOLDS):
        free = free.exclude(**{f"{path}__in": held()})
    return free.order_by("pk")
