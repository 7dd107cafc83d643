"""Back-tests that are kept: what a change of a threshold rested on."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from airp.audit.models import append_only
from incidents.detection.thresholds import Threshold


class Backtest(models.Model):
    """A rule played through the past, as it was known then. Never changed; the version that it justified names it.

    `per_week` is the forecast; it is None where the measure cannot be played again, and `result` then says why.
    """

    threshold = models.ForeignKey(Threshold, on_delete=models.PROTECT, related_name="backtests")
    rule = models.JSONField()
    days = models.PositiveSmallIntegerField()
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    # The newest signal that went into it: what arrived later was not known.
    received_to = models.DateTimeField(null=True)
    result = models.JSONField(default=dict)
    per_week = models.FloatField(null=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("back-test")
        verbose_name_plural = _("back-tests")
        indexes = [models.Index(fields=["threshold", "-made_at", "-id"], name="backtests_newest_first")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"back-test of {self.threshold} over {self.days} days"
