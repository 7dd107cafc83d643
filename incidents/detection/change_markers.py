"""A change that another system told about, kept as a mark in time: what was deployed just before it got worse?"""

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from incidents.detection.parsers.reports import MAX_TITLE
from incidents.detection.sources import SignalSource
from incidents.systems.models import AISystem


class ChangeMarkerQuerySet(models.QuerySet["ChangeMarker"]):
    def of(self, system: AISystem) -> Self:
        """Those about a system, and those that name none, the newest first."""
        about = Q(system=system) | Q(system__isnull=True)
        return self.filter(about).select_related("source").order_by("-happened_at", "-pk")

    def between(self, start: datetime, end: datetime) -> Self:
        return self.filter(happened_at__gte=start, happened_at__lte=end)


class ChangeMarker(models.Model):
    """One change. The words are kept without people and keys (`alert_texts.py`)."""

    source = models.ForeignKey(SignalSource, on_delete=models.PROTECT, related_name="changes")
    # Empty where the sender names no system: it may concern any that the source speaks about.
    system = models.ForeignKey(AISystem, on_delete=models.PROTECT, null=True, related_name="+")
    summary = models.CharField(max_length=MAX_TITLE)
    links = models.JSONField(default=list)
    facts = models.JSONField(default=list)
    happened_at = models.DateTimeField()
    received_at = models.DateTimeField()
    digest = models.BinaryField(max_length=32)

    objects: ClassVar[ChangeMarkerQuerySet] = ChangeMarkerQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "digest", "happened_at"], name="one_marker_per_change_told")
        ]
        indexes = [
            models.Index(fields=["system", "-happened_at", "-id"], name="changes_of_system"),
            models.Index(fields=["source", "-happened_at", "-id"], name="changes_of_source"),
            # Retention reads them by age.
            models.Index(fields=["received_at"], name="changes_by_age"),
        ]

    def __str__(self) -> str:
        return f"change told by source {self.source_id}"
