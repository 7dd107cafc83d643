"""Escalation policies as admins configure them, and which of them applies where."""

from typing import ClassVar, Self

import pghistory
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from incidents.classification.models import SeverityLevel
from incidents.notification.policies.aims import Aim
from incidents.systems.models import AISystem

MOST_REPEATS, LONGEST_DELAY_MINUTES = 5, 7 * 24 * 60


class PolicyState(models.TextChoices):
    ACTIVE = "active", _("In use")
    RETIRED = "retired", _("Retired")


class PolicyQuerySet(models.QuerySet["EscalationPolicy"]):
    def active(self) -> Self:
        return self.filter(state=PolicyState.ACTIVE).order_by("name", "pk")


@pghistory.track()
class EscalationPolicy(models.Model):
    """Who is called at once, and who next while nobody acknowledges. Incidents copy it at their declaration."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    purpose = models.CharField(_("purpose"), max_length=200, blank=True)
    repeat_count = models.PositiveSmallIntegerField(
        _("repeat"),
        default=0,
        validators=[MaxValueValidator(MOST_REPEATS)],
        help_text=_("How often all levels are gone through again if nobody acknowledges."),
    )
    state = models.CharField(_("state"), max_length=10, choices=PolicyState, default=PolicyState.ACTIVE)

    objects: ClassVar[PolicyQuerySet] = PolicyQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("escalation policy")
        verbose_name_plural = _("escalation policies")

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class PolicyLevel(Aim):
    """One target of a level. Rows with the same number are called together; number 0 is called at the declaration."""

    policy = models.ForeignKey(EscalationPolicy, on_delete=models.CASCADE, related_name="levels")
    number = models.PositiveSmallIntegerField(
        _("level"), help_text=_("0 is called at once. Rows of the same level are called together.")
    )
    delay_minutes = models.PositiveIntegerField(
        _("minutes after the level before"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(LONGEST_DELAY_MINUTES)],
        help_text=_("Empty: the time that the severity gives for acknowledging."),
    )

    class Meta:
        verbose_name = _("level")
        verbose_name_plural = _("levels")

    def __str__(self) -> str:
        return f"{self.number}: {self.name}"


@pghistory.track()
class PolicyChoice(models.Model):
    """Which policy applies to a system and a severity. The most specific row wins; empty means all."""

    system = models.ForeignKey(
        AISystem, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("AI system")
    )
    severity = models.ForeignKey(
        SeverityLevel, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("severity")
    )
    policy = models.ForeignKey(
        EscalationPolicy, on_delete=models.PROTECT, related_name="choices", verbose_name=_("policy")
    )

    class Meta:
        verbose_name = _("choice of a policy")
        verbose_name_plural = _("choices of policies")
        constraints = [
            models.UniqueConstraint(
                fields=["system", "severity"], name="one_policy_per_system_and_severity", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return f"{self.system or 'all systems'}, {self.severity or 'all levels'}: {self.policy}"
