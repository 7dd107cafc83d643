"""How two incidents belong together, and how each side says it."""

from enum import StrEnum

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Relation(models.TextChoices):
    DUPLICATE = "duplicate", _("Duplicate")
    RELATED = "related", _("Related")
    PARENT = "parent", _("Part of")
    RECURRENCE = "recurrence", _("Recurrence")


class Side(StrEnum):
    """Which end of a link an incident is: the one that it is said of, or the one that it points to."""

    SOURCE = "source"
    TARGET = "target"


# What the incident on that side is to the other one; the other's reference follows.
SAID: dict[tuple[str, str], str | Promise] = {
    (Relation.DUPLICATE, Side.SOURCE): _("Duplicate of"),
    (Relation.DUPLICATE, Side.TARGET): _("Has the duplicate"),
    (Relation.RELATED, Side.SOURCE): _("Related to"),
    (Relation.RELATED, Side.TARGET): _("Related to"),
    (Relation.PARENT, Side.SOURCE): _("Part of"),
    (Relation.PARENT, Side.TARGET): _("Has the part"),
    (Relation.RECURRENCE, Side.SOURCE): _("Recurrence of"),
    (Relation.RECURRENCE, Side.TARGET): _("Came back as"),
}


def said(relation: str, side: str) -> str:
    return str(SAID[Relation(relation), Side(side)])
