"""When tasks are due: minutes counted from a moment of the incident. Without that moment there is no due time yet."""

from datetime import datetime, timedelta

from django.db import models
from django.utils.translation import gettext as _

from airp.web import times
from incidents.playbooks.states import DueFrom
from incidents.response.models import Incident


def due_at(incident: Incident, *, minutes: int | None, since: str) -> datetime | None:
    """The due time, or None while the moment that it counts from has not come."""
    moment: datetime | None = getattr(incident, since)
    return moment + timedelta(minutes=minutes) if moment is not None and minutes is not None else None


def due_rule(minutes: int | None, since: str) -> str:
    """The rule in words: 2 h 00 min after containing. Empty where nothing is promised."""
    if minutes is None:
        return ""
    if minutes == 0:
        return _("at once after %(moment)s") % {"moment": DueFrom(since).label}
    return _("%(span)s after %(moment)s") % {"span": times.span(minutes * 60), "moment": DueFrom(since).label}


def settle_due_times(incident: Incident, unfinished: models.QuerySet) -> None:
    """After a moment of the incident came, went or was corrected: the due times that count from it follow."""
    for task in unfinished.filter(due_minutes__isnull=False).select_for_update(of=("self",)):
        due = due_at(incident, minutes=task.due_minutes, since=task.due_from)
        if due != task.due_at:
            task.due_at = task.remind_at = due
            task.save(update_fields=["due_at", "remind_at"])
