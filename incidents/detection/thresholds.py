"""Thresholds and their immutable versions: the rule, who owns it, and what it forces people to do."""

from datetime import datetime
from typing import ClassVar

import pghistory
import pgtrigger
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from airp.accounts.models import User
from airp.audit.models import record
from incidents.classification.models import HarmKind, SeverityLevel
from incidents.detection.parsers.signals import COUNTED_KINDS
from incidents.detection.series import KIND_CHOICES
from incidents.detection.sources import SignalSource
from incidents.detection.statistics import MILLION
from incidents.detection.step import NoData
from incidents.systems.models import AISystem

SHARD_SIZE = 10_000
DEFAULT_LATENESS_SECONDS = 120


class Mode(models.TextChoices):
    DRAFT = "draft", gettext_lazy("Draft: not judged")
    SHADOW = "shadow", gettext_lazy("Shadow: judged and recorded, nobody is asked")
    ACTIVE = "active", gettext_lazy("Active")
    PAUSED = "paused", gettext_lazy("Paused")
    RETIRED = "retired", gettext_lazy("Retired")


JUDGED = (Mode.SHADOW, Mode.ACTIVE)


class OnBreach(models.TextChoices):
    ASK = "ask", gettext_lazy("Ask the owner to decide")
    DECLARE = "declare", gettext_lazy("Declare an incident at once")


class OnUnanswered(models.TextChoices):
    ESCALATE = "escalate", gettext_lazy("Tell the deputy and the managers")
    DECLARE = "declare", gettext_lazy("Declare an incident")


class Metric(models.TextChoices):
    RATIO = "ratio", gettext_lazy("Share of bad ones")
    COUNT = "count", gettext_lazy("Number of bad ones")


class OpChoice(models.TextChoices):
    GT = "gt", gettext_lazy("more than")
    GTE = "gte", gettext_lazy("at least")


class ConfidenceChoice(models.TextChoices):
    NONE = "none", gettext_lazy("no bound, the plain value decides")
    C90 = "90", gettext_lazy("90 % sure")
    C95 = "95", gettext_lazy("95 % sure")
    C99 = "99", gettext_lazy("99 % sure")


class NoDataChoice(models.TextChoices):
    HOLD = NoData.HOLD.value, gettext_lazy("Keep the state and show that data are missing")
    OK = NoData.OK.value, gettext_lazy("Take it as fine (optional sources only)")
    ALERT = NoData.ALERT.value, gettext_lazy("Take it as over the limit")


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

    def version_at(self, moment: datetime) -> "ThresholdVersion | None":
        return self.versions.filter(effective_from__lte=moment).order_by("-effective_from", "-pk").first()

    @transaction.atomic
    def add_version(
        self, version: "ThresholdVersion", *, by: User | None, now: datetime, reason: str
    ) -> "ThresholdVersion":
        """Put a new version in force from now on. Raises ValidationError with what is wrong with it."""
        type(self).objects.select_for_update(no_key=True).get(pk=self.pk)
        version.threshold, version.author, version.reason, version.effective_from = self, by, reason, now
        version.number = (self.versions.aggregate(last=models.Max("number"))["last"] or 0) + 1
        version.full_clean()
        version.save(force_insert=True)
        facts = {"threshold": self.pk, "version": version.number}
        record(act="threshold.version_added", at=now, by=by, object_label=self.name, facts=facts)
        return version

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


class ThresholdVersion(models.Model):
    """One wording of the rule. Never edited: a change is a new version."""

    threshold = models.ForeignKey(Threshold, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(editable=False)
    kind = models.CharField(
        gettext_lazy("counts signals of kind"),
        max_length=12,
        choices=KIND_CHOICES,
        help_text=gettext_lazy("Violations and complaints are counted themselves; of other kinds the bad ones are."),
    )
    category = models.CharField(
        gettext_lazy("category"), max_length=256, blank=True, help_text=gettext_lazy("Empty counts every category.")
    )
    denominator_kind = models.CharField(
        gettext_lazy("out of signals of kind"),
        max_length=12,
        choices=KIND_CHOICES,
        blank=True,
        help_text=gettext_lazy("For a share. Empty: out of all signals of the kind above."),
    )
    denominator_category = models.CharField(gettext_lazy("out of category"), max_length=256, blank=True)
    metric = models.CharField(gettext_lazy("measure"), max_length=8, choices=Metric, default=Metric.RATIO)
    window_seconds = models.PositiveIntegerField(
        gettext_lazy("window (seconds)"),
        default=300,
        validators=[MinValueValidator(60), MaxValueValidator(30 * 86_400)],
        help_text=gettext_lazy("Whole minutes: 300 is five minutes."),
    )
    op = models.CharField(gettext_lazy("fires at"), max_length=3, choices=OpChoice, default=OpChoice.GT)
    limit = models.PositiveBigIntegerField(
        gettext_lazy("limit"),
        help_text=gettext_lazy("For a share in parts per million (20000 is 2 %), for a number the number."),
    )
    min_samples = models.PositiveIntegerField(
        gettext_lazy("minimum samples"),
        default=50,
        help_text=gettext_lazy("A share of fewer than this is not judged: it neither fires nor clears."),
    )
    confidence = models.CharField(
        gettext_lazy("certainty"), max_length=4, choices=ConfidenceChoice, default=ConfidenceChoice.C95
    )
    for_seconds = models.PositiveIntegerField(
        gettext_lazy("for (seconds)"),
        default=0,
        validators=[MaxValueValidator(86_400)],
        help_text=gettext_lazy("How long it must be over without a break. 0 fires at the first time."),
    )
    clear_limit = models.PositiveBigIntegerField(
        gettext_lazy("clear limit"),
        null=True,
        blank=True,
        help_text=gettext_lazy("Ends only beyond this. Empty: 0.8 of the limit for a share, the limit for a number."),
    )
    keep_firing_seconds = models.PositiveIntegerField(
        gettext_lazy("keep firing (seconds)"), default=300, validators=[MaxValueValidator(86_400)]
    )
    cooldown_seconds = models.PositiveIntegerField(
        gettext_lazy("cooldown (seconds)"),
        default=1_800,
        validators=[MaxValueValidator(7 * 86_400)],
        help_text=gettext_lazy("Over again within this time after its incident ended: the same incident is reopened."),
    )
    no_data = models.CharField(
        gettext_lazy("when data are missing"), max_length=5, choices=NoDataChoice, default=NoDataChoice.HOLD
    )
    eval_delay_seconds = models.PositiveIntegerField(
        gettext_lazy("wait for late signals (seconds)"),
        default=60,
        validators=[MaxValueValidator(3_600)],
        help_text=gettext_lazy("Whole minutes. 0 judges a minute as soon as it has ended."),
    )
    severity = models.ForeignKey(
        SeverityLevel, on_delete=models.PROTECT, related_name="+", verbose_name=gettext_lazy("severity")
    )
    harm_kind = models.ForeignKey(
        HarmKind,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=gettext_lazy("harm kind"),
    )
    dedup_template = models.CharField(
        gettext_lazy("one incident per"),
        max_length=200,
        default="{system}/{kind}/{category}",
        help_text=gettext_lazy("Breaches with the same key share one open incident. Names: system, kind, category."),
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", editable=False
    )
    reason = models.TextField(gettext_lazy("why"), help_text=gettext_lazy("What the limit rests on."))
    effective_from = models.DateTimeField(editable=False)

    FORM_FIELDS: ClassVar = (
        *("kind", "category", "denominator_kind", "denominator_category", "metric", "op", "limit", "min_samples"),
        *("confidence", "window_seconds", "for_seconds", "clear_limit", "keep_firing_seconds", "cooldown_seconds"),
        *("no_data", "eval_delay_seconds", "severity", "harm_kind", "dedup_template", "reason"),
    )

    class Meta:
        verbose_name = gettext_lazy("threshold version")
        verbose_name_plural = gettext_lazy("threshold versions")
        constraints = [
            models.UniqueConstraint(fields=["threshold", "number"], name="one_threshold_version_per_number"),
            models.CheckConstraint(condition=Q(window_seconds__gte=60), name="a_window_has_a_minute"),
            models.CheckConstraint(
                condition=Q(clear_limit__isnull=True) | Q(clear_limit__lte=F("limit")),
                name="clear_limit_is_not_above_limit",
            ),
        ]
        indexes = [models.Index(fields=["threshold", "-effective_from", "-id"], name="version_in_force")]
        triggers = [pgtrigger.Protect(name="immutable", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.threshold} v{self.number}"

    @property
    def clears_at(self) -> int:
        """The limit below which a breach may end, in the unit of `limit`."""
        if self.clear_limit is not None:
            return self.clear_limit
        return self.limit * 8 // 10 if self.metric == Metric.RATIO else self.limit

    @property
    def dedup_key(self) -> str:
        names = {"{system}": self.threshold.system.slug, "{kind}": self.kind, "{category}": self.category}
        key = self.dedup_template
        for name, value in names.items():
            key = key.replace(name, value)
        return key.rstrip("/")[:300]

    def clean(self) -> None:
        super().clean()
        wrong: dict[str, str] = {}
        for field in ("window_seconds", "eval_delay_seconds"):
            if (getattr(self, field) or 0) % 60:
                wrong[field] = _("Windows are made of whole minutes: use a multiple of 60.")
        if self.metric == Metric.RATIO and (self.limit or 0) > MILLION:
            wrong["limit"] = _("A share is at most 1000000 parts per million.")
        if self.metric == Metric.RATIO and self.kind in COUNTED_KINDS and not self.denominator_kind:
            wrong["denominator_kind"] = _("Say out of what: every signal of this kind is bad by itself.")
        if self.metric == Metric.COUNT and self.op == OpChoice.GTE and self.limit == 0:
            wrong["limit"] = _("At least 0 is always true.")
        if message := self._too_short():
            wrong.setdefault("window_seconds", message)
        if wrong:
            raise ValidationError(wrong)

    def _too_short(self) -> str:
        """A signal that is on time must be able to fall into every window that it belongs to."""
        sources = SignalSource.objects.filter(Q(system=self.threshold.system_id) | Q(system__isnull=True))
        slowest = sources.aggregate(slowest=models.Max("lateness_seconds"))["slowest"]
        needed = (DEFAULT_LATENESS_SECONDS if slowest is None else slowest) + 60
        if (self.window_seconds or 0) + (self.eval_delay_seconds or 0) >= needed:
            return ""
        return _(
            "Window and waiting time together must be at least %(needed)s seconds, because signals of this system"
            " may arrive that late."
        ) % {"needed": needed}
