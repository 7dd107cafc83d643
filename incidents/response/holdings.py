"""The form in which packages say what a person holds, so that a shift can be passed on as a whole.

`HOLDINGS` in `airp/reactions.py` names the holders, one per kind. `incidents.coordination` offers what they tell and,
once it is accepted, lets each pass its own on through its own verb.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.conf import settings
from django.db import models
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from airp.accounts.models import User
from airp.accounts.roles import Capability
from incidents.response.refusals import Refusal


class HoldingKind(models.TextChoices):
    INCIDENT = "incident", _("Lead of an incident")
    LANE = "lane", _("Lane")
    TASK = "task", _("Task")
    ON_CALL = "on_call", _("On call")


class NotTheirs(Refusal):
    """Whoever offered it does not hold it any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """One thing that somebody leads or has. `key` is known to its holder alone; `demands` is what the next needs."""

    kind: HoldingKind
    key: str
    title: str
    url: str
    incident_id: int | None = None
    about: str = ""
    stands: str = ""
    due_at: datetime | None = None
    demands: Capability = Capability.ANNOTATE


class Holder(Protocol):
    """Knows one kind of holding."""

    kind: HoldingKind

    def held_by(self, person: User, *, now: datetime, most: int) -> list[Holding]:
        """At most so many, what is due first at the top. One query."""

    def pass_on(self, key: str, *, giver: User, to: User, now: datetime) -> None:
        """Through its own verb, as the giver. Raises a Refusal, NotTheirs among them, and changes nothing then."""


def holders() -> Sequence[Holder]:
    found: Sequence[Holder] = import_string(settings.HOLDINGS)
    return found
