"""The assessment of an incident: the answers that gave a level. Never changed, only followed by another."""

from typing import TYPE_CHECKING

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from airp.audit.models import append_only
from incidents.classification.formula import Answers
from incidents.classification.matrix import Materialisation
from incidents.classification.models import SeverityMatrix
from incidents.response.timeline import TimelineEntry

if TYPE_CHECKING:
    from incidents.response.models import Incident  # noqa: F401


class Assessment(models.Model):
    """One set of answers with the level they gave and the level that was chosen, by one version of the matrix.

    It is provisional as long as somebody has to look again: then `reassess_due_at` says by when.
    """

    incident = models.ForeignKey("incidents.Incident", on_delete=models.PROTECT, related_name="assessments")
    entry = models.OneToOneField(TimelineEntry, on_delete=models.PROTECT, related_name="assessment")
    matrix = models.ForeignKey(SeverityMatrix, on_delete=models.PROTECT, related_name="assessments")
    materialisation = models.CharField(_("what happened"), max_length=10, choices=Materialisation)
    # {"axes": {name: {"value": 2, "unsure": false}}, "floors": ["F4"], "materialisation": "harm"}
    answers = models.JSONField(_("answers"))
    computed = models.CharField(_("computed level"), max_length=16)
    chosen = models.CharField(_("chosen level"), max_length=16)
    why = models.TextField(_("why"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("when"))
    reassess_due_at = models.DateTimeField(_("assess again by"), null=True)

    class Meta:
        verbose_name = _("assessment")
        verbose_name_plural = _("assessments")
        indexes = [models.Index(fields=["incident", "-id"], name="assessments_of_an_incident")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.chosen} by assessment {self.pk}"

    @property
    def is_provisional(self) -> bool:
        return self.reassess_due_at is not None

    @property
    def is_overridden(self) -> bool:
        """Somebody chose another level than the answers give."""
        return self.chosen != self.computed

    @property
    def as_answers(self) -> Answers:
        return Answers.read(self.answers)


class AssessmentWords(models.Model):
    """People's words in an assessment, apart from it, so that they can be erased."""

    assessment = models.OneToOneField(Assessment, on_delete=models.PROTECT, primary_key=True, related_name="words")
    evidence = models.JSONField(_("evidence"), default=dict)  # axis -> what it rests on
    override_reason = models.TextField(_("reason for another level"), blank=True)

    class Meta:
        triggers = [pgtrigger.Protect(name="no_rewrite", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"words of assessment {self.assessment_id}"
