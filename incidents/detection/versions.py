"""The immutable versions of a threshold: one wording of its rule each."""

from collections.abc import Mapping
from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.classification.models import HarmKind, SeverityLevel
from incidents.detection.choices import (
    EVENT_METRICS,
    WATCHED,
    ConfidenceChoice,
    GroupBy,
    Metric,
    NoDataChoice,
    OpChoice,
    ValueOf,
)
from incidents.detection.fitting import SHORT_PART, misfits
from incidents.detection.measuring import Terms, default_clear
from incidents.detection.series import KIND_CHOICES
from incidents.detection.sources import SignalSource
from incidents.detection.statistics import Confidence, Op
from incidents.detection.thresholds import Threshold

DEFAULT_LATENESS_SECONDS = 120


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
    metric = models.CharField(gettext_lazy("measure"), max_length=16, choices=Metric, default=Metric.RATIO)
    window_seconds = models.PositiveIntegerField(
        gettext_lazy("window (seconds)"),
        default=300,
        validators=[MinValueValidator(60), MaxValueValidator(30 * 86_400)],
        help_text=gettext_lazy("Whole minutes: 300 is five minutes."),
    )
    op = models.CharField(gettext_lazy("fires at"), max_length=3, choices=OpChoice, default=OpChoice.GT)
    limit = models.BigIntegerField(
        gettext_lazy("limit"),
        help_text=gettext_lazy(
            "For a share in parts per million (20000 is 2 %), for a number the number, for a score in millionths,"
            " for a change or a burn rate in thousandths (3000 is three times)."
        ),
    )
    warn_limit = models.BigIntegerField(
        gettext_lazy("warn limit"),
        null=True,
        blank=True,
        help_text=gettext_lazy("Beyond this the owner is told, without a decision. In the unit of the limit."),
    )
    value_of = models.CharField(
        gettext_lazy("different"),
        max_length=12,
        choices=ValueOf,
        default=ValueOf.PERSON,
        help_text=gettext_lazy("For a number of different ones: what is counted once however often it is seen."),
    )
    group_by = models.CharField(
        gettext_lazy("by"),
        max_length=12,
        choices=GroupBy,
        blank=True,
        help_text=gettext_lazy("For a pattern: whose events belong together."),
    )
    pattern = models.JSONField(
        gettext_lazy("kinds of the pattern"),
        default=list,
        blank=True,
        help_text=gettext_lazy("For a pattern of several kinds: their list, each with kind and category."),
    )
    budget_ppm = models.PositiveIntegerField(
        gettext_lazy("budget (parts per million)"),
        default=0,
        help_text=gettext_lazy("For a burn rate: the share of bad ones that may happen in the long run."),
    )
    floor_count = models.PositiveIntegerField(
        gettext_lazy("at least this many"),
        default=5,
        help_text=gettext_lazy(
            "For a change: fewer than this in the window never fires. Three times nothing is nothing."
        ),
    )
    timezone = models.CharField(
        gettext_lazy("time zone"),
        max_length=64,
        default="UTC",
        help_text=gettext_lazy("For a change: whose clock says which hour is the same hour."),
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
    clear_limit = models.BigIntegerField(
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
    # The second person, where the change needed one, and what the back-test forecast when it was made.
    approver = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", editable=False
    )
    forecast = models.JSONField(default=dict, editable=False)
    reason = models.TextField(gettext_lazy("why"), help_text=gettext_lazy("What the limit rests on."))
    effective_from = models.DateTimeField(editable=False)

    FORM_FIELDS: ClassVar = (
        *("kind", "category", "denominator_kind", "denominator_category", "metric", "op", "limit", "warn_limit"),
        *("value_of", "group_by", "pattern", "budget_ppm", "floor_count", "timezone", "min_samples"),
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
                condition=Q(clear_limit__isnull=True)
                | Q(op__in=("gt", "gte"), clear_limit__lte=F("limit"))
                | Q(op__in=("lt", "lte"), clear_limit__gte=F("limit")),
                name="clear_limit_is_on_the_safe_side",
            ),
        ]
        indexes = [
            models.Index(fields=["threshold", "-effective_from", "-id"], name="version_in_force"),
            # What every batch of signals asks for.
            models.Index(fields=["threshold"], name="versions_of_single_events", condition=Q(metric__in=EVENT_METRICS)),
        ]
        triggers = [pgtrigger.Protect(name="immutable", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.threshold} v{self.number}"

    @property
    def as_rule(self) -> dict[str, Any]:
        """What this version says, as values that JSON can hold: the form fields but the reason, keys for relations."""
        relations = {"severity": "severity_id", "harm_kind": "harm_kind_id"}
        return {name: getattr(self, relations.get(name, name)) for name in self.FORM_FIELDS if name != "reason"}

    @classmethod
    def from_rule(cls, rule: Mapping[str, Any]) -> "ThresholdVersion":
        """A version that is not in force yet, from what `as_rule` gave."""
        relations = {"severity": "severity_id", "harm_kind": "harm_kind_id"}
        return cls(**{relations.get(name, name): value for name, value in rule.items()})

    @property
    def clears_at(self) -> int:
        """The limit below which a breach may end, in the unit of `limit`."""
        if self.clear_limit is not None:
            return self.clear_limit
        return default_clear(self.metric, Op(self.op), self.limit)

    @property
    def terms(self) -> Terms:
        """What `judge` compares a window's sums with."""
        return Terms(
            metric=self.metric,
            op=Op(self.op),
            limit=self.limit,
            clear_limit=self.clears_at,
            warn_limit=self.warn_limit,
            min_samples=self.min_samples,
            confidence=Confidence(self.confidence),
            budget_ppm=self.budget_ppm,
            floor_count=self.floor_count,
        )

    @property
    def dedup_key(self) -> str:
        names = {"{system}": self.threshold.system.slug, "{kind}": self.kind, "{category}": self.category}
        key = self.dedup_template
        for name, value in names.items():
            key = key.replace(name, value)
        return key.rstrip("/")[:300]

    def clean(self) -> None:
        super().clean()
        wrong = misfits(self) | self._wrong_windows()
        if wrong:
            raise ValidationError(wrong)

    def _wrong_windows(self) -> dict[str, str]:
        wrong = {
            field: _("Windows are made of whole minutes: use a multiple of 60.")
            for field in ("window_seconds", "eval_delay_seconds")
            if (getattr(self, field) or 0) % 60
        }
        if self.metric not in WATCHED and (message := self._too_short()):
            wrong.setdefault("window_seconds", message)
        return wrong

    def _too_short(self) -> str:
        """A signal that is on time must be able to fall into every window that it belongs to."""
        shortest = (self.window_seconds or 0) // (SHORT_PART if self.metric == Metric.BURN else 1)
        sources = SignalSource.objects.filter(Q(system=self.threshold.system_id) | Q(system__isnull=True))
        slowest = sources.order_by("-lateness_seconds").values("name", "lateness_seconds").first()
        needed = (slowest["lateness_seconds"] if slowest else DEFAULT_LATENESS_SECONDS) + 60
        if shortest + (self.eval_delay_seconds or 0) >= needed:
            return ""
        return _(
            "Window and waiting time together must be at least %(needed)s seconds, because signals of %(source)s"
            " may arrive that late. Make one of them longer, or set a shorter lateness for the source."
        ) % {"needed": needed, "source": slowest["name"] if slowest else _("this system")}
