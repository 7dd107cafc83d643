"""What ends is kept: who ended it, when and why."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Ending(models.Model):
    ended_at = models.DateTimeField(_("until"), null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    end_reason = models.TextField(_("why it ended"), blank=True)

    class Meta:
        abstract = True

    @property
    def is_open(self) -> bool:
        return self.ended_at is None
