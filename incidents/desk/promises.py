"""What is due on an incident and when things happened: its clocks, what its reader owes, its times."""

from typing import Any

from django.utils.translation import gettext as _

from airp.accounts.models import User
from incidents.desk.clock_words import clock_label
from incidents.response.clocks import Clock, ClockName
from incidents.response.models import Incident
from incidents.response.telling import IncidentTime
from incidents.response.work import WorkItem, WorkKind


def clocks_of(incident: Incident, promises: list[Clock]) -> list[dict[str, Any]]:
    """Promises that run, what is next on top, and those that were kept; an ended incident keeps no open ones."""
    own = [clock for clock in incident.clocks if clock.met_at is not None or incident.is_under_way]
    return [
        {
            "label": clock_label(clock),
            "due_at": clock.due_at,
            "met_at": clock.met_at,
            "risk_at": clock.risk_at,
            "url": clock.url,
        }
        for clock in sorted([*own, *promises], key=lambda clock: clock.order)
    ]


def owed_of(user: User, incident: Incident, found: list[WorkItem]) -> list[WorkItem]:
    """What waits for this person here, what is due first on top: whoever leads it also owes the next update."""
    update = next((clock for clock in incident.clocks if clock.name == ClockName.NEXT_UPDATE), None)
    if update is None or update.met_at is not None or incident.lead_id != user.pk or not incident.is_under_way:
        return found
    mine = WorkItem(
        kind=WorkKind.INCIDENT, pk=incident.pk, title=_("Post the next update"), url="#form-say", due_at=update.due_at
    )
    return sorted([mine, *found], key=lambda item: item.order)


def times_of(incident: Incident) -> list[dict[str, Any]]:
    untold = {IncidentTime.REPORTED: _("by nobody: a threshold declared it")} if incident.declared_by_id is None else {}
    return [
        {"label": each.label, "at": getattr(incident, each.value), "untold": untold.get(each, "")}
        for each in IncidentTime
    ]
