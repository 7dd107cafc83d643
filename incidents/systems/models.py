"""AI systems, the people who answer for them, and the component versions in force at any moment."""

from datetime import datetime
from typing import ClassVar, Self

import pghistory
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _


class UseClass(models.TextChoices):
    """How the EU AI Act (Regulation 2024/1689) sees the use: Art. 6 high-risk, Art. 50 transparency, others."""

    HIGH_RISK = "high_risk", _("High-risk")
    LIMITED = "limited", _("Limited risk")
    MINIMAL = "minimal", _("Minimal risk")


@pghistory.track()
class AISystem(models.Model):
    """A thing under watch: an assistant, a ranker, a summariser. Retired ones stay, for the record."""

    slug = models.SlugField(
        _("slug"), max_length=80, unique=True, help_text=_("The name that clients send with each signal.")
    )
    name = models.CharField(_("name"), max_length=120)
    purpose = models.TextField(_("purpose"), help_text=_("What it does, for whom, in one or two sentences."))
    use_class = models.CharField(_("use class"), max_length=12, choices=UseClass, default=UseClass.LIMITED)
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True)

    class Meta:
        verbose_name = _("AI system")
        verbose_name_plural = _("AI systems")

    def __str__(self) -> str:
        return self.name

    def responsible(self, role: "OwnershipRole | str") -> "Ownership | None":
        """Who answers for this system in a role, with the deputy; None where nobody is named."""
        return self.ownerships.select_related("person", "deputy").filter(role=role).first()

    def versions_at(self, moment: datetime) -> list["ComponentVersion"]:
        """The component versions in force at `moment`, one per component."""
        return list(self.versions.in_force_at(moment).order_by("component", "pk"))


class OwnershipRole(models.TextChoices):
    OWNER = "owner", _("Owner")
    TECHNICAL = "technical", _("Technical")
    LEGAL = "legal", _("Legal")
    EDITORIAL = "editorial", _("Editorial")
    COMMUNICATIONS = "communications", _("Communications")
    POLICY = "policy", _("Policy")


@pghistory.track()
class Ownership(models.Model):
    """A named person, with a deputy, who answers for a system in one role."""

    system = models.ForeignKey(AISystem, on_delete=models.CASCADE, related_name="ownerships")
    role = models.CharField(_("role"), max_length=16, choices=OwnershipRole, default=OwnershipRole.OWNER)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="ownerships",
        verbose_name=_("person"),
    )
    deputy = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="deputyships",
        null=True,
        blank=True,
        verbose_name=_("deputy"),
        help_text=_("Is alerted when the person does not answer in time."),
    )

    class Meta:
        verbose_name = _("ownership")
        verbose_name_plural = _("owners")
        constraints = [
            models.UniqueConstraint(fields=["system", "role"], name="one_person_per_system_and_role"),
            models.CheckConstraint(condition=~Q(person=F("deputy")), name="deputy_is_another_person"),
        ]

    def __str__(self) -> str:
        return f"{self.person} ({self.get_role_display()}, {self.system})"


class Component(models.TextChoices):
    MODEL = "model", _("Model")
    PROMPT = "prompt", _("Prompt")
    GUARDRAIL = "guardrail", _("Guardrail")
    INDEX = "index", _("Index")


class ComponentVersionQuerySet(models.QuerySet["ComponentVersion"]):
    def in_force_at(self, moment: datetime) -> Self:
        return self.ran_since(moment).filter(deployed_from__lte=moment)

    def ran_since(self, moment: datetime) -> Self:
        """Those that were in force at the moment or came later."""
        return self.filter(Q(deployed_to__isnull=True) | Q(deployed_to__gt=moment))


class ComponentVersionManager(models.Manager["ComponentVersion"]):
    def get_queryset(self) -> ComponentVersionQuerySet:
        return ComponentVersionQuerySet(self.model, using=self._db)

    def in_force_at(self, moment: datetime) -> ComponentVersionQuerySet:
        return self.get_queryset().in_force_at(moment)

    def ran_since(self, moment: datetime) -> ComponentVersionQuerySet:
        return self.get_queryset().ran_since(moment)


class _Span(Func):
    function = "tstzrange"
    output_field = DateTimeRangeField()


@pghistory.track()
class ComponentVersion(models.Model):
    """A model, prompt, guardrail or index of a system, in force from one moment until another or until now."""

    system = models.ForeignKey(AISystem, on_delete=models.CASCADE, related_name="versions")
    component = models.CharField(_("component"), max_length=12, choices=Component)
    label = models.CharField(_("version"), max_length=120, help_text=_("For example v14, or a commit."))
    deployed_from = models.DateTimeField(_("deployed from"))
    deployed_to = models.DateTimeField(_("deployed until"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    objects: ClassVar[ComponentVersionManager] = ComponentVersionManager()

    class Meta:
        verbose_name = _("component version")
        verbose_name_plural = _("component versions")
        constraints = [
            models.CheckConstraint(
                condition=Q(deployed_to__isnull=True) | Q(deployed_to__gt=F("deployed_from")),
                name="version_ends_after_it_starts",
            ),
            ExclusionConstraint(
                name="one_version_of_a_component_at_a_time",
                expressions=[
                    ("system", RangeOperators.EQUAL),
                    ("component", RangeOperators.EQUAL),
                    (_Span("deployed_from", "deployed_to"), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_component_display()} {self.label}"

    @classmethod
    @transaction.atomic
    def deploy(
        cls, *, system: AISystem, component: Component | str, label: str, at: datetime, note: str = ""
    ) -> "ComponentVersion":
        """Put a version in force at `at` and end the one before it.

        Raises ValidationError when a later version of the component is already known.
        """
        AISystem.objects.select_for_update().get(pk=system.pk)
        same = cls.objects.filter(system=system, component=component)
        if same.filter(deployed_from__gte=at).exists():
            raise ValidationError(_("A version of this component is already in force from a later moment."))
        same.filter(deployed_to__isnull=True).update(deployed_to=at)
        return cls.objects.create(system=system, component=component, label=label, deployed_from=at, note=note)
