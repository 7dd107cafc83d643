"""An alert of another system: what its sender said last, how often, and the breach that it stands for.

One row is one firing, from the first word to "resolved". A sender's acknowledgement marks the row and nothing else.
"""

import hashlib
from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from airp.accounts.models import User
from airp.accounts.roles import Capability
from incidents.detection.breaches import Breach
from incidents.detection.parsers.reports import MAX_DESCRIPTION, MAX_KEY, MAX_SEVERITY, MAX_TITLE, MAX_URL, Report
from incidents.detection.sources import SignalSource
from incidents.response.visibility import ExistsFor
from incidents.systems.models import AISystem

RETRY_WITHIN = timedelta(minutes=5)


class AlertSeverity(models.TextChoices):
    """The four words that we understand, the worst first."""

    CRITICAL = "critical", _("Critical")
    ERROR = "error", _("Error")
    WARNING = "warning", _("Warning")
    INFO = "info", _("Info")

    @property
    def badness(self) -> int:
        return -AlertSeverity.values.index(self.value)


class SeverityOrigin(models.TextChoices):
    """How the sender's word became ours."""

    SENT = "sent", _("as sent")
    MAPPED = "mapped", _("by the map of the source")
    ASSUMED = "assumed", _("assumed: the sender's word is not known")


class ForeignAlertQuerySet(models.QuerySet["ForeignAlert"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """An alert hides with the incident that its breach belongs to."""
        if not isinstance(user, User) or not user.can(Capability.READ_INCIDENTS):
            return self.none()
        return self.filter(Q(breach__incident__isnull=True) | Q(ExistsFor(user, path="breach__incident__")))

    def open(self) -> Self:
        return self.filter(resolved_at__isnull=True)


class ForeignAlert(models.Model):
    """One firing of one alert that a source told us about."""

    source = models.ForeignKey(SignalSource, on_delete=models.PROTECT, related_name="alerts")
    key = models.CharField(max_length=MAX_KEY)
    system = models.ForeignKey(AISystem, on_delete=models.PROTECT, related_name="+")
    # Empty while the threshold that watches alerts of the system is paused or retired.
    breach = models.ForeignKey(Breach, on_delete=models.PROTECT, null=True, related_name="alerts")
    title = models.CharField(max_length=MAX_TITLE)
    description = models.TextField(max_length=MAX_DESCRIPTION, blank=True)
    severity = models.CharField(max_length=8, choices=AlertSeverity)
    severity_sent = models.CharField(max_length=MAX_SEVERITY, blank=True)
    severity_origin = models.CharField(max_length=8, choices=SeverityOrigin)
    worst_severity = models.CharField(max_length=8, choices=AlertSeverity)
    source_url = models.CharField(max_length=MAX_URL, blank=True)
    facts = models.JSONField(default=list)
    episode = models.DateTimeField(null=True)
    started_at = models.DateTimeField()
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    occurrence_count = models.PositiveIntegerField(default=1)
    acknowledged_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    last_hash = models.BinaryField(max_length=32)

    objects: ClassVar[ForeignAlertQuerySet] = ForeignAlertQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "key"], condition=Q(resolved_at__isnull=True), name="one_open_alert_per_source_key"
            )
        ]
        indexes = [
            # The newest row of a key tells what a sender may say about it next.
            models.Index(fields=["source", "key", "-first_seen_at", "-id"], name="alerts_newest_of_key"),
            models.Index(fields=["source", "-last_seen_at", "-id"], name="alerts_lately_heard"),
            # Retention reads the ended ones by age.
            models.Index(fields=["resolved_at"], condition=Q(resolved_at__isnull=False), name="alerts_ended_by_age"),
        ]

    def __str__(self) -> str:
        return f"alert {self.key} of source {self.source_id}"

    @property
    def is_open(self) -> bool:
        return self.resolved_at is None

    @property
    def group_key(self) -> str:
        return group_key_of(self.source_id, self.key)

    def is_retry(self, report: Report, *, now: datetime) -> bool:
        """The same words again within five minutes are the sender's second try, later they are news."""
        return bytes(self.last_hash) == report.payload_hash and now - self.last_seen_at <= RETRY_WITHIN

    def is_past(self, report: Report) -> bool:
        """Whether the report is about a firing that has ended already.

        The start of a firing may move back while it lasts, when its sender hears of an earlier one: then it is past
        only if a firing of that start or a later one is known to have ended.
        """
        if report.episode is None or self.episode is None:
            return False
        if not self.is_open:
            return report.episode <= self.episode
        ended = ForeignAlert.objects.filter(source_id=self.source_id, key=self.key, resolved_at__isnull=False)
        return report.episode < self.episode and ended.filter(episode__gte=report.episode).exists()


def group_key_of(source_id: int, key: str) -> str:
    """The group of a breach: two senders that use one key mean two alerts."""
    plain = f"{source_id}/{key}"
    return plain if len(plain) <= MAX_KEY else f"{source_id}/{hashlib.sha256(key.encode()).hexdigest()}"
