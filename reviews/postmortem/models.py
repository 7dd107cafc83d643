"""The review of an incident: blameless, in plain words, signed by a second person."""

from typing import ClassVar

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from airp.accounts.roles import Role
from incidents.response.models import Incident
from reviews.postmortem.actions import Action
from reviews.postmortem.comments import ReviewComment
from reviews.postmortem.deciding import Deciding
from reviews.postmortem.drafting import ContributingFactor, Drafting
from reviews.postmortem.queries import ReviewQuerySet
from reviews.postmortem.states import IN_WRITING, ReviewState

__all__ = ["Action", "ContributingFactor", "Review", "ReviewComment"]


# Each change of state keeps a copy of the whole row: the words as they were submitted and signed.
@pghistory.track(
    pghistory.InsertEvent(label="opened"),
    pghistory.UpdateEvent(label="moved", condition=pghistory.AnyChange("state"), row=pghistory.New),
)
class Review(Drafting, Deciding):
    """One per incident. Change it through its verbs only. The due date and the signer's role are frozen."""

    incident = models.OneToOneField(Incident, on_delete=models.PROTECT, related_name="review")
    state = models.CharField(_("state"), max_length=12, choices=ReviewState, default=ReviewState.DRAFT)
    version = models.PositiveIntegerField(default=1)

    summary = models.TextField(_("summary"), blank=True)
    what_happened = models.TextField(_("what happened"), blank=True)
    impact = models.TextField(_("impact"), blank=True)
    what_slowed_us = models.TextField(_("what slowed us"), blank=True)
    saved_at = models.DateTimeField(_("saved"), null=True)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    # Empty while the incident is reopened and not resolved again.
    due_date = models.DateField(_("due"), null=True)
    signer_role = models.CharField(_("signed by"), max_length=20, choices=Role, default=Role.MANAGER)
    opened_at = models.DateTimeField(_("opened"))
    # How often the incident had been reopened when this review was opened: tells one resolution from the next.
    opened_for = models.PositiveSmallIntegerField(default=0)

    submitted_at = models.DateTimeField(_("submitted"), null=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="submitted_reviews"
    )
    signed_off_at = models.DateTimeField(_("signed off"), null=True)
    signed_off_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="signed_reviews"
    )

    objects: ClassVar[ReviewQuerySet] = ReviewQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=ReviewState.SIGNED_OFF)
                | Q(signed_off_by__isnull=False, signed_off_at__isnull=False),
                name="signed_off_review_has_a_signer",
            ),
            models.CheckConstraint(
                condition=Q(signed_off_by__isnull=True) | ~Q(signed_off_by=F("submitted_by")),
                name="review_takes_two_persons",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_date", "id"],
                name="unfinished_reviews_by_due_date",
                condition=~Q(state=ReviewState.SIGNED_OFF),
            ),
            models.Index(fields=["-signed_off_at", "-id"], name="reviews_last_signed_first"),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"review {self.pk} of incident {self.incident_id}"

    @property
    def is_in_writing(self) -> bool:
        return self.state in IN_WRITING

    @property
    def is_submitted(self) -> bool:
        return self.state == ReviewState.SUBMITTED

    @property
    def is_signed_off(self) -> bool:
        return self.state == ReviewState.SIGNED_OFF
