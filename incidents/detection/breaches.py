"""A breach: a threshold being over its limit, from–to, and what people decided about it."""

from datetime import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from airp.accounts.models import User
from airp.accounts.roles import Capability
from airp.audit.models import append_only
from incidents.detection.choices import Band
from incidents.detection.deciding import Decision
from incidents.detection.taking_back import TakingBack
from incidents.detection.thresholds import Threshold
from incidents.detection.verdicts import Judged, Verdict
from incidents.detection.versions import ThresholdVersion
from incidents.response.models import Incident
from incidents.response.visibility import ExistsFor, Visibility


class BreachKind(models.TextChoices):
    LIVE = "live", _("Live")
    SHADOW = "shadow", _("Shadow")
    # Found so late that nobody is asked or alerted any more.
    RECORD = "record", _("Recorded only")


class Origin(models.TextChoices):
    LIVE = "live", _("When it happened")
    LATE = "late_detected", _("Afterwards, in signals that came late")


class BreachQuerySet(models.QuerySet["Breach"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """A breach of an incident that the person may not see hides with it."""
        if not isinstance(user, User) or not user.can(Capability.READ_INCIDENTS):
            return self.none()
        return self.filter(Q(incident__isnull=True) | Q(ExistsFor(user, path="incident__")))

    def open(self) -> Self:
        return self.filter(cleared_at__isnull=True)

    def foremost(self) -> Self:
        """Without warnings that stand behind an open breach of the same threshold and group."""
        acting = Breach.objects.open().filter(
            band=Band.ACT, threshold=OuterRef("threshold"), group_key=OuterRef("group_key")
        )
        return self.exclude(Q(band=Band.WARN) & Exists(acting))

    def counted(self) -> Self:
        """What figures that everybody reads are made of: no breach of a restricted incident."""
        return self.filter(Q(incident__isnull=True) | Q(incident__visibility=Visibility.NORMAL))

    def undecided(self) -> Self:
        """Live breaches that ask for a decision and have neither one nor an incident."""
        return self.filter(kind=BreachKind.LIVE, band=Band.ACT, decision=Decision.NONE, incident__isnull=True)

    def decision_overdue(self, *, now: datetime) -> Self:
        """Breaches without an incident whose time to decide, or whose hold, has run out."""
        waiting = Q(decision=Decision.NONE, unanswered_at__isnull=True) | Q(decision=Decision.HOLD)
        return self.filter(waiting, incident__isnull=True, decision_due_at__lte=now).order_by("decision_due_at", "pk")


class Breach(TakingBack, Judged):
    """One episode of one threshold. `started_at` and `cleared_at` are data time, `detected_at` is the clock."""

    threshold = models.ForeignKey(Threshold, on_delete=models.PROTECT, related_name="breaches")
    group_key = models.CharField(max_length=255, blank=True)
    band = models.CharField(max_length=4, choices=Band, default=Band.ACT)
    # What happened, in a line, where no measured figure says it: an alert of another system, a silent source.
    headline = models.CharField(max_length=300, blank=True)
    version = models.ForeignKey(ThresholdVersion, on_delete=models.PROTECT, related_name="breaches")
    kind = models.CharField(max_length=6, choices=BreachKind, default=BreachKind.LIVE)
    origin = models.CharField(max_length=13, choices=Origin, default=Origin.LIVE)
    # Since when it is known that with all signals it would not have opened. Nothing else follows from that.
    revised_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(_("over since"))
    detected_at = models.DateTimeField(_("detected"))
    cleared_at = models.DateTimeField(_("cleared"), null=True)
    cleared_reason = models.CharField(max_length=20, blank=True)
    # The figures at the moment of firing and the worst ones seen at a change since.
    bad = models.BigIntegerField()
    n = models.BigIntegerField()
    # In the unit of the limit, where bad and n do not say it.
    value = models.BigIntegerField(null=True)
    peak_bad = models.BigIntegerField()
    peak_n = models.BigIntegerField()
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, null=True, related_name="breaches")
    decision = models.CharField(max_length=10, choices=Decision, default=Decision.NONE)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_due_at = models.DateTimeField(null=True)
    unanswered_at = models.DateTimeField(null=True)
    hold_until = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    verdict = models.CharField(max_length=16, choices=Verdict, blank=True)

    objects: ClassVar[BreachQuerySet] = BreachQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("breach")
        verbose_name_plural = _("breaches")
        constraints = [
            models.UniqueConstraint(
                fields=["threshold", "group_key", "band"],
                condition=Q(cleared_at__isnull=True),
                name="one_open_breach_per_threshold_group_band",
            ),
        ]
        indexes = [
            models.Index(fields=["threshold", "-started_at", "-id"], name="breaches_newest_first"),
            # The decision register.
            models.Index(fields=["-detected_at", "-id"], name="breaches_by_detection"),
            # The board and `check_decisions`.
            models.Index(
                fields=["decision_due_at", "id"],
                name="breaches_awaiting_decision",
                condition=Q(decision__in=["none", "hold"], incident__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"breach {self.pk} of {self.threshold}"

    @property
    def is_late(self) -> bool:
        """It was found when windows were judged again, after signals that came late."""
        return self.origin == Origin.LATE

    @property
    def is_warning(self) -> bool:
        """It passed the warn limit: its owner was told, and nothing is asked."""
        return self.band == Band.WARN


class BreachDecision(models.Model):
    """One recorded decision, or its absence: `decision` none means that the time ran out."""

    breach = models.ForeignKey(Breach, on_delete=models.PROTECT, related_name="decisions")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decision = models.CharField(max_length=10, choices=Decision)
    verdict = models.CharField(max_length=16, choices=Verdict, blank=True)
    hold_until = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.decision} on breach {self.breach_id}"
