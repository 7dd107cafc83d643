"""The outbox: every text that leaves is a delivery, written with its cause and shown until it has an end."""

from datetime import datetime, timedelta

from django.db import models, transaction
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from airp.accounts.models import User
from airp.accounts.roles import Capability
from airp.accounts.secrets import EncryptedTextField
from airp.audit.chain import commit_to, new_salt
from airp.audit.models import append_only, record
from airp.outbound.endpoints import AllowedHost, Clearance, Endpoint, EndpointState
from airp.outbound.personal import ChannelKind, ChannelState, PersonalChannel
from airp.web.wake import wake

__all__ = [
    "AllowedHost",
    "Attempt",
    "ChannelKind",
    "ChannelState",
    "Clearance",
    "Delivery",
    "Endpoint",
    "EndpointState",
    "PersonalChannel",
]

MOST_URGENT, LEAST_URGENT = 1, 9


class Channel(models.TextChoices):
    MAIL = "mail", _("Mail")
    WEBHOOK = "webhook", _("Webhook")
    SLACK = "slack", _("Slack-compatible webhook")
    APPRISE = "apprise", _("Another service")


class DeliveryState(models.TextChoices):
    PENDING = "pending", _("Waiting")
    LEASED = "leased", _("Being sent")
    SENT = "sent", _("Sent")
    UNKNOWN = "unknown", _("Unknown")
    DEAD = "dead", _("Failed")
    SUPERSEDED = "superseded", _("Superseded")
    CANCELLED = "cancelled", _("Discarded")


class BodyPolicy(models.TextChoices):
    """How long the text is kept. One-time links are wiped as soon as they are out."""

    KEEP = "keep", _("Kept")
    WIPE = "wipe", _("Wiped once sent")


# Services of a person that know no key to tell a repeat by.
KEYLESS = frozenset({Channel.SLACK, Channel.APPRISE})
OPEN_STATES = (DeliveryState.PENDING, DeliveryState.LEASED, DeliveryState.UNKNOWN)
FAILED_STATES = (DeliveryState.UNKNOWN, DeliveryState.DEAD)


class DeliveryNotFailed(Exception):
    """Only a delivery that failed, or whose fate is unknown, can be retried."""


class DeliveryAlreadyEnded(Exception):
    """A delivery that was sent, superseded or discarded, or is being sent now, cannot be discarded."""


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Deliveries by what has become of them."""

    def open(self) -> "DeliveryQuerySet":
        return self.filter(state__in=OPEN_STATES)

    def failed(self) -> "DeliveryQuerySet":
        return self.filter(state__in=FAILED_STATES)

    def due(self, now: datetime) -> "DeliveryQuerySet":
        return self.open().alias(ready_at=Coalesce("lease_until", "due_at")).filter(ready_at__lte=now)


class Delivery(models.Model):
    """One text to one address over one channel: a row that ends sent, unknown or dead, always visibly.

    `due_at` is the time of the next try; a row in doubt whose tries are used up has none. A claim puts the
    row under a lease: `lease_token` and `attempt_count` together fence its finish against a slower worker.
    """

    idem_key = models.UUIDField(editable=False)
    cause = models.CharField(_("cause"), max_length=200)
    step = models.CharField(_("step"), max_length=80)
    kind = models.CharField(_("what"), max_length=80)
    subject_key = models.CharField(_("about"), max_length=80, blank=True)
    entry_seq = models.PositiveBigIntegerField(_("timeline entry"), null=True)
    visibility = models.CharField(max_length=10, choices=Clearance, default=Clearance.NORMAL)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    recipient = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("to whom")
    )
    endpoint = models.ForeignKey(
        Endpoint, on_delete=models.PROTECT, null=True, related_name="deliveries", verbose_name=_("endpoint")
    )
    personal = models.ForeignKey(
        PersonalChannel, on_delete=models.PROTECT, null=True, related_name="deliveries", verbose_name=_("own channel")
    )
    address = models.CharField(_("address"), max_length=500)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    body = EncryptedTextField(_("text"), blank=True)
    enclosure = EncryptedTextField(_("one-time links"), blank=True)
    body_policy = models.CharField(max_length=10, choices=BodyPolicy, default=BodyPolicy.KEEP)
    priority = models.PositiveSmallIntegerField(_("priority"), default=3)
    ordering_key = models.CharField(max_length=160, blank=True)
    supersedes_kind = models.CharField(max_length=80, blank=True)
    planned_at = models.DateTimeField(_("planned"))
    due_at = models.DateTimeField(_("next try"), null=True)
    expires_at = models.DateTimeField(_("useless after"), null=True)
    state = models.CharField(_("state"), max_length=10, choices=DeliveryState, default=DeliveryState.PENDING)
    attempt_count = models.PositiveIntegerField(_("tries"), default=0)
    spent_attempt_count = models.PositiveIntegerField(default=0)
    crash_count = models.PositiveSmallIntegerField(default=0)
    first_tried_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    error_class = models.CharField(_("kind of error"), max_length=60, blank=True)
    error_text = models.CharField(_("last error"), max_length=500, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(fields=["idem_key"], name="one_delivery_per_idem_key"),
            models.CheckConstraint(
                name="waiting_delivery_has_due_time",
                condition=~models.Q(state__in=["pending", "leased"]) | models.Q(due_at__isnull=False),
            ),
            models.CheckConstraint(
                name="lease_belongs_to_leased_delivery",
                condition=models.Q(state="leased", lease_until__isnull=False, lease_token__isnull=False)
                | (~models.Q(state="leased") & models.Q(lease_until__isnull=True, lease_token__isnull=True)),
            ),
            models.CheckConstraint(
                name="sent_delivery_has_sent_time",
                condition=models.Q(state="sent", sent_at__isnull=False)
                | (~models.Q(state="sent") & models.Q(sent_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="webhook_has_endpoint",
                condition=models.Q(channel="webhook", endpoint__isnull=False)
                | (~models.Q(channel="webhook") & models.Q(endpoint__isnull=True)),
            ),
            models.CheckConstraint(
                name="own_channel_belongs_to_its_kind",
                condition=models.Q(channel__in=["slack", "apprise"], personal__isnull=False)
                | (~models.Q(channel__in=["slack", "apprise"]) & models.Q(personal__isnull=True)),
            ),
            models.CheckConstraint(
                name="delivery_priority_in_range",
                condition=models.Q(priority__gte=MOST_URGENT, priority__lte=LEAST_URGENT),
            ),
        ]
        indexes = [
            models.Index(
                "priority",
                Coalesce("lease_until", "due_at"),
                "id",
                name="delivery_claim_order",
                condition=models.Q(state__in=["pending", "leased", "unknown"]),
            ),
            models.Index(
                fields=["ordering_key", "id"],
                name="delivery_open_by_order",
                condition=models.Q(state__in=["pending", "leased", "unknown"]) & ~models.Q(ordering_key=""),
            ),
            models.Index(fields=["-id"], name="delivery_failed", condition=models.Q(state__in=["unknown", "dead"])),
            models.Index(fields=["subject_key", "-id"], name="delivery_by_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} → {self.address} ({self.state})"

    @property
    def is_failed(self) -> bool:
        return self.state in FAILED_STATES

    @property
    def tries(self) -> int:
        """Tries since it was planned or last put back by a person."""
        return self.attempt_count - self.spent_attempt_count

    def shows_subject_to(self, user: User) -> bool:
        """The subject of a restricted incident's delivery is for its recipient only."""
        return self.visibility == Clearance.NORMAL or self.recipient_id == user.pk

    def shows_body_to(self, user: User) -> bool:
        """One-time links are shown to nobody; other texts to the recipient and to who may put it back."""
        if self.body_policy == BodyPolicy.WIPE:
            return False
        is_recipient = self.recipient_id == user.pk
        return is_recipient or (self.visibility == Clearance.NORMAL and user.can(Capability.RETRY_DELIVERIES))

    @transaction.atomic
    def retry(self, *, by: User, reason: str, now: datetime) -> None:
        """Put a failed delivery back, due now and with all its tries. It keeps its idempotency key.

        Raises DeliveryNotFailed when it is waiting, being sent or has ended otherwise.
        """
        row = self._locked()
        if not row.is_failed:
            raise DeliveryNotFailed(_("This delivery has not failed; its state is “%s”.") % row.get_state_display())
        self._write(
            state=DeliveryState.PENDING,
            due_at=now,
            spent_attempt_count=row.attempt_count,
            crash_count=0,
            first_tried_at=None,
            expires_at=None,
        )
        self._record(Act.RETRIED, by=by, reason=reason, now=now, before=row.state)
        wake("outbound.send_one", delivery_id=self.pk)

    @transaction.atomic
    def discard(self, *, by: User, reason: str, now: datetime) -> None:
        """Give a delivery up for good. Raises DeliveryAlreadyEnded when there is nothing to give up."""
        row = self._locked()
        if row.state not in {DeliveryState.PENDING, *FAILED_STATES}:
            raise DeliveryAlreadyEnded(
                _("This delivery cannot be discarded; its state is “%s”.") % row.get_state_display()
            )
        self._write(state=DeliveryState.CANCELLED, due_at=None, **({"body": ""} if row.is_wiped_at_end else {}))
        self._record(Act.DISCARDED, by=by, reason=reason, now=now, before=row.state)

    @property
    def is_wiped_at_end(self) -> bool:
        return self.body_policy == BodyPolicy.WIPE

    def _locked(self) -> "Delivery":
        return type(self).objects.select_for_update().get(pk=self.pk)

    def _write(self, **changes: object) -> None:
        for name, value in changes.items():
            setattr(self, name, value)
        self.save(update_fields=list(changes))

    def _record(self, act: "Act", *, by: User, reason: str, now: datetime, before: str) -> None:
        handling = Handling.objects.create(
            delivery=self, act=act, by=by, at=now, reason=reason, salt=new_salt(), attempt_count=self.attempt_count
        )
        record(
            act=f"delivery_{act}",
            at=now,
            by=by,
            object_label=f"delivery/{self.pk}",
            facts={
                "delivery": self.pk,
                "state_before": before,
                "attempts": self.attempt_count,
                "reason": commit_to(reason, bytes(handling.salt)),
            },
        )


class Act(models.TextChoices):
    """What a person can do with a delivery that did not get through."""

    RETRIED = "retried", _("Put back")
    DISCARDED = "discarded", _("Discarded")


class Handling(models.Model):
    """One act of a person on a delivery, with its reason. The audit record proves the reason by its salted hash."""

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="handlings")
    act = models.CharField(_("act"), max_length=10, choices=Act)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("who"))
    at = models.DateTimeField(_("when"))
    reason = models.CharField(_("reason"), max_length=500)
    salt = models.BinaryField(max_length=16)
    attempt_count = models.PositiveIntegerField(_("tries until then"))

    class Meta:
        verbose_name = _("handling")
        verbose_name_plural = _("handlings")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.act} {self.delivery_id}"


class AttemptOutcome(models.TextChoices):
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed, will be tried again")
    REFUSED = "refused", _("Refused for good")
    UNKNOWN = "unknown", _("No answer after the text was sent")
    CRASHED = "crashed", _("Our own error")
    LOST = "lost", _("The worker died")


class Attempt(models.Model):
    """One try of a delivery. Never changed, never removed."""

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveIntegerField(_("try"))
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"))
    outcome = models.CharField(_("outcome"), max_length=10, choices=AttemptOutcome)
    error_class = models.CharField(_("kind of error"), max_length=60, blank=True)
    error_text = models.CharField(_("error"), max_length=500, blank=True)
    status_code = models.PositiveSmallIntegerField(_("status"), null=True)
    answer = models.TextField(_("answer"), blank=True)

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["delivery", "number"], name="one_attempt_per_number"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.delivery_id}#{self.number} {self.outcome}"

    @property
    def took(self) -> timedelta:
        return self.finished_at - self.started_at
