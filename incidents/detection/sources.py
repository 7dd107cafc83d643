"""Where signals come from: a source, its tokens, what it did lately and what was refused."""

import hashlib
import hmac
import secrets
import string
from datetime import datetime
from typing import Any, ClassVar

import pghistory
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from airp.accounts.models import User
from airp.audit.models import record
from incidents.systems.models import AISystem

TOKEN_PREFIX = "airp"  # noqa: S105 - not a secret: the public beginning of every token
PUBLIC_ID_LENGTH = 8
MAX_SERIES = 10_000
_ALPHABET = string.ascii_lowercase + string.digits


class SourceState(models.TextChoices):
    ACTIVE = "active", _("Active")
    RETIRED = "retired", _("Retired")


@pghistory.track()
class SignalSource(models.Model):
    """A client that posts signals, proven by a token of its own."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    system = models.ForeignKey(
        AISystem,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="sources",
        verbose_name=_("AI system"),
        help_text=_("Signals about other systems are refused. Leave empty for a source that reports on all systems."),
    )
    state = models.CharField(
        _("state"),
        max_length=8,
        choices=SourceState,
        default=SourceState.ACTIVE,
        help_text=_("The tokens of a retired source are refused; its signals stay."),
    )
    expected_interval_seconds = models.PositiveIntegerField(
        _("sends at least every (seconds)"),
        default=60,
        validators=[MinValueValidator(10), MaxValueValidator(86_400)],
        help_text=_("After three such intervals of silence the source is shown as silent."),
    )
    lateness_seconds = models.PositiveIntegerField(
        _("lateness (seconds)"),
        default=120,
        validators=[MaxValueValidator(86_400)],
        help_text=_("How late a signal may normally arrive. Windows of thresholds must be longer than this."),
    )
    max_future_seconds = models.PositiveIntegerField(
        _("clock may run ahead (seconds)"), default=60, validators=[MaxValueValidator(600)]
    )
    max_age_days = models.PositiveIntegerField(
        _("oldest signal accepted (days)"), default=7, validators=[MinValueValidator(1), MaxValueValidator(7)]
    )
    note = models.TextField(_("note"), blank=True)

    class Meta:
        verbose_name = _("signal source")
        verbose_name_plural = _("signal sources")

    def __str__(self) -> str:
        return self.name

    @transaction.atomic
    def issue_token(self, *, by: User | None, now: datetime) -> str:
        """A new token, shown this once. It takes the free slot, or the one of the older token, which ends now."""
        type(self).objects.select_for_update(no_key=True).get(pk=self.pk)
        taken = {token.slot: token for token in self.tokens.order_by("issued_at")}
        slot = next((slot for slot in Slot.values if slot not in taken), next(iter(taken), Slot.FIRST))
        self.tokens.filter(slot=slot).delete()
        public_id, secret = _random_id(), secrets.token_urlsafe(32)
        token = f"{TOKEN_PREFIX}_{public_id}_{secret}"
        SourceToken.objects.create(source=self, slot=slot, public_id=public_id, digest=digest_of(token), issued_at=now)
        facts = {"source": self.pk, "token": public_id, "slot": slot}
        record(act="source.token_issued", at=now, by=by, object_label=self.name, facts=facts)
        return token

    @transaction.atomic
    def revoke_token(self, public_id: str, *, by: User | None, now: datetime) -> None:
        """End a token at once. Raises SourceToken.DoesNotExist for one that is not this source's."""
        self.tokens.get(public_id=public_id).delete()
        facts = {"source": self.pk, "token": public_id}
        record(act="source.token_revoked", at=now, by=by, object_label=self.name, facts=facts)

    def is_silent(self, *, now: datetime) -> bool:
        """Nothing was heard for three expected intervals."""
        heard = self.activity.last_seen_at if hasattr(self, "activity") else None
        return heard is None or (now - heard).total_seconds() > 3 * self.expected_interval_seconds


class Slot(models.IntegerChoices):
    """Two live tokens at most: the new one is spread before the old one ends."""

    FIRST = 1, _("first")
    SECOND = 2, _("second")


class SourceToken(models.Model):
    """One live token: its public id and the SHA-256 of the whole. 256 random bits need no slow hash."""

    source = models.ForeignKey(SignalSource, on_delete=models.CASCADE, related_name="tokens")
    slot = models.PositiveSmallIntegerField(choices=Slot)
    public_id = models.CharField(max_length=PUBLIC_ID_LENGTH, unique=True)
    digest = models.BinaryField(max_length=32)
    issued_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "slot"], name="two_live_tokens_per_source")]

    def __str__(self) -> str:
        return f"{TOKEN_PREFIX}_{self.public_id}_…"

    @classmethod
    def prove(cls, token: str) -> SignalSource | None:
        """The active source that a token belongs to, or None. Compares in constant time."""
        parts = token.split("_", 2)
        if len(parts) != 3 or parts[0] != TOKEN_PREFIX or "\x00" in token:
            return None
        found = cls.objects.select_related("source").filter(public_id=parts[1]).first()
        if found is None or not hmac.compare_digest(bytes(found.digest), digest_of(token)):
            return None
        return found.source if found.source.state == SourceState.ACTIVE else None


class SourceActivity(models.Model):
    """What a source did so far. Apart from the source, so that its history holds only configuration."""

    source = models.OneToOneField(SignalSource, on_delete=models.CASCADE, primary_key=True, related_name="activity")
    last_seen_at = models.DateTimeField(_("last seen"))
    accepted_count = models.PositiveBigIntegerField(_("accepted"), default=0)
    duplicate_count = models.PositiveBigIntegerField(_("duplicates"), default=0)
    refused_count = models.PositiveBigIntegerField(_("refused"), default=0)
    late_count = models.PositiveBigIntegerField(_("late"), default=0)
    unknown_field_count = models.PositiveBigIntegerField(_("unknown fields"), default=0)

    def __str__(self) -> str:
        return f"activity of source {self.source_id}"

    COUNTERS: ClassVar = ("accepted_count", "duplicate_count", "refused_count", "late_count", "unknown_field_count")

    @classmethod
    def note(cls, source: SignalSource, *, now: datetime, **counts: int) -> None:
        """Add to the counters and move `last_seen_at`, in the caller's transaction."""
        SourceActivity.objects.bulk_create([SourceActivity(source=source, last_seen_at=now)], ignore_conflicts=True)
        changes: dict[str, Any] = {name: models.F(name) + more for name, more in counts.items() if more}
        cls.objects.filter(source=source).update(last_seen_at=now, **changes)


class IngestRefusal(models.Model):
    """One refused item or body, for the people who run the sender. Kept for a week."""

    source = models.ForeignKey(SignalSource, on_delete=models.CASCADE, related_name="refusals")
    at = models.DateTimeField()
    index = models.PositiveIntegerField(null=True)
    code = models.CharField(max_length=30)
    detail = models.CharField(max_length=300)

    class Meta:
        indexes = [models.Index(fields=["source", "-at", "-id"], name="refusals_newest_first")]

    def __str__(self) -> str:
        return f"{self.code} at item {self.index}"


def digest_of(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _random_id() -> str:
    return "".join(secrets.choice(_ALPHABET) for _place in range(PUBLIC_ID_LENGTH))
