"""A threshold: who owns a rule over signals and what it forces people to do. What it says stands in its versions."""

from datetime import datetime
from typing import TYPE_CHECKING

import pghistory
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from airp.accounts.models import User
from airp.accounts.roles import Capability
from airp.audit.models import record
from incidents.detection.choices import JUDGED, Mode, OnBreach, OnUnanswered
from incidents.systems.models import AISystem

if TYPE_CHECKING:
    from incidents.detection.versions import ThresholdVersion

SHARD_SIZE = 10_000


@pghistory.track()
class Threshold(models.Model):
    """A rule over signals, owned by a person. What it says stands in its versions."""

    name = models.CharField(gettext_lazy("name"), max_length=120, unique=True)
    system = models.ForeignKey(
        AISystem, on_delete=models.PROTECT, related_name="thresholds", verbose_name=gettext_lazy("AI system")
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="thresholds",
        verbose_name=gettext_lazy("owner"),
        help_text=gettext_lazy("Is asked to decide when the limit is passed. Must be able to sign in."),
    )
    mode = models.CharField(
        gettext_lazy("mode"),
        max_length=8,
        choices=Mode,
        default=Mode.DRAFT,
        help_text=gettext_lazy("Pausing or retiring ends an open breach as withdrawn; its incident stays open."),
    )
    on_breach = models.CharField(
        gettext_lazy("when the limit is passed"), max_length=8, choices=OnBreach, default=OnBreach.ASK
    )
    decision_due_seconds = models.PositiveIntegerField(
        gettext_lazy("decision due after (seconds)"),
        default=900,
        validators=[MinValueValidator(60), MaxValueValidator(7 * 86_400)],
        help_text=gettext_lazy("How long the owner has to intervene, hold or dismiss."),
    )
    on_unanswered = models.CharField(
        gettext_lazy("when nobody decides in time"), max_length=8, choices=OnUnanswered, default=OnUnanswered.ESCALATE
    )
    review_every_days = models.PositiveSmallIntegerField(
        gettext_lazy("look at it again every (days)"),
        default=90,
        validators=[MinValueValidator(7), MaxValueValidator(730)],
        help_text=gettext_lazy("Counts from its last change or from the last time somebody confirmed it."),
    )
    reviewed_at = models.DateTimeField(gettext_lazy("last confirmed"), null=True, editable=False)
    shard = models.PositiveSmallIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = gettext_lazy("threshold")
        verbose_name_plural = gettext_lazy("thresholds")
        constraints = [
            models.CheckConstraint(condition=Q(decision_due_seconds__gte=60), name="a_decision_has_a_minute")
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        if self.mode in JUDGED and self.owner_id and not self.owner.is_active:
            raise ValidationError({"owner": _("An active threshold needs an owner who can sign in.")})

    def may_be_set_by(self, person: User) -> bool:
        """Its owner, and those who set thresholds, may change what it says."""
        return self.owner_id == person.pk or person.can(Capability.SET_THRESHOLDS)

    def version_at(self, moment: datetime) -> "ThresholdVersion | None":
        return self.versions.filter(effective_from__lte=moment).order_by("-effective_from", "-pk").first()

    @transaction.atomic
    def add_version(
        self,
        version: "ThresholdVersion",
        *,
        by: User | None,
        now: datetime,
        reason: str,
        approver: User | None = None,
    ) -> "ThresholdVersion":
        """Put a new version in force from now on. Raises ValidationError with what is wrong with it.

        People's changes come through `changing.change_rule`, which asks for a second person where one is needed.
        """
        type(self).objects.select_for_update(no_key=True).get(pk=self.pk)
        version.threshold, version.author, version.reason, version.effective_from = self, by, reason, now
        version.approver = approver
        version.number = (self.versions.aggregate(last=models.Max("number"))["last"] or 0) + 1
        version.full_clean()
        version.save(force_insert=True)
        facts = {"threshold": self.pk, "version": version.number, "approver": approver.pk if approver else None}
        record(act="threshold.version_added", at=now, by=by, object_label=self.name, facts=facts)
        return version

    @transaction.atomic
    def confirm(self, *, by: User, now: datetime, reason: str) -> None:
        """Somebody looked at it and found it right as it is: the next review moves on."""
        type(self).objects.select_for_update(no_key=True).get(pk=self.pk)
        self.reviewed_at = now
        self.save(update_fields=["reviewed_at"])
        facts = {"threshold": self.pk, "reason": reason}
        record(act="threshold.confirmed", at=now, by=by, object_label=self.name, facts=facts)

    @transaction.atomic
    def set_mode(self, mode: Mode, *, by: User | None, now: datetime, reason: str) -> None:
        """Activate, shadow, pause or retire. An open breach of one that is no longer judged ends as withdrawn."""
        type(self).objects.select_for_update(no_key=True).get(pk=self.pk)
        before, self.mode = self.mode, mode
        self.full_clean()
        self.save(update_fields=["mode"])
        facts = {"threshold": self.pk, "from": before, "to": str(mode), "reason": reason}
        record(act="threshold.mode_set", at=now, by=by, object_label=self.name, facts=facts)


def shards() -> list[int]:
    """The shards in use. Each is judged by itself; a new installation has shard 0."""
    return sorted(set(Threshold.objects.order_by().values_list("shard", flat=True).distinct()) | {0})
