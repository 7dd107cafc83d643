"""Why something that was reported needs no incident. One short list for every kind, so that one key names each."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DeclineReason(models.TextChoices):
    FALSE_ALARM = "false_alarm", _("False alarm: the system worked as it should")
    DUPLICATE = "duplicate", _("Known already")
    EXPECTED = "expected", _("An expected change")
    NOT_OURS = "not_ours", _("Not about our AI systems")
    SETTLED = "settled", _("Put right, nothing more to do")
