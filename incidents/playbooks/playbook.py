"""Playbooks and their versions. A published version never changes: an edit is a draft of the next one."""

from typing import Any, ClassVar, Self

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from incidents.playbooks.drafting import Drafting
from incidents.playbooks.fitting import Scope
from incidents.playbooks.publishing import Keeping, Publishing
from incidents.playbooks.states import Before, DueFrom, VersionState
from incidents.playbooks.step_kinds.registry import choices as kind_choices
from incidents.response.lanes import Lane
from incidents.response.people import IncidentRole

ONLY_DRAFTS_CHANGE = """
    IF (SELECT v.state FROM incidents_playbookversion v WHERE v.id = COALESCE(NEW.version_id, OLD.version_id))
       <> 'draft' THEN
        RAISE EXCEPTION 'airp: a published version of a playbook never changes';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
"""


class PlaybookQuerySet(models.QuerySet["Playbook"]):
    def in_use(self) -> Self:
        return self.filter(retired_at__isnull=True)


@pghistory.track()
class Playbook(Keeping):
    """Repeatable instructions for one sort of incident. Its versions hold the steps."""

    slug = models.SlugField(_("slug"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120, unique=True)
    purpose = models.CharField(_("for what"), max_length=300)
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True)
    retired_why = models.CharField(_("retired because"), max_length=300, blank=True)

    objects: ClassVar[PlaybookQuerySet] = PlaybookQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("playbook")
        verbose_name_plural = _("playbooks")

    def __str__(self) -> str:
        return self.name


def _slugs(label: Any) -> ArrayField:
    return ArrayField(models.SlugField(max_length=60), verbose_name=label, default=list, blank=True)


@pghistory.track()
class PlaybookVersion(Drafting, Publishing):
    """One edition: for which incidents it is meant and, by its steps, what is done. Immutable once published."""

    playbook = models.ForeignKey(Playbook, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    state = models.CharField(_("state"), max_length=10, choices=VersionState, default=VersionState.DRAFT)
    systems = _slugs(_("AI systems"))
    harm_kinds = _slugs(_("harm kinds"))
    severities = _slugs(_("severity levels"))
    edited_at = models.DateTimeField(_("edited"))
    edited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    why = models.CharField(_("why"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("version of a playbook")
        verbose_name_plural = _("versions of playbooks")
        constraints = [
            models.UniqueConstraint(fields=["playbook", "number"], name="one_playbook_version_per_number"),
            models.UniqueConstraint(
                fields=["playbook"], name="one_draft_per_playbook", condition=Q(state=VersionState.DRAFT)
            ),
            models.UniqueConstraint(
                fields=["playbook"],
                name="one_published_version_per_playbook",
                condition=Q(state=VersionState.PUBLISHED),
            ),
            models.CheckConstraint(
                condition=Q(state=VersionState.DRAFT) | Q(published_at__isnull=False),
                name="published_playbook_version_says_when",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="published_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__state__in=[VersionState.PUBLISHED, VersionState.SUPERSEDED]),
                func="""
                    IF NEW.state = 'draft' OR (to_jsonb(NEW) - 'state') <> (to_jsonb(OLD) - 'state') THEN
                        RAISE EXCEPTION 'airp: a published version of a playbook never changes';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Protect(
                name="published_is_kept",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Q(old__state__in=[VersionState.PUBLISHED, VersionState.SUPERSEDED]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.playbook_id} version {self.number}"

    @property
    def is_draft(self) -> bool:
        return self.state == VersionState.DRAFT

    @property
    def scope(self) -> Scope:
        return Scope(frozenset(self.systems), frozenset(self.harm_kinds), frozenset(self.severities))


@pghistory.track()
class PlaybookStep(models.Model):
    """One thing to do. `key` stays the same from version to version, so that changes can be told."""

    version = models.ForeignKey(PlaybookVersion, on_delete=models.CASCADE, related_name="steps")
    key = models.CharField(max_length=32, editable=False)
    position = models.PositiveSmallIntegerField(_("position"))
    kind = models.CharField(_("kind"), max_length=20, choices=kind_choices, default="manual")
    title = models.CharField(_("what to do"), max_length=200)
    instructions = models.TextField(_("how"), blank=True, max_length=8_000)
    lane = models.CharField(_("lane"), max_length=16, choices=Lane, blank=True)
    role = models.CharField(_("role"), max_length=16, choices=IncidentRole, blank=True)
    due_minutes = models.PositiveIntegerField(_("due after (minutes)"), null=True, blank=True)
    due_from = models.CharField(_("counted from"), max_length=12, choices=DueFrom, default=DueFrom.DECLARED)
    before = models.CharField(_("must be done"), max_length=10, choices=Before, blank=True)
    detail = models.JSONField(_("detail"), default=dict, blank=True)

    class Meta:
        verbose_name = _("step of a playbook")
        verbose_name_plural = _("steps of playbooks")
        constraints = [
            models.UniqueConstraint(
                fields=["version", "position"],
                name="one_playbook_step_per_place",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.UniqueConstraint(fields=["version", "key"], name="one_playbook_step_per_key"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="only_drafts_change",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func=ONLY_DRAFTS_CHANGE,
            )
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.title}"

    @property
    def is_mandatory(self) -> bool:
        return bool(self.before)
