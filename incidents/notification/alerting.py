"""Raising alerts and ending them. Callers hold the lock of the incident."""

from collections.abc import Sequence
from datetime import datetime

import structlog
from django.db import models

from airp.accounts.models import User
from airp.outbound.planning import plan_mail
from incidents.notification.audience import reachable
from incidents.notification.levels import EscalationLevel
from incidents.notification.models import Alert, AlertState, Reason
from incidents.notification.queries import next_levels
from incidents.notification.wording import Text, incident_text
from incidents.response.kinds import Kind
from incidents.response.models import Incident
from incidents.response.timeline import append, stream_of

log = structlog.get_logger(__name__)
URGENT_UP_TO_RANK = 2
URGENT, ORDINARY = 1, 3


def call(
    incident: Incident,
    people: Sequence[User | None],
    *,
    reason: Reason,
    cause: str,
    now: datetime,
    level: EscalationLevel | None = None,
) -> list[User]:
    """Alert those of `people` who can answer, or whoever can in their place, and record who was called.

    Nobody is called about an incident that has ended. Returns the people; a record with nobody in it is shown
    on the incident's page as what it is.
    """
    if not incident.is_open:
        return []
    called = reachable(incident, people)
    if not called:
        log.error("nobody_to_alert", incident=incident.reference, reason=reason.value)
    for person in called:
        _alert(incident, person, reason=reason, cause=cause, level=level, told=called, now=now)
    facts: dict[str, object] = {"reason": reason.value, "people": [person.pk for person in called]}
    if level is not None:
        facts |= {"level": level.number, "target": level.target}
    append(incident, kind=Kind.ESCALATED if level else Kind.ALERT_RAISED, now=now, by=None, facts=facts)
    return called


def answered(alerts: models.QuerySet[Alert], *, by_id: int | None, now: datetime) -> None:
    """End open alerts: acknowledged for the one who answered, withdrawn for the others."""
    alerts.filter(state=AlertState.OPEN, recipient_id=by_id).update(state=AlertState.ACKNOWLEDGED, ended_at=now)
    alerts.filter(state=AlertState.OPEN).update(state=AlertState.WITHDRAWN, ended_at=now)


def _alert(
    incident: Incident,
    person: User,
    *,
    reason: Reason,
    cause: str,
    level: EscalationLevel | None,
    told: Sequence[User],
    now: datetime,
) -> None:
    asks = incident.acknowledged_at is None
    alert, is_new = Alert.objects.get_or_create(
        cause=cause,
        recipient=person,
        defaults={
            "incident": incident,
            "level": level,
            "subject_key": stream_of(incident.pk),
            "reason": reason,
            "state": AlertState.OPEN if asks else AlertState.TOLD,
            "raised_at": now,
            "due_at": incident.acknowledge_due_at if asks else None,
        },
    )
    if not is_new:
        return
    following = next_levels(incident)
    text = incident_text(
        incident,
        reason=reason,
        recipient=person,
        also_told=[other for other in told if other != person],
        next_call=_names_of(following, incident),
        next_call_at=following[0].due_at if following else None,
    )
    mail(alert, text, priority=priority_of(incident), visibility=incident.visibility, now=now)


def mail(alert: Alert, text: Text, *, priority: int, visibility: str, now: datetime) -> None:
    """Plan the mail of an alert. Calls of an escalation wait for no earlier mail to leave."""
    alert.delivery = plan_mail(
        cause=alert.cause,
        step=f"alert/{alert.reason}",
        kind=f"alert.{alert.reason}",
        recipient=alert.recipient,
        subject=text.subject,
        text=text.body,
        due_at=now,
        priority=priority,
        ordering_key="" if alert.level_id else alert.subject_key,
        subject_key=alert.subject_key,
        visibility=visibility,
        now=now,
    )
    alert.save(update_fields=["delivery"])


def priority_of(incident: Incident) -> int:
    return URGENT if incident.terms["rank"] <= URGENT_UP_TO_RANK else ORDINARY


def _names_of(levels: Sequence[EscalationLevel], incident: Incident) -> str:
    """How the next level is called in a mail; its people stay out of restricted ones."""
    if incident.is_restricted:
        return ", ".join(str(level.get_target_display()).lower() for level in levels)
    return ", ".join(level.person.name if level.person else level.name for level in levels)
