"""Where each threshold stands, how it got there, and which ticks were judged."""

from collections.abc import Sequence

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from airp.audit.models import append_only
from incidents.detection.arrays import array
from incidents.detection.choices import Band
from incidents.detection.step import BREACHING, Status
from incidents.detection.thresholds import Threshold
from incidents.detection.versions import ThresholdVersion

STATUS_CHOICES = [
    (Status.OK.value, _("OK")),
    (Status.PENDING.value, _("Over, waiting")),
    (Status.FIRING.value, _("Firing")),
    (Status.RECOVERING.value, _("Recovering")),
    (Status.INSUFFICIENT.value, _("Too little to judge")),
    (Status.NO_DATA.value, _("No data")),
    (Status.ERROR.value, _("Broken")),
    (Status.ARCHIVED.value, _("Withdrawn")),
]


class ThresholdState(models.Model):
    """The present state of one threshold and group. Written only when it changes or a timer runs."""

    threshold = models.ForeignKey(Threshold, on_delete=models.CASCADE, related_name="states")
    group_key = models.CharField(max_length=255, blank=True)
    band = models.CharField(max_length=4, choices=Band, default=Band.ACT)
    version = models.ForeignKey(ThresholdVersion, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=12, choices=STATUS_CHOICES, default=Status.OK.value)
    held_from = models.CharField(max_length=12, blank=True)
    since = models.DateTimeField(null=True)
    judged_to = models.DateTimeField(null=True)
    # The changes between firing and ok within the last hour, and since when they were too many.
    flips = ArrayField(models.DateTimeField(), default=list)
    flapping_since = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["threshold", "group_key", "band"], name="one_state_per_threshold_group_band"
            )
        ]

    def __str__(self) -> str:
        return f"{self.threshold_id} is {self.status}"

    @property
    def is_breaching(self) -> bool:
        """Whether a breach is open, whatever data or evaluation went missing since."""
        return self.status != Status.ARCHIVED and (self.held_from or self.status) in BREACHING


_STORE = """
UPDATE incidents_thresholdstate AS stored
   SET version_id = fresh.version_id, status = fresh.status, held_from = fresh.held_from, since = fresh.since,
       judged_to = fresh.judged_to, flips = fresh.flips::timestamptz[], flapping_since = fresh.flapping_since,
       changed_at = fresh.changed_at, error = fresh.error
  FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[], %s::text[],
              %s::timestamptz[], %s::timestamptz[], %s::text[])
       AS fresh(id, version_id, status, held_from, since, judged_to, flips, flapping_since, changed_at, error)
 WHERE stored.id = fresh.id
"""


def store(states: Sequence[ThresholdState]) -> None:
    """Write states that are locked and known to the database, all in one statement."""
    if not states:
        return
    with connection.cursor() as cursor:
        cursor.execute(_STORE, [list(column) for column in zip(*map(_row, states), strict=True)])


def _row(state: ThresholdState) -> tuple[object, ...]:
    # An array of arrays of different lengths is none, so that the flips travel as text.
    return (
        *(state.pk, state.version_id, state.status, state.held_from, state.since, state.judged_to),
        array(flip.isoformat() for flip in state.flips),
        *(state.flapping_since, state.changed_at, state.error),
    )


class Transition(models.Model):
    """One change of state, with all that the decision was based on, so that it can be computed again."""

    threshold = models.ForeignKey(Threshold, on_delete=models.PROTECT, related_name="transitions")
    group_key = models.CharField(max_length=255, blank=True)
    band = models.CharField(max_length=4, choices=Band, default=Band.ACT)
    version = models.ForeignKey(ThresholdVersion, on_delete=models.PROTECT, related_name="+")
    version_before = models.ForeignKey(ThresholdVersion, on_delete=models.PROTECT, null=True, related_name="+")
    status_before = models.CharField(max_length=12, choices=STATUS_CHOICES)
    status_after = models.CharField(max_length=12, choices=STATUS_CHOICES)
    reason = models.CharField(max_length=20)
    judged_to = models.DateTimeField()
    noted_at = models.DateTimeField()
    bad = models.BigIntegerField(null=True)
    n = models.BigIntegerField(null=True)
    n_raw = models.BigIntegerField(null=True)
    # In the unit of the limit; the bound of a share is in parts per million.
    value = models.BigIntegerField(null=True)
    bound_ppm = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["threshold", "-judged_to", "-id"], name="transitions_newest_first")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.status_before} to {self.status_after} ({self.reason})"


class EvaluationTick(models.Model):
    """One judged minute of one shard. The row commits with the results, so that nobody judges it twice."""

    shard = models.PositiveSmallIntegerField()
    tick_at = models.DateTimeField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    evaluated_count = models.PositiveIntegerField(default=0)
    changed_count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shard", "tick_at"], name="one_tick_per_shard_and_minute")]

    def __str__(self) -> str:
        return f"shard {self.shard} at {self.tick_at:%Y-%m-%d %H:%M}"
