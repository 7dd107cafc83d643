"""Raising alerts and ending them. Callers hold the lock of the incident."""

from collections.abc import Sequence
from datetime import datetime

import structlog
from django.db import models

from airp.accounts.models import User
from incidents.notification.audience import reachable
from incidents.notification.levels import EscalationLevel
from incidents.notification.models import Alert, AlertState, Reason
from incidents.notification.urgency import mail_due_at, priority_of
from incidents.response.kinds import Kind
from incidents.response.models import Incident
from incidents.response.timeline import append, stream_of

log = structlog.get_logger(__name__)


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
        _alert(incident, person, reason=reason, cause=cause, level=level, now=now)
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
    now: datetime,
) -> None:
    """Its mail follows when the burst that it belongs to is drawn (`bundling`)."""
    asks = incident.acknowledged_at is None
    priority = priority_of(incident)
    Alert.objects.get_or_create(
        cause=cause,
        recipient=person,
        defaults={
            "incident": incident,
            "level": level,
            "subject_key": stream_of(incident.pk),
            "reason": reason,
            "state": AlertState.OPEN if asks else AlertState.TOLD,
            "severity": incident.severity_slug,
            "priority": priority,
            "raised_at": now,
            "due_at": incident.acknowledge_due_at if asks else None,
            "mail_due_at": mail_due_at(raised_at=now, priority=priority, asks=asks),
        },
    )
