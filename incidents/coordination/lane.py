"""A lane in one incident: how it stands, who leads it, when it should have been engaged and when it was."""

from typing import Any, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from airp.accounts.models import User
from airp.accounts.roles import Capability
from incidents.coordination.lane_states import AT_WORK, ENDED, TONES, UNSETTLED, LaneState
from incidents.coordination.lane_work import LaneWork
from incidents.response.clocks import Clock, ClockName
from incidents.response.lanes import Lane
from incidents.response.models import Incident
from incidents.response.states import OPEN
from incidents.response.visibility import ExistsFor


class IncidentLaneQuerySet(models.QuerySet["IncidentLane"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """A lane of an incident that the person may not see does not exist for them."""
        if not isinstance(user, User) or not user.can(Capability.READ_INCIDENTS):
            return self.none()
        return self.filter(ExistsFor(user, path="incident__"))

    def unsettled(self) -> Self:
        return self.filter(state__in=UNSETTLED)

    def late_and_untold(self) -> Self:
        """Not engaged in an open incident, and nobody has noted yet that it is late."""
        waiting = self.filter(state=LaneState.NOT_ENGAGED, due_at__isnull=False, late_noted_at__isnull=True)
        return waiting.filter(incident__state__in=OPEN)


class IncidentLane(LaneWork):
    """Change it through its verbs only. The rule that demands it is frozen in it; without one somebody called it in."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="lanes")
    lane = models.CharField(_("lane"), max_length=16, choices=Lane)
    state = models.CharField(_("state"), max_length=12, choices=LaneState, default=LaneState.NOT_ENGAGED)
    # {"rule": …, "severity": …, "harm_kind": …, "within_minutes": …, "from": …}; empty where no rule demands it
    terms = models.JSONField(default=dict)
    # Gates as they were then: [{"first": …, "needs": …, "reason": …}]
    gates = models.JSONField(default=list)
    needed_at = models.DateTimeField(_("needed since"))
    due_at = models.DateTimeField(_("should be engaged by"), null=True)
    late_noted_at = models.DateTimeField(_("noted as late"), null=True)
    lead = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="led_lanes", verbose_name=_("lead")
    )
    engaged_at = models.DateTimeField(_("engaged"), null=True)
    engaged_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    waits_for = models.TextField(_("waits for"), blank=True)
    waits_lane = models.CharField(_("from the lane"), max_length=16, choices=Lane, blank=True)
    waits_person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("from the person"),
    )
    waiting_since = models.DateTimeField(null=True)
    # What it was settled with, or why it is not needed.
    outcome = models.TextField(_("outcome"), blank=True)
    ended_at = models.DateTimeField(_("settled"), null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[IncidentLaneQuerySet] = IncidentLaneQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("lane of an incident")
        verbose_name_plural = _("lanes of incidents")
        constraints = [
            models.UniqueConstraint(fields=["incident", "lane"], name="one_row_per_incident_and_lane"),
            models.CheckConstraint(
                condition=~Q(state__in=sorted(AT_WORK)) | Q(lead__isnull=False, engaged_at__isnull=False),
                name="engaged_lane_has_a_lead",
            ),
            models.CheckConstraint(
                condition=~Q(state="waiting")
                | ~Q(waits_for="")
                & Q(waiting_since__isnull=False)
                & (~Q(waits_lane="") | Q(waits_person__isnull=False)),
                name="waiting_lane_says_on_what_and_whom",
            ),
            models.CheckConstraint(
                condition=Q(state__in=sorted(UNSETTLED), ended_at__isnull=True)
                | (Q(state__in=sorted(ENDED), ended_at__isnull=False) & ~Q(outcome="")),
                name="ended_lane_says_when_and_what",
            ),
        ]
        indexes = [
            # claimed by `note_late`
            models.Index(
                fields=["due_at", "id"],
                name="lanes_that_are_late",
                condition=Q(state="not_engaged", due_at__isnull=False, late_noted_at__isnull=True),
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.lane} of incident {self.incident_id} ({self.state})"

    @property
    def name(self) -> str:
        return str(self.get_lane_display())

    @property
    def tone(self) -> str:
        return TONES[self.state]

    @property
    def is_unsettled(self) -> bool:
        return self.state in UNSETTLED

    @property
    def is_there(self) -> bool:
        """Whether the incident has the lane at all: a rule demands it, or somebody engaged it."""
        return not self._state.adding

    @property
    def is_late(self) -> bool:
        """It was noted that nobody engaged it in time."""
        return self.late_noted_at is not None

    @property
    def clock(self) -> Clock | None:
        """The promise to be there, while nobody is."""
        if self.state != LaneState.NOT_ENGAGED or self.due_at is None:
            return None
        url = reverse("incidents:lane", args=[self.incident.reference, self.lane])
        return Clock(ClockName.LANE, self.needed_at, self.due_at, about=self.name, url=url)

    @property
    def facts(self) -> dict[str, Any]:
        return {"lane": self.lane}
