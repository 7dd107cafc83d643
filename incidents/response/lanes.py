"""The five lanes in which an incident is worked on side by side."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Lane(models.TextChoices):
    """A trade with a lead of its own. Work that belongs to none of them is the incident lead's."""

    TECHNICAL = "technical", _("Technical")
    LEGAL = "legal", _("Legal")
    POLICY = "policy", _("Policy")
    EDITORIAL = "editorial", _("Editorial")
    COMMUNICATIONS = "communications", _("Communications")
