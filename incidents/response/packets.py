"""What packages put into the packet of a handoff before the giver completes it.

`PACKET_LINES` in `airp/reactions.py` names functions `(incidents, *, lane, now)` that give lines for all these
incidents at once; `lane` narrows work to one lane, and is empty for the whole incident.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.response.models import Incident
from incidents.response.work import LAST

MOST_LINES = 40


class Section(models.TextChoices):
    """The parts of a packet, in the order in which they are read."""

    STANDING = "standing", gettext_lazy("How it stands now")
    RISKS = "risks", gettext_lazy("Open risks")
    PROMISES = "promises", gettext_lazy("Promises made")
    AHEAD = "ahead", gettext_lazy("Next clocks")
    WORK = "work", gettext_lazy("Open work, and who waits for whom")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing that the next person must know, in one line."""

    incident: Incident
    section: Section
    text: str
    due_at: datetime | None = None


Says = Callable[..., Iterable[Line]]


def prefilled(incidents: Sequence[Incident], *, now: datetime, lane: str = "") -> dict[str, str]:
    """The words of each section as Markdown lists, what is due first on top. A few queries for all incidents."""
    says: Sequence[Says] = import_string(settings.PACKET_LINES) if incidents else ()
    lines = [line for say in says for line in say(incidents, lane=lane, now=now)]
    return {
        section.value: _list([line for line in lines if line.section == section], names=len(incidents) > 1)
        for section in Section
    }


def _list(lines: list[Line], *, names: bool) -> str:
    lines.sort(key=lambda line: (line.due_at or LAST, line.incident.reference))
    told = [f"- {_worded(line, names=names)}" for line in lines[:MOST_LINES]]
    if left := len(lines) - len(told):
        told.append("- " + _("and %(n)d more, on the pages of the incidents") % {"n": left})
    return "\n".join(told)


def _worded(line: Line, *, names: bool) -> str:
    text = " ".join(line.text.split())
    return f"{line.incident.reference}: {text}" if names else text
