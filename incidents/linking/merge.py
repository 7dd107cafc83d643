"""A merge: a duplicate and the incident that took it over, with all that taking it back needs."""

from datetime import datetime, timedelta

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from airp.accounts.models import User
from incidents.linking.ending import Ending
from incidents.linking.link import Link
from incidents.response.models import Incident


class Merge(Ending):
    """`before` is how the duplicate stood, `carried` what was moved, by the name of what moved it."""

    duplicate = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="+")
    survivor = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="+")
    link = models.ForeignKey(Link, on_delete=models.PROTECT, related_name="merges")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    before = models.JSONField()
    carried = models.JSONField(default=dict)
    # The level that the survivor had, where the merge raised it; the entries that raised it and put it back
    severity_before = models.CharField(max_length=16, blank=True)
    raised_seq = models.PositiveIntegerField(default=0)
    lowered_seq = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        constraints = [
            models.UniqueConstraint(
                fields=["duplicate"], condition=Q(ended_at__isnull=True), name="one_open_merge_per_duplicate"
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.duplicate_id} into {self.survivor_id}"

    def is_just_made(self, by: User, *, now: datetime) -> bool:
        """Whether this person can take it back as a slip: their own, and within the time for it."""
        return self.by_id == by.pk and now <= self.at + timedelta(minutes=settings.MERGE_UNDO_MINUTES)
