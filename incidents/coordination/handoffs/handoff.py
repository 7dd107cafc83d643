"""A handoff: the lead of an incident, a lane or a whole shift, offered to a named person with a packet."""

from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from airp.accounts.models import User
from airp.accounts.roles import Capability
from incidents.coordination.handoffs.answering import Answering
from incidents.coordination.handoffs.states import PENDING, TONES, HandoffKind, HandoffState, Rating
from incidents.coordination.lane import IncidentLane
from incidents.response.models import Incident
from incidents.response.visibility import ExistsFor


class HandoffQuerySet(models.QuerySet["Handoff"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Of an incident: whoever may see it. A shift may speak of many, so it is between the two who pass it."""
        if not isinstance(user, User) or not user.can(Capability.READ_INCIDENTS):
            return self.none()
        theirs = Q(kind=HandoffKind.SHIFT) & (Q(giver=user) | Q(receiver=user))
        return self.filter(theirs | ~Q(kind=HandoffKind.SHIFT) & Q(ExistsFor(user, path="incident__")))

    def pending(self) -> Self:
        return self.filter(state__in=PENDING)

    def offered(self) -> Self:
        return self.filter(state=HandoffState.OFFERED)


class Handoff(Answering):
    """Change it through its verbs only. The words stand in its versions, which never change.

    What measures need stays in the row: from `offered_at` to `accepted_at`, `returned_count`, `rating`.
    """

    kind = models.CharField(_("what"), max_length=8, choices=HandoffKind)
    # None for a shift, whose items name their incidents.
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, null=True, related_name="handoffs")
    lane = models.ForeignKey(IncidentLane, on_delete=models.PROTECT, null=True, related_name="handoffs")
    giver = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="given_handoffs", verbose_name=_("from")
    )
    receiver = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="received_handoffs", verbose_name=_("to")
    )
    state = models.CharField(_("state"), max_length=10, choices=HandoffState, default=HandoffState.OFFERED)
    version = models.PositiveIntegerField(default=1)
    offered_at = models.DateTimeField(_("first offered"))
    # When the present version was offered.
    asked_at = models.DateTimeField(_("offered"))
    due_at = models.DateTimeField(_("answer due"))
    remind_at = models.DateTimeField(null=True)
    unanswered_at = models.DateTimeField(_("deadline passed"), null=True)
    # What is missing, why it was withdrawn, or why it is void.
    note = models.TextField(_("note"), blank=True)
    returned_count = models.PositiveSmallIntegerField(default=0)
    accepted_at = models.DateTimeField(_("accepted"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    rating = models.CharField(_("rating"), max_length=10, choices=Rating, blank=True)
    rating_note = models.TextField(blank=True)
    rated_at = models.DateTimeField(_("rated"), null=True)

    objects: ClassVar[HandoffQuerySet] = HandoffQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("handoff")
        verbose_name_plural = _("handoffs")
        constraints = [
            models.CheckConstraint(condition=~Q(giver=F("receiver")), name="handoff_goes_to_somebody_else"),
            models.CheckConstraint(
                condition=Q(kind="lead", incident__isnull=False, lane__isnull=True)
                | Q(kind="lane", incident__isnull=False, lane__isnull=False)
                | Q(kind="shift", incident__isnull=True, lane__isnull=True),
                name="handoff_says_what_it_passes",
            ),
            models.CheckConstraint(
                condition=~Q(state="accepted") | Q(accepted_at__isnull=False), name="accepted_handoff_says_when"
            ),
            models.CheckConstraint(
                condition=Q(rating="", rated_at__isnull=True)
                | Q(state="accepted", rated_at__isnull=False) & ~Q(rating=""),
                name="only_accepted_handoffs_are_rated",
            ),
            models.UniqueConstraint(
                fields=["incident"],
                name="one_pending_handoff_per_lead",
                condition=Q(kind="lead", state__in=["offered", "returned"]),
            ),
            models.UniqueConstraint(
                fields=["lane"],
                name="one_pending_handoff_per_lane",
                condition=Q(kind="lane", state__in=["offered", "returned"]),
            ),
            models.UniqueConstraint(
                fields=["giver"],
                name="one_pending_handoff_per_shift",
                condition=Q(kind="shift", state__in=["offered", "returned"]),
            ),
        ]
        indexes = [
            models.Index(fields=["-offered_at", "-id"], name="handoffs_newest_first"),
            models.Index(
                fields=["receiver", "due_at"], name="handoffs_to_answer", condition=Q(state__in=["offered", "accepted"])
            ),
            # claimed by `remind_of_handoff`
            models.Index(
                fields=["remind_at", "id"],
                name="handoffs_to_remind",
                condition=Q(state="offered", remind_at__isnull=False),
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"handoff {self.pk} of a {self.kind} ({self.state})"

    @property
    def tone(self) -> str:
        return TONES[self.state]

    @property
    def is_offered(self) -> bool:
        return self.state == HandoffState.OFFERED

    @property
    def is_pending(self) -> bool:
        return self.state in PENDING

    @property
    def is_shift(self) -> bool:
        return self.kind == HandoffKind.SHIFT

    @property
    def facts(self) -> dict[str, Any]:
        return {
            "handoff": self.pk,
            "what": self.kind,
            "lane": self.lane.lane if self.lane else None,
            "from": self.giver_id,
            "to": self.receiver_id,
            "version": self.version,
            "due_at": self.due_at.isoformat(),
        }

    @property
    def waited(self) -> timedelta | None:
        """From the first offer to the acceptance."""
        return self.accepted_at - self.offered_at if self.accepted_at else None

    def reminder_at(self, *, since: datetime) -> datetime:
        """When three quarters of the time have passed."""
        return since + (self.due_at - since) * 0.75
