"""What a mail says of one alert: the whole text where it stands alone, a few lines in a bundle, and its link."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from airp.accounts.models import User
from airp.accounts.roles import Capability
from incidents.notification.levels import EscalationLevel
from incidents.notification.mail_links import AcknowledgeLink
from incidents.notification.models import Alert, Reason
from incidents.notification.queries import next_levels
from incidents.notification.wording import Line, Text, fact_line, fact_text, incident_line, incident_text
from incidents.response.models import Incident
from incidents.response.visibility import Visibility


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One alert in words. `links` stand for the marks in its text, in their order."""

    text: Text
    line: Line
    visibility: Visibility
    links: list[str] = field(default_factory=list)


def posting_of(alert: Alert, *, now: datetime) -> Posting:
    """The words of an alert as things stand now."""
    told = [each.recipient for each in Alert.objects.filter(cause=alert.cause).select_related("recipient")]
    also_told = [person for person in told if person != alert.recipient]
    if alert.incident is None or alert.url:
        return _of_fact(alert, alert.incident, also_told)
    return _of_incident(alert, alert.incident, also_told, now=now)


def _of_fact(alert: Alert, incident: Incident | None, also_told: Sequence[User]) -> Posting:
    """Something that has a page of its own: a breach, a change of a threshold, a task of an incident."""
    visibility = Visibility(incident.visibility) if incident is not None else Visibility.NORMAL
    is_practice = incident is not None and incident.is_drill
    title = _numbers_of(alert) if visibility == Visibility.RESTRICTED else alert.title
    text = fact_text(
        title=title,
        reason=Reason(alert.reason),
        recipient=alert.recipient,
        due_at=alert.due_at,
        url=alert.url,
        also_told=[] if visibility == Visibility.RESTRICTED else also_told,
        reference=incident.reference if incident is not None else "",
        is_practice=is_practice,
    )
    line = fact_line(
        title=title, reason=Reason(alert.reason), url=alert.url, level=alert.severity, is_practice=is_practice
    )
    return Posting(text=text, line=line, visibility=visibility)


def _numbers_of(alert: Alert) -> str:
    """What it is about, without words: the incident may have been restricted since the alert was raised."""
    return alert.title.partition(":")[0]


def _of_incident(alert: Alert, incident: Incident, also_told: Sequence[User], *, now: datetime) -> Posting:
    reason, person = Reason(alert.reason), alert.recipient
    asks = incident.acknowledged_at is None and incident.is_under_way
    following = next_levels(incident)
    links = [AcknowledgeLink.issue(incident, person, now=now)] if asks and person.can(Capability.TRIAGE) else []
    text = incident_text(
        incident,
        reason=reason,
        recipient=person,
        also_told=also_told,
        next_call=_names_of(following, incident),
        next_call_at=following[0].due_at if following else None,
        has_link=bool(links),
    )
    line = incident_line(incident, reason=reason, recipient=person, has_link=bool(links))
    return Posting(text=text, line=line, visibility=Visibility(incident.visibility), links=links)


def _names_of(levels: Sequence[EscalationLevel], incident: Incident) -> str:
    """How the next level is called in a mail; its people stay out of restricted ones."""
    if incident.is_restricted:
        return ", ".join(str(level.get_target_display()).lower() for level in levels)
    return ", ".join(level.person.name if level.person else level.name for level in levels)
