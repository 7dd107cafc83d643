"""Reminding people of tasks that are due. Playbooks announce them with facts; this package knows nothing else of it.

Facts: `task` and `incident` (ids), `number`, `title`, `owner` (person id or None), `due_at` (ISO time), `url` (path).
"""

from datetime import datetime

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from airp.accounts.models import User
from incidents.notification.audience import reachable
from incidents.notification.models import Alert, AlertState, Reason
from incidents.notification.urgency import priority_of
from incidents.response.models import Incident
from incidents.response.timeline import PendingReaction


def remind_of_due(pending: PendingReaction, *, now: datetime) -> None:
    """Due now: the owner hears of it; where nobody has the task, the lead."""
    _remind(pending, reason=Reason.TASK_DUE, now=now)


def remind_of_overdue(pending: PendingReaction, *, now: datetime) -> None:
    """Overdue: the owner again, and the lead beside."""
    _remind(pending, reason=Reason.TASK_OVERDUE, now=now)


def _remind(pending: PendingReaction, *, reason: Reason, now: datetime) -> None:
    facts = pending.facts
    incidents = Incident.objects.select_for_update(of=("self",)).select_related("system", "lead", "declared_by")
    incident = incidents.get(pk=facts["incident"])
    if not incident.is_open:
        return
    owner = User.objects.filter(pk=facts["owner"]).first() if facts.get("owner") else None
    wanted = [owner] if owner is not None and reason == Reason.TASK_DUE else [owner, incident.lead]
    for person in reachable(incident, wanted):
        _alert(incident, person, pending, reason=reason, now=now)


def _alert(incident: Incident, person: User, pending: PendingReaction, *, reason: Reason, now: datetime) -> None:
    """One alert per person, stage and due time, however often the fact is drawn. It asks for no answer."""
    facts = pending.facts
    named = _("%(reference)s, task %(number)d") % {"reference": incident.reference, "number": facts["number"]}
    title = named if incident.is_restricted else f"{named}: {facts['title']}"
    Alert.objects.get_or_create(
        cause=f"task/{facts['task']}/{reason.value}/{facts['due_at']}",
        recipient=person,
        defaults={
            "incident": incident,
            "subject_key": f"task/{facts['task']}",
            "reason": reason,
            "state": AlertState.TOLD,
            "title": title[:300],
            "url": str(facts["url"])[:300],
            "severity": incident.severity_slug,
            "priority": priority_of(incident),
            "raised_at": now,
            "due_at": parse_datetime(str(facts["due_at"])),
            "mail_due_at": now,
        },
    )
