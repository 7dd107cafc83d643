"""What is stored of signals: series, minute and hour buckets, and the receipts that make counting exactly-once.

Buckets are tables of migration `signal_buckets` (minute buckets partitioned by day, covering keys), which Django
cannot express, so Django does not manage them. Receipts carry no event time in their key: otherwise the same
signal with an altered time would count twice.
"""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from incidents.detection.parsers.signals import SignalKind
from incidents.detection.sources import SignalSource
from incidents.systems.models import AISystem

KIND_LABELS = {
    SignalKind.TRAFFIC: _("Traffic: answers and errors"),
    SignalKind.VIOLATION: _("Violation: an answer that broke policy"),
    SignalKind.COMPLAINT: _("Complaint"),
    SignalKind.EVALUATION: _("Evaluation: answers judged"),
    SignalKind.GUARDRAIL: _("Guardrail: answers checked and blocked"),
}
KIND_CHOICES = [(kind.value, label) for kind, label in KIND_LABELS.items()]


class SignalSeries(models.Model):
    """One combination of labels from one source. Its buckets hang on its id."""

    fingerprint = models.BinaryField(max_length=32, unique=True)
    source = models.ForeignKey(SignalSource, on_delete=models.PROTECT, related_name="series")
    system = models.ForeignKey(AISystem, on_delete=models.PROTECT, related_name="series")
    kind = models.CharField(max_length=12, choices=KIND_CHOICES)
    category = models.CharField(max_length=256, blank=True)
    labels = models.JSONField(default=dict)
    first_seen_at = models.DateTimeField()

    class Meta:
        # How thresholds find their series.
        indexes = [models.Index(fields=["system", "kind", "category"], name="series_by_selector")]

    def __str__(self) -> str:
        return f"{self.kind} {self.category} #{self.pk}"


class _Bucket(models.Model):
    """Counts of one series in one stretch of event time, labelled by its start in UTC."""

    pk = models.CompositePrimaryKey("series_id", "ts")
    series = models.ForeignKey(SignalSeries, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    ts = models.DateTimeField()
    n = models.BigIntegerField()
    bad = models.BigIntegerField()
    n_raw = models.BigIntegerField()
    value_n = models.BigIntegerField()
    value_sum = models.FloatField()
    value_sumsq = models.FloatField()
    value_min = models.FloatField(null=True)
    value_max = models.FloatField(null=True)
    first_received_at = models.DateTimeField()
    last_received_at = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.bad} of {self.n} at {self.ts:%Y-%m-%d %H:%M}"


class SignalBucket(_Bucket):
    class Meta(_Bucket.Meta):
        abstract = False
        managed = False
        db_table = "incidents_signalbucket"


class HourBucket(_Bucket):
    class Meta(_Bucket.Meta):
        abstract = False
        managed = False
        db_table = "incidents_hourbucket"


class Receipt(models.Model):
    """This id of this source was counted. Kept one day longer than the oldest signal that is accepted."""

    pk = models.CompositePrimaryKey("source_id", "dedupe_key")
    source = models.ForeignKey(SignalSource, on_delete=models.CASCADE, related_name="+")
    dedupe_key = models.CharField(max_length=255)
    payload_hash = models.BinaryField(max_length=32)
    event_at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["received_at"], name="receipts_by_age")]

    def __str__(self) -> str:
        return f"{self.dedupe_key} of source {self.source_id}"


class IngestRequest(models.Model):
    """The answer to a batch that came with an Idempotency-Key, so that a repeat gets the same. Kept two days."""

    pk = models.CompositePrimaryKey("source_id", "key")
    source = models.ForeignKey(SignalSource, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    body_hash = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField()
    answer = models.JSONField()
    received_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["received_at"], name="ingest_requests_by_age")]

    def __str__(self) -> str:
        return f"{self.key} of source {self.source_id}"


def day_of(moment: datetime) -> datetime:
    """The start of the UTC day, the unit of the partitions."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
