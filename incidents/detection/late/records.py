"""Thresholds whose windows must be judged again, and what came of it each time."""

from datetime import datetime, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from incidents.detection.late.spans import Span, merged
from incidents.detection.thresholds import Threshold

TRIES = 3
RETRY_AFTER = timedelta(minutes=5)


class Rejudging(models.Model):
    """Minutes in the windows of a threshold changed. Deleted in the transaction that judges them again.

    `due_at` lies behind the last change for a while: a queue that is flushed brings its parts one after the other.
    """

    threshold = models.OneToOneField(
        Threshold, on_delete=models.CASCADE, primary_key=True, related_name="rejudging", verbose_name=_("threshold")
    )
    spans = models.JSONField()
    noted_at = models.DateTimeField()
    due_at = models.DateTimeField()
    failed_count = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["due_at", "threshold"], name="rejudgings_due")]

    def __str__(self) -> str:
        return f"windows of threshold {self.threshold_id} wait to be judged again"

    @property
    def changed(self) -> list[Span]:
        return merged(Span.of_json(each) for each in self.spans)

    def set_aside(self, *, now: datetime) -> bool:
        """Try again in a while; False when that was the last try and it is given up."""
        self.failed_count += 1
        if self.failed_count >= TRIES:
            self.delete()
            return False
        self.due_at = now + RETRY_AFTER
        self.save(update_fields=["failed_count", "due_at"])
        return True


class LateRun(models.Model):
    """One time that windows of a threshold were judged again. What was judged before stays as it was.

    `changes` are the moves of the state machine with what is known now: [when, from, to, why]. `error` says why it
    could not be done; then nothing was judged.
    """

    threshold = models.ForeignKey(Threshold, on_delete=models.CASCADE, related_name="late_runs")
    number = models.PositiveIntegerField()
    first_minute = models.DateTimeField()
    last_minute = models.DateTimeField()
    lag_seconds = models.PositiveIntegerField()
    window_count = models.PositiveIntegerField(default=0)
    changes = models.JSONField(default=list)
    found_count = models.PositiveSmallIntegerField(default=0)
    revised_count = models.PositiveSmallIntegerField(default=0)
    finished_at = models.DateTimeField()
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["threshold", "number"], name="one_late_run_per_number")]
        indexes = [models.Index(fields=["finished_at"], name="late_runs_by_age")]

    def __str__(self) -> str:
        return f"late run {self.number} of {self.threshold}"

    @property
    def lag(self) -> timedelta:
        """How late the latest signal came."""
        return timedelta(seconds=self.lag_seconds)
