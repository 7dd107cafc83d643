"""The harm-sample vault: prompts and outputs kept as proof. Read redacted; the words as they came lie apart, encrypted.

An original ends with its term; the redacted sample and its place in the record stay.
"""

from typing import ClassVar, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from airp.accounts.secrets import EncryptedTextField
from airp.audit.models import append_only
from incidents.response.models import Incident


class Found(models.TextChoices):
    """How somebody came upon it."""

    COMPLAINT = "complaint", _("A complaint")
    MONITORING = "monitoring", _("Monitoring or an alert")
    LOGS = "logs", _("Reading logs")
    COLLEAGUE = "colleague", _("A colleague met it")
    TEST = "test", _("A test or a red team")
    PRESS = "press", _("Press or the public")
    OTHER = "other", _("Another way")


class HarmSampleQuerySet(models.QuerySet["HarmSample"]):
    def with_state(self) -> Self:
        """How often the original was read, and whether it still exists."""
        originals = SampleOriginal.objects.filter(sample=OuterRef("pk"))
        return self.annotate(reveal_count=Count("reveals"), has_original=Exists(originals))


class HarmSample(models.Model):
    """One prompt with its output, redacted when it was entered. `keeping.keep_sample` adds one."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="samples")
    number = models.PositiveIntegerField(_("number"))
    prompt = models.TextField(_("prompt"), blank=True)
    output = models.TextField(_("output"), blank=True)
    source = models.CharField(_("source"), max_length=200, blank=True)
    version = models.CharField(_("system version"), max_length=120, blank=True)
    language = models.CharField(_("language"), max_length=12, blank=True)
    happened_at = models.DateTimeField(_("happened"), null=True)
    found = models.CharField(_("found by"), max_length=10, choices=Found)
    # What it was taken over from, such as complaint/CMP-2026-00007; empty when somebody typed it
    taken_from = models.CharField(max_length=60, blank=True)
    at = models.DateTimeField(_("kept"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[HarmSampleQuerySet] = HarmSampleQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("harm sample")
        verbose_name_plural = _("harm samples")
        constraints = [
            models.UniqueConstraint(fields=["incident", "number"], name="one_sample_per_number"),
            models.UniqueConstraint(
                fields=["incident", "taken_from"], name="taken_over_once", condition=~Q(taken_from="")
            ),
            models.CheckConstraint(condition=~Q(prompt="", output=""), name="a_sample_has_words"),
        ]
        triggers = [pgtrigger.Protect(name="no_rewrite", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"sample {self.number} of incident {self.incident_id}"


class SampleOriginal(models.Model):
    """The words as they came. Deleted at the end of their term, or when somebody may ask for that."""

    sample = models.OneToOneField(HarmSample, on_delete=models.PROTECT, primary_key=True, related_name="original")
    prompt = EncryptedTextField(blank=True)
    output = EncryptedTextField(blank=True)
    # With it the words can be shown to be those that the timeline committed to.
    salt = models.BinaryField(max_length=16)

    def __str__(self) -> str:
        return f"original of sample {self.sample_id}"


class SampleReveal(models.Model):
    """Who read an original, when and why. Nothing here can be changed."""

    sample = models.ForeignKey(HarmSample, on_delete=models.PROTECT, related_name="reveals")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    reason = models.TextField()

    class Meta:
        triggers = append_only()
        # How many originals a person has read lately.
        indexes = [models.Index(fields=["by", "-at"], name="sample_reveals_of_a_person")]

    def __str__(self) -> str:
        return f"reveal of sample {self.sample_id}"
