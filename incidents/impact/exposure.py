"""Exposure: who met the harmful behaviour, and whom it harmed. Revisions that are never changed; the newest stands."""

from typing import Any

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from airp.audit.models import append_only
from incidents.classification.figures import Basis, Confidence, Figures
from incidents.response.models import Incident
from incidents.response.timeline import TimelineEntry

FIGURES = ("exposed", "harmed", "outputs")


class Concern(models.TextChoices):
    """Whether something is so. Not known is an answer of its own."""

    UNKNOWN = "unknown", _("Not known yet")
    YES = "yes", _("Yes")
    NO = "no", _("No")


class Characteristic(models.TextChoices):
    """Protected characteristics that the people share, as equality law lists them."""

    AGE = "age", _("Age")
    DISABILITY = "disability", _("Disability or health")
    ETHNICITY = "ethnicity", _("Ethnic origin or skin colour")
    GENDER = "gender", _("Sex or gender")
    NATIONALITY = "nationality", _("Nationality or language")
    ORIENTATION = "orientation", _("Sexual orientation")
    PREGNANCY = "pregnancy", _("Pregnancy or family")
    RELIGION = "religion", _("Religion or belief")
    OTHER = "other", _("Another one")
    NONE = "none", _("None: looked at, and it plays no part")


def _number(label: Any) -> models.PositiveBigIntegerField:
    return models.PositiveBigIntegerField(label, null=True, blank=True)


def _basis() -> models.CharField:
    return models.CharField(_("how it is known"), max_length=9, choices=Basis, default=Basis.UNKNOWN)


def _confidence() -> models.CharField:
    return models.CharField(_("how sure"), max_length=6, choices=Confidence, blank=True)


class Exposure(models.Model):
    """One revision of what is known. `recording.record_exposure` adds the next one."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="exposures")
    number = models.PositiveIntegerField(_("revision"))
    entry = models.OneToOneField(TimelineEntry, on_delete=models.PROTECT, related_name="exposure")
    exposed, exposed_basis, exposed_confidence = _number(_("people exposed")), _basis(), _confidence()
    harmed, harmed_basis, harmed_confidence = _number(_("people harmed")), _basis(), _confidence()
    outputs, outputs_basis, outputs_confidence = _number(_("outputs affected")), _basis(), _confidence()
    since = models.DateTimeField(_("since"), null=True)
    until = models.DateTimeField(_("until"), null=True)
    # Codes of ISO 3166, such as DE or US-CA, and EU
    jurisdictions = ArrayField(models.CharField(max_length=6), default=list)
    minors = models.CharField(_("minors involved"), max_length=7, choices=Concern, default=Concern.UNKNOWN)
    # Empty while nobody has looked
    characteristics = ArrayField(models.CharField(max_length=12, choices=Characteristic), default=list)
    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("exposure")
        verbose_name_plural = _("exposures")
        constraints = [
            models.UniqueConstraint(fields=["incident", "number"], name="one_exposure_per_revision"),
            *(
                models.CheckConstraint(
                    condition=Q(**{name: None, f"{name}_basis": Basis.UNKNOWN, f"{name}_confidence": ""})
                    | (Q(**{f"{name}__isnull": False}) & ~Q(**{f"{name}_basis": Basis.UNKNOWN})
                       & ~Q(**{f"{name}_confidence": ""})),
                    name=f"{name}_number_has_its_basis",
                )
                for name in FIGURES
            ),
            models.CheckConstraint(condition=Q(until__gte=models.F("since")) | Q(since=None) | Q(until=None),
                                   name="exposure_ends_after_it_began"),
        ]  # fmt: skip
        triggers = append_only()

    def __str__(self) -> str:
        return f"exposure {self.number} of incident {self.incident_id}"

    @property
    def figures(self) -> Figures:
        names = (f"{name}{part}" for name in FIGURES for part in ("", "_basis", "_confidence"))
        return Figures.read({name: getattr(self, name) for name in names})


class ExposureWords(models.Model):
    """People's words about those concerned, apart from the numbers, so that they can be erased."""

    exposure = models.OneToOneField(Exposure, on_delete=models.PROTECT, primary_key=True, related_name="words")
    group = models.TextField(_("who they are"), blank=True)
    grounds = models.TextField(_("what it rests on"))

    class Meta:
        triggers = [pgtrigger.Protect(name="no_rewrite", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"words of exposure {self.exposure_id}"
