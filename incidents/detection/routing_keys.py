"""Keys of 32 characters for senders that speak PagerDuty's Events API: the proof stands in the body."""

import secrets
from datetime import datetime

from django.db import models, transaction

from airp.accounts.models import User
from airp.audit.models import record
from incidents.detection.sources import SignalSource, Slot, SourceState, digest_of

SHOWN_LENGTH = 6


class RoutingKey(models.Model):
    """One live key: its beginning, to tell it from the other, and the SHA-256 of the whole."""

    source = models.ForeignKey(SignalSource, on_delete=models.CASCADE, related_name="routing_keys")
    slot = models.PositiveSmallIntegerField(choices=Slot)
    beginning = models.CharField(max_length=SHOWN_LENGTH)
    digest = models.BinaryField(max_length=32, unique=True)
    issued_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "slot"], name="two_live_routing_keys_per_source")]

    def __str__(self) -> str:
        return f"{self.beginning}…"

    @classmethod
    @transaction.atomic
    def issue(cls, source: SignalSource, *, by: User | None, now: datetime) -> str:
        """A new key, shown this once. It takes the free slot, or the one of the older key, which ends now."""
        SignalSource.objects.select_for_update(no_key=True).get(pk=source.pk)
        taken = {key.slot: key for key in cls.objects.filter(source=source).order_by("issued_at")}
        slot = next((slot for slot in Slot.values if slot not in taken), next(iter(taken), Slot.FIRST))
        cls.objects.filter(source=source, slot=slot).delete()
        key = secrets.token_hex(16)
        cls.objects.create(source=source, slot=slot, beginning=key[:SHOWN_LENGTH], digest=digest_of(key), issued_at=now)
        facts = {"source": source.pk, "key": key[:SHOWN_LENGTH], "slot": slot}
        record(act="source.routing_key_issued", at=now, by=by, object_label=source.name, facts=facts)
        return key

    @classmethod
    @transaction.atomic
    def revoke_all(cls, source: SignalSource, *, by: User | None, now: datetime) -> int:
        """End all keys of a source at once. Returns how many there were."""
        ended, _by_model = cls.objects.filter(source=source).delete()
        facts = {"source": source.pk, "count": ended}
        record(act="source.routing_keys_revoked", at=now, by=by, object_label=source.name, facts=facts)
        return ended

    @classmethod
    def prove(cls, key: str) -> SignalSource | None:
        """The active source that a key belongs to, or None. Only the hash of 128 random bits is looked up."""
        found = cls.objects.select_related("source").filter(digest=digest_of(key)).first()
        return found.source if found is not None and found.source.state == SourceState.ACTIVE else None
