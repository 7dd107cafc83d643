"""Pins: entries of the record that everybody who joins should read first. The entry itself stays as it is."""

from datetime import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from airp.accounts.models import User
from airp.accounts.roles import Capability
from incidents.attention.locking import lock
from incidents.response.kinds import Kind
from incidents.response.models import Incident
from incidents.response.refusals import AlreadyDone, Refusal
from incidents.response.timeline import TimelineEntry, append

MOST_PINS = 12


class TooManyPins(Refusal):
    """What everybody should read first must stay short."""


class PinQuerySet(models.QuerySet["Pin"]):
    def standing(self) -> Self:
        return self.filter(ended_at__isnull=True)


class Pin(models.Model):
    """One entry, held up by somebody until somebody takes it down."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="pins")
    entry = models.ForeignKey(TimelineEntry, on_delete=models.PROTECT, related_name="pins")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(gettext_lazy("pinned"))
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(gettext_lazy("unpinned"), null=True)

    objects: ClassVar[PinQuerySet] = PinQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = gettext_lazy("pin")
        verbose_name_plural = gettext_lazy("pins")
        constraints = [
            models.UniqueConstraint(
                fields=["entry"], name="one_standing_pin_per_entry", condition=models.Q(ended_at__isnull=True)
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True, ended_by__isnull=True)
                | models.Q(ended_at__isnull=False, ended_by__isnull=False),
                name="who_unpinned_is_known",
            ),
        ]
        indexes = [
            models.Index(fields=["incident"], name="pins_standing", condition=models.Q(ended_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"pin of entry {self.entry_id}"


@transaction.atomic
def pin(incident: Incident, seq: int, *, by: User, now: datetime) -> Pin:
    """Hold an entry up. Raises AlreadyDone, TooManyPins, NotPermitted, or TimelineEntry.DoesNotExist."""
    locked = lock(incident, by=by, capability=Capability.ANNOTATE)
    entry = locked.timeline.get(seq=seq)
    standing = set(Pin.objects.standing().filter(incident=locked).values_list("entry_id", flat=True))
    if entry.pk in standing:
        raise AlreadyDone(_("Entry %(n)d is pinned already.") % {"n": seq})
    if len(standing) >= MOST_PINS:
        raise TooManyPins(_("%(most)d entries are pinned, which is the limit. Unpin one first.") % {"most": MOST_PINS})
    append(locked, kind=Kind.ENTRY_PINNED, by=by, now=now, facts={"entry": seq})
    return Pin.objects.create(incident=locked, entry=entry, by=by, at=now)


@transaction.atomic
def unpin(incident: Incident, seq: int, *, by: User, now: datetime) -> None:
    """Take an entry down. Raises AlreadyDone or NotPermitted."""
    locked = lock(incident, by=by, capability=Capability.ANNOTATE)
    found = Pin.objects.standing().select_for_update().filter(incident=locked, entry__seq=seq).first()
    if found is None:
        raise AlreadyDone(_("Entry %(n)d is not pinned.") % {"n": seq})
    found.ended_by, found.ended_at = by, now
    found.save(update_fields=["ended_by", "ended_at"])
    append(locked, kind=Kind.ENTRY_UNPINNED, by=by, now=now, facts={"entry": seq})
