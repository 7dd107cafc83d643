"""How long originals of harm samples are kept: to the end of the incident, and then for their term, unless held."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from airp.audit.models import record
from incidents.impact.samples import SampleOriginal
from incidents.response.states import ENDED

BATCH = 500
MOST_BATCHES = 20


def erase_expired(*, now: datetime) -> int:
    """Delete originals past their term, in batches of their own transactions; returns how many."""
    total = 0
    for _batch in range(MOST_BATCHES):
        erased = _erase_batch(now=now)
        total += erased
        if erased < BATCH:
            break
    return total


@transaction.atomic
def _erase_batch(*, now: datetime) -> int:
    expired = SampleOriginal.objects.filter(
        sample__at__lt=now - settings.SAMPLES_KEPT, sample__incident__state__in=ENDED
    )
    for held in import_string(settings.EVIDENCE_HOLDS):
        expired = expired.exclude(sample__incident__in=held())
    locked = expired.select_for_update(of=("self",), skip_locked=True).order_by("pk")[:BATCH]
    ids = [original.pk for original in locked.only("pk")]
    if ids:
        SampleOriginal.objects.filter(pk__in=ids).delete()
        # What is left of them: their redacted samples, their commitments, and this.
        record(act="samples.erased", at=now, by=None, object_label="term", facts={"count": len(ids), "samples": ids})
    return len(ids)
