"""Which lanes an incident needs and how soon, and which lane waits for which: rows that admins change."""

from typing import Any

import pghistory
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from airp.web import times
from incidents.classification.models import HarmKind, SeverityLevel
from incidents.response.lanes import Lane


@pghistory.track()
class LaneRule(models.Model):
    """An incident of this level, and of this harm kind if one is named, needs the lane within so many minutes.

    Incidents copy the rule when it comes to apply, so a later edit changes nothing that runs.
    """

    severity = models.ForeignKey(SeverityLevel, on_delete=models.CASCADE, verbose_name=_("level"), related_name="+")
    harm_kind = models.ForeignKey(
        HarmKind,
        on_delete=models.CASCADE,
        verbose_name=_("harm kind"),
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Empty: whatever the harm is."),
    )
    lane = models.CharField(_("lane"), max_length=16, choices=Lane)
    within_minutes = models.PositiveIntegerField(
        _("engaged within (minutes)"),
        validators=[MinValueValidator(1), MaxValueValidator(100_000)],
        help_text=_(
            "Counts from the declaration, or from the moment at which the level or harm kind came to be known."
        ),
    )

    class Meta:
        verbose_name = _("lane rule")
        verbose_name_plural = _("lane rules")
        constraints = [
            models.UniqueConstraint(
                fields=["severity", "harm_kind", "lane"],
                name="one_lane_rule_per_level_kind_and_lane",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.severity.slug}: {self.get_lane_display()} in {self.within_minutes} min"

    @property
    def within(self) -> str:
        """The promise as people say it."""
        return times.span(self.within_minutes * 60)

    @property
    def frozen(self) -> dict[str, Any]:
        """What an incident keeps of the rule."""
        return {
            "rule": self.pk,
            "severity": self.severity.slug,
            "harm_kind": self.harm_kind.slug if self.harm_kind else "",
            "within_minutes": self.within_minutes,
        }


class Needs(models.TextChoices):
    """How far the other lane must have come."""

    ENGAGED = "engaged", _("is engaged")
    SETTLED = "settled", _("is settled")


@pghistory.track()
class LaneGate(models.Model):
    """A lane cannot settle before another lane has come so far, in incidents that are bad enough."""

    lane = models.CharField(_("lane"), max_length=16, choices=Lane)
    first = models.CharField(_("cannot settle before"), max_length=16, choices=Lane)
    needs = models.CharField(_("has come so far"), max_length=10, choices=Needs, default=Needs.SETTLED)
    severity = models.ForeignKey(
        SeverityLevel,
        on_delete=models.CASCADE,
        verbose_name=_("from this level on"),
        related_name="+",
        help_text=_("Counts for this level and every worse one."),
    )
    reason = models.CharField(
        _("why"), max_length=200, help_text=_("One sentence. It is shown to whoever is held back.")
    )

    class Meta:
        verbose_name = _("gate between lanes")
        verbose_name_plural = _("gates between lanes")
        constraints = [
            models.UniqueConstraint(fields=["lane", "first"], name="one_gate_per_pair_of_lanes"),
            models.CheckConstraint(condition=~models.Q(lane=models.F("first")), name="no_lane_waits_for_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.get_lane_display()} after {self.get_first_display()} {self.get_needs_display()}"

    def clean(self) -> None:
        """Refuse lanes that would wait for each other for good."""
        super().clean()
        if not self.lane or not self.first:
            return
        if self.lane == self.first:
            raise ValidationError({"first": _("A lane cannot wait for itself. Choose another one.")})
        if self.needs == Needs.SETTLED and _leads_back(self):
            raise ValidationError(
                {"first": _("Then these lanes would wait for each other for good. Remove the other gate first.")}
            )

    @property
    def frozen(self) -> dict[str, Any]:
        return {"first": self.first, "needs": self.needs, "reason": self.reason}


def _leads_back(gate: LaneGate) -> bool:
    """Whether the lane that must settle first waits itself, directly or through others, for the one behind it."""
    others = LaneGate.objects.filter(needs=Needs.SETTLED).exclude(pk=gate.pk)
    before: dict[str, set[str]] = {}
    for lane, first in others.values_list("lane", "first"):
        before.setdefault(lane, set()).add(first)
    seen: set[str] = set()
    waiting = {gate.first}
    while waiting - seen:
        lane = (waiting - seen).pop()
        seen.add(lane)
        waiting |= before.get(lane, set())
    return gate.lane in seen
