"""How well a threshold does: how often it was right, how much noise it makes, how much of the time it is blind.

Measured by a job, a threshold at a time, so that the register reads one row each however long the history is.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from incidents.detection.breaches import Breach, BreachKind
from incidents.detection.choices import JUDGED, Band
from incidents.detection.sampling import Blindness, blindness
from incidents.detection.statistics import wilson_lower
from incidents.detection.thresholds import Threshold
from incidents.detection.verdicts import Verdict

LOOKS_BACK = timedelta(days=90)
FRESH_FOR = timedelta(hours=1)
Z_90 = 1.2815515655446004
WRONG = (Verdict.FALSE_ALARM, Verdict.EXPECTED_CHANGE)
MUCH_BLIND_PPM = 500_000


class ThresholdQuality(models.Model):
    """What the last 90 days say about a threshold; blindness is of the last 7."""

    threshold = models.OneToOneField(Threshold, on_delete=models.CASCADE, primary_key=True, related_name="quality")
    measured_at = models.DateTimeField(_("measured"))
    days = models.PositiveSmallIntegerField(_("days looked at"))
    breach_count = models.PositiveIntegerField(_("breaches"))
    true_count = models.PositiveIntegerField(_("right"))
    wrong_count = models.PositiveIntegerField(_("false alarms and expected changes"))
    other_count = models.PositiveIntegerField(_("duplicates and others"))
    unjudged_count = models.PositiveIntegerField(_("without a verdict"))
    unanswered_count = models.PositiveIntegerField(_("not decided in time"))
    blind_ppm = models.PositiveIntegerField(_("blind (parts per million)"), null=True)
    blind_reason = models.CharField(max_length=20, blank=True)

    class Meta:
        verbose_name = _("quality of a threshold")
        verbose_name_plural = _("quality of thresholds")
        indexes = [models.Index(fields=["measured_at"], name="quality_stalest_first")]

    def __str__(self) -> str:
        return f"quality of threshold {self.threshold_id}"

    @property
    def judged_count(self) -> int:
        """Breaches whose verdict says right or wrong; duplicates and others say neither."""
        return self.true_count + self.wrong_count

    @property
    def precision_ppm(self) -> int | None:
        """Share of judged breaches that were right; None while none is judged."""
        return self.true_count * 1_000_000 // self.judged_count if self.judged_count else None

    @property
    def precision_at_least_ppm(self) -> int | None:
        """Lower end of the 90 % Wilson interval of the precision."""
        if not self.judged_count:
            return None
        return round(wilson_lower(self.true_count, self.judged_count, seen=self.judged_count, z=Z_90) * 1_000_000)

    @property
    def wrong_per_week(self) -> float:
        return self.wrong_count * 7 / self.days if self.days else 0.0

    @property
    def is_mostly_blind(self) -> bool:
        return self.blind_ppm is not None and self.blind_ppm > MUCH_BLIND_PPM


def stalest(*, now: datetime, most: int) -> list[Threshold]:
    """Judged thresholds whose figures are missing, older than an hour or than their last breach, the oldest first."""
    later = Breach.objects.filter(threshold=OuterRef("pk"), detected_at__gt=OuterRef("quality__measured_at"))
    is_stale = Q(quality__isnull=True) | Q(quality__measured_at__lt=now - FRESH_FOR) | Exists(later)
    found = Threshold.objects.filter(is_stale, mode__in=JUDGED).select_related("quality")
    return list(found.order_by(F("quality__measured_at").asc(nulls_first=True), "pk")[:most])


def measure(threshold: Threshold, *, now: datetime) -> ThresholdQuality:
    """Count the breaches and verdicts of a threshold and write them down."""
    since = max(now - LOOKS_BACK, _first_in_force(threshold, now=now))
    found, _is_new = ThresholdQuality.objects.update_or_create(
        threshold=threshold,
        defaults={
            "measured_at": now,
            "days": max(1, (now - since).days),
            **_counts(threshold, since=since),
            **_blind(threshold, now=now),
        },
    )
    return found


def _first_in_force(threshold: Threshold, *, now: datetime) -> datetime:
    first = threshold.versions.order_by("effective_from").values_list("effective_from", flat=True).first()
    return first or now


def _counts(threshold: Threshold, *, since: datetime) -> dict[str, int]:
    live = Breach.objects.counted().filter(threshold=threshold, kind=BreachKind.LIVE, band=Band.ACT)
    breaches = live.filter(detected_at__gte=since)
    wrong, true = Q(verdict__in=WRONG), Q(verdict=Verdict.TRUE)
    return breaches.aggregate(
        breach_count=Count("pk"),
        true_count=Count("pk", filter=true),
        wrong_count=Count("pk", filter=wrong),
        other_count=Count("pk", filter=~Q(verdict="") & ~wrong & ~true),
        unjudged_count=Count("pk", filter=Q(verdict="")),
        unanswered_count=Count("pk", filter=Q(unanswered_at__isnull=False)),
    )


def _blind(threshold: Threshold, *, now: datetime) -> dict[str, Any]:
    version = threshold.version_at(now)
    found: Blindness | None = blindness(version, now=now) if version else None
    if found is None:
        return {"blind_ppm": None, "blind_reason": ""}
    return {"blind_ppm": found.share_ppm, "blind_reason": found.reason}
