"""Keys of 32 characters for senders that speak PagerDuty's Events API: the proof stands in the body."""

import secrets
from datetime import datetime

from django.db import models, transaction

from airp.accounts.models import User
from airp.audit.models import record
from incidents.detection.sources import USE_NOTED_EVERY, NoFreeToken, SignalSource, Slot, SourceState, digest_of

SHOWN_LENGTH = 6


class RoutingKey(models.Model):
    """One live key: its beginning, to tell it from the other, and the SHA-256 of the whole."""

    source = models.ForeignKey(SignalSource, on_delete=models.CASCADE, related_name="routing_keys")
    slot = models.PositiveSmallIntegerField(choices=Slot)
    beginning = models.CharField(max_length=SHOWN_LENGTH)
    digest = models.BinaryField(max_length=32, unique=True)
    issued_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "slot"], name="two_live_routing_keys_per_source")]

    def __str__(self) -> str:
        return f"{self.beginning}…"

    @classmethod
    @transaction.atomic
    def issue(cls, source: SignalSource, *, by: User | None, now: datetime) -> str:
        """A new key beside the present one, shown this once. Raises NoFreeToken while two are live."""
        SignalSource.objects.select_for_update(no_key=True).get(pk=source.pk)
        taken = set(cls.objects.filter(source=source).values_list("slot", flat=True))
        slot = next((slot for slot in Slot.values if slot not in taken), None)
        if slot is None:
            raise NoFreeToken
        key = secrets.token_hex(16)
        cls.objects.create(source=source, slot=slot, beginning=key[:SHOWN_LENGTH], digest=digest_of(key), issued_at=now)
        facts = {"source": source.pk, "key": key[:SHOWN_LENGTH], "slot": slot}
        record(act="source.routing_key_issued", at=now, by=by, object_label=source.name, facts=facts)
        return key

    @transaction.atomic
    def revoke(self, *, by: User | None, now: datetime) -> None:
        """End it at once."""
        facts = {"source": self.source_id, "key": self.beginning}
        record(act="source.routing_key_revoked", at=now, by=by, object_label=self.source.name, facts=facts)
        self.delete()

    @classmethod
    def prove(cls, key: str) -> SignalSource | None:
        """The active source that a key belongs to, or None. Only the hash of 128 random bits is looked up."""
        found = cls.objects.select_related("source").filter(digest=digest_of(key)).first()
        if found is None or found.source.state != SourceState.ACTIVE:
            return None
        found.source.proven_by = found
        return found.source

    def note_use(self, *, now: datetime) -> None:
        """Remember when it was last used. At most one write a minute, however many events there are."""
        if self.last_used_at is None or now - self.last_used_at >= USE_NOTED_EVERY:
            type(self).objects.filter(pk=self.pk).update(last_used_at=now)
            self.last_used_at = now
