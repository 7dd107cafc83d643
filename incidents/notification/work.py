"""What my work shows of this package: incidents about which this person was called and nobody has answered yet."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from airp.accounts.models import User
from incidents.notification.models import Alert, AlertState, Reason
from incidents.response.models import Incident, IncidentKind
from incidents.response.work import WorkItem, WorkKind

# Calls that an acknowledgement of the incident answers; the others lead to work that is listed itself.
ABOUT_THE_INCIDENT = frozenset(
    {Reason.DECLARED, Reason.SEVERITY_RAISED, Reason.REOPENED, Reason.NOT_ACKNOWLEDGED, Reason.UNREACHED}
)


def my_calls(person: User, *, now: datetime, most: int) -> list[WorkItem]:
    """One for each incident, by the newest call, what must be answered first on top. One query."""
    calls = Alert.objects.open().filter(recipient=person, reason__in=ABOUT_THE_INCIDENT)
    calls = calls.filter(incident__in=Incident.objects.visible_to(person)).select_related("incident__severity")
    newest = {call.incident_id: call for call in calls.order_by("id")[: most * 4]}
    items = [call_work(call, call.incident) for call in newest.values() if call.incident]
    return sorted(items, key=lambda item: item.order)[:most]


def is_mine(alert: Alert, person: object) -> bool:
    """The rule of `my_calls` for a call about an incident that is there already."""
    is_theirs = isinstance(person, User) and alert.recipient_id == person.pk
    return is_theirs and alert.state == AlertState.OPEN and alert.reason in ABOUT_THE_INCIDENT


def call_work(alert: Alert, incident: Incident) -> WorkItem:
    return WorkItem(
        kind=WorkKind.CALL,
        pk=alert.pk,
        title=_("Acknowledge: %(title)s") % {"title": incident.title},
        url=reverse("incidents:incident", args=[incident.reference]),
        about=f"{incident.reference} {incident.severity.slug}",
        due_at=alert.due_at,
        state=_("Called"),
        tone="high",
        why=_("you were called: %(reason)s") % {"reason": alert.get_reason_display().lower()},
        is_drill=incident.kind == IncidentKind.DRILL,
    )
