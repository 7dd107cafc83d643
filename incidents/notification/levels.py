"""The escalation of one incident: rows that wait for their time, and the policies as they were at the declaration."""

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from incidents.notification.policies.aims import Aim
from incidents.response.models import Incident


class LevelState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    ALERTED = "alerted", _("Alerted")
    EMPTY = "empty", _("Nobody was there")
    CANCELLED = "cancelled", _("Not needed")


class EscalationPlan(models.Model):
    """What the policies said when the incident was declared, for every severity it may get.

    `frozen` is severity id -> {"policy", "name", "rungs": [{"delay_minutes", "aims": [...]}]}; the first rung is called
    at once. `severity_id` is the one that the present levels were written for.
    """

    incident = models.OneToOneField(Incident, on_delete=models.PROTECT, related_name="escalation_plan")
    frozen = models.JSONField()
    severity_id = models.BigIntegerField()

    class Meta:
        verbose_name = _("escalation plan")
        verbose_name_plural = _("escalation plans")

    def __str__(self) -> str:
        return f"escalation of {self.incident_id}"

    @property
    def in_use(self) -> dict[str, Any]:
        return self.of(self.severity_id)

    def of(self, severity_id: int) -> dict[str, Any]:
        """The frozen policy for a severity; one that was made after the declaration keeps the present one."""
        found: dict[str, Any] = self.frozen.get(str(severity_id)) or self.frozen[str(self.severity_id)]
        return found


class EscalationLevel(Aim):
    """One target of a level: who is called next, and when, unless the incident is acknowledged before.

    Written at the declaration with the people named then, so that later changes of policy or ownership change no
    running escalation. Whoever is on call or holds a role is looked up when the time comes. Rows with one number
    are called together. `spans` and `minutes` are the time since the clocks began: as many times the span for
    acknowledging, and minutes on top.
    """

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="escalation_levels")
    number = models.PositiveSmallIntegerField(_("level"))
    place = models.PositiveSmallIntegerField(_("place"), default=1)
    spans = models.PositiveSmallIntegerField(default=1)
    minutes = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(_("due"))
    state = models.CharField(_("state"), max_length=10, choices=LevelState, default=LevelState.WAITING)
    ended_at = models.DateTimeField(_("alerted or cancelled"), null=True)

    class Meta:
        verbose_name = _("escalation level")
        verbose_name_plural = _("escalation levels")
        ordering: ClassVar[list[str]] = ["number", "place"]
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "number", "place"], name="one_escalation_level_per_number_and_place"
            ),
            models.CheckConstraint(
                condition=models.Q(state="waiting", ended_at__isnull=True)
                | (~models.Q(state="waiting") & models.Q(ended_at__isnull=False)),
                name="ended_escalation_level_has_time",
            ),
        ]
        indexes = [
            # claimed by `escalate`
            models.Index(fields=["due_at", "id"], name="escalation_levels_due", condition=models.Q(state="waiting")),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.name} ({self.state})"

    def due_under(self, incident: Incident) -> datetime:
        """When it is due under the present severity of the incident."""
        span = incident.acknowledge_due_at - incident.clocks_began_at
        return incident.clocks_began_at + span * self.spans + timedelta(minutes=self.minutes)
