"""Incidents that an item may belong to: of its system, of its harm kind, in its words. Open ones first."""

from typing import Any

from airp.accounts.models import User
from incidents.response.likeness import likest
from incidents.response.models import Incident, IncidentKind
from incidents.response.states import OPEN
from incidents.triage.queue import Draft

SHOWN = 6


def similar(draft: Draft, user: User, *, only_open: bool = False, but: str = "") -> list[dict[str, Any]]:
    """At most six, the likeliest first, out of the newest of the system. One query. Drills take nothing real.

    `but` is the reference of an incident to leave out: the one that the item is in.
    """
    of_system = Incident.objects.visible_to(user).filter(system=draft.system).exclude(kind=IncidentKind.DRILL)
    of_system = of_system.filter(state__in=OPEN) if only_open else of_system.exclude(reference=but)
    return likest(of_system, title=draft.title, harm_kinds=[draft.harm_kind], most=SHOWN)
