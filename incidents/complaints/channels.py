"""How a complaint reached us, and whose word needs no statistics."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    WEB_FORM = "web_form", _("Web form")
    STAFF = "staff", _("Told to our staff")
    EMAIL = "email", _("E-mail")
    PHONE = "phone", _("Phone")
    CHAT = "chat", _("Chat")
    PRESS = "press", _("Press")
    REGULATOR = "regulator", _("Regulator")
    COURT = "court", _("Court")
    API = "api", _("Another program (API)")
    CSV = "csv", _("CSV file")


class PriorityContact(models.TextChoices):
    """A contact by one of these is looked at first, and counts as a category of its own."""

    PRESS = "press", _("Press")
    REGULATOR = "regulator", _("Regulator")
    COURT = "court", _("Court")


# What a colleague who writes a complaint down can choose: not the ways by which programs bring them.
TAKEN_BY_STAFF = tuple(
    (channel.value, channel.label) for channel in Channel if channel not in {Channel.WEB_FORM, Channel.API, Channel.CSV}
)


def priority_of(channel: str, named: str = "") -> str:
    """The priority contact that was named, or the one that the channel itself is; empty for everybody else."""
    return named or (channel if channel in PriorityContact.values else "")


def counted_category(category: str, priority: str) -> str:
    """Under which category a complaint counts: press, regulator and court have one each (`press_contact`, …)."""
    return f"{priority}_contact" if priority else category
