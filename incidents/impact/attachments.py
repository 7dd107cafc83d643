"""Attachments: files kept as evidence under random names outside the web root, with their hash in the record."""

import pgtrigger
from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db import models
from django.utils.translation import gettext_lazy as _

from airp.audit.models import append_only
from incidents.impact.inspecting import MEDIA_TYPES
from incidents.response.models import Incident


def store() -> Storage:
    return storages["attachments"]


class Attachment(models.Model):
    """What a file is. Its content lies in the store. `attaching.attach` adds one."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="attachments")
    number = models.PositiveIntegerField(_("number"))
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=4, choices=[(kind, kind.upper()) for kind in MEDIA_TYPES])
    size_bytes = models.PositiveIntegerField(_("size"))
    # Of what is kept; pictures are written anew, so it differs from that of the file that came
    sha256 = models.CharField(max_length=64)
    received_sha256 = models.CharField(max_length=64)
    stored_as = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField(_("added"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        constraints = [
            models.UniqueConstraint(fields=["incident", "number"], name="one_attachment_per_number"),
            models.UniqueConstraint(fields=["incident", "received_sha256"], name="a_file_is_attached_once"),
        ]
        triggers = [pgtrigger.Protect(name="no_rewrite", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"attachment {self.number} of incident {self.incident_id}"

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[self.kind]

    @property
    def is_erased(self) -> bool:
        """Its content is gone at the end of its term; what it was stays."""
        return hasattr(self, "erasure")


class AttachmentErasure(models.Model):
    """That the content of a file was erased, and when. Nothing here can be changed."""

    attachment = models.OneToOneField(Attachment, on_delete=models.PROTECT, primary_key=True, related_name="erasure")
    at = models.DateTimeField()

    class Meta:
        triggers = append_only()

    def __str__(self) -> str:
        return f"erasure of {self.attachment}"
