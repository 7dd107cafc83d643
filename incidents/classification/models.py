"""Severity levels and harm kinds: what an incident is called and what that demands. Admins configure both."""

from typing import Any

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from airp.accounts.roles import CAPABILITIES, Capability, Role
from incidents.classification.publishing import SeverityMatrix
from incidents.classification.taxonomies import known_tag

__all__ = ["HarmKind", "ReviewRule", "SeverityLevel", "SeverityMatrix", "Tone"]

OTHER = "other"


class Tone(models.TextChoices):
    """The six named looks. Each has a colour pair and a shape, so colour never speaks alone."""

    CRITICAL = "critical", _("Critical ◆")
    HIGH = "high", _("High ▲")
    MODERATE = "moderate", _("Moderate ■")
    LOW = "low", _("Low ●")
    INFO = "info", _("Info ○")
    GOOD = "good", _("Good ✓")


class ReviewRule(models.TextChoices):
    REQUIRED = "required", _("Required before closing")
    NOT_REQUIRED = "not_required", _("Not required")


def signer_roles() -> list[tuple[str, str]]:
    """The roles that may be named as signers: those that can open a review and sign it off."""
    return [(role.value, str(role.label)) for role in Role if Capability.WRITE_REVIEW in CAPABILITIES[role]]


@pghistory.track()
class SeverityLevel(models.Model):
    """How bad it is, and what that demands of us: clocks, updates and a review.

    Incidents copy these terms when they are declared, so a later edit changes no running incident.
    """

    slug = models.SlugField(_("code"), max_length=16, unique=True, help_text=_("For example SEV1."))
    name = models.CharField(_("name"), max_length=60)
    rank = models.PositiveSmallIntegerField(
        _("rank"), unique=True, validators=[MinValueValidator(1)], help_text=_("1 is the worst.")
    )
    tone = models.CharField(_("tone"), max_length=10, choices=Tone, default=Tone.MODERATE)
    definition = models.TextField(_("definition"))
    examples = models.TextField(_("examples"), blank=True, help_text=_("One per line."))
    acknowledge_minutes = models.PositiveIntegerField(
        _("acknowledge within (minutes)"), validators=[MinValueValidator(1), MaxValueValidator(100_000)]
    )
    contain_minutes = models.PositiveIntegerField(
        _("contain within (minutes)"), validators=[MinValueValidator(1), MaxValueValidator(100_000)]
    )
    update_minutes = models.PositiveIntegerField(
        _("update every (minutes)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(5), MaxValueValidator(100_000)],
        help_text=_("Leave empty when no regular update is promised."),
    )
    reassess_minutes = models.PositiveIntegerField(
        _("assess again within (minutes)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(30), MaxValueValidator(100_000)],
        help_text=_("While an assessment is provisional. Leave empty for the next working day."),
    )
    review_rule = models.CharField(_("review"), max_length=14, choices=ReviewRule, default=ReviewRule.REQUIRED)
    review_due_working_days = models.PositiveSmallIntegerField(_("review due in working days"), default=5)
    review_signer_role = models.CharField(
        _("review signed by"), max_length=20, choices=signer_roles, default=Role.MANAGER
    )

    class Meta:
        verbose_name = _("severity level")
        verbose_name_plural = _("severity levels")

    def __str__(self) -> str:
        return f"{self.slug} {self.name}"

    @property
    def terms(self) -> dict[str, Any]:
        """What this level demands now, in the form that an incident freezes at its declaration."""
        return {
            "slug": self.slug,
            "name": self.name,
            "rank": self.rank,
            "tone": self.tone,
            "definition": self.definition,
            "acknowledge_minutes": self.acknowledge_minutes,
            "contain_minutes": self.contain_minutes,
            "update_minutes": self.update_minutes,
            "reassess_minutes": self.reassess_minutes,
            "review_rule": self.review_rule,
            "review_due_working_days": self.review_due_working_days,
            "review_signer_role": self.review_signer_role,
        }


@pghistory.track()
class HarmKind(models.Model):
    """What went wrong, in one pick: biased output, invented commitment, exposed data and so on."""

    slug = models.SlugField(_("slug"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80)
    meaning = models.CharField(_("means"), max_length=200)
    position = models.PositiveSmallIntegerField(_("position"), default=100)
    tags = ArrayField(
        models.CharField(max_length=40, validators=[known_tag]),
        verbose_name=_("proposed tags"),
        default=list,
        blank=True,
        help_text=_("Codes of public taxonomies, with commas between, such as mit:1.1, owasp:LLM09."),
    )
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True)

    class Meta:
        verbose_name = _("harm kind")
        verbose_name_plural = _("harm kinds")

    def __str__(self) -> str:
        return self.name

    @property
    def needs_note(self) -> bool:
        """Whether the kind says nothing by itself, so that somebody must say what it is."""
        return self.slug == OTHER
