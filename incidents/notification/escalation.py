"""Escalation: rows with a due time. Acknowledging and escalating lock the incident, so exactly one wins."""

from datetime import datetime

from django.db import transaction

from airp.accounts.models import User
from airp.outbound.models import DeliveryState
from incidents.notification.alerting import URGENT_UP_TO_RANK, call
from incidents.notification.audience import managers, ownership_of
from incidents.notification.models import Alert, AlertState, EscalationLevel, LevelState, Reason, Target
from incidents.response.models import Incident
from incidents.response.timeline import stream_of


def plan_levels(incident: Incident) -> None:
    """Write the rungs: the deputy when acknowledging is overdue, the managers after the same time again."""
    ownership = ownership_of(incident.system)
    rungs: list[tuple[Target, User | None]] = [(Target.MANAGER, None)]
    if ownership is not None and ownership.deputy is not None:
        rungs.insert(0, (Target.DEPUTY, ownership.deputy))
    EscalationLevel.objects.bulk_create(
        [
            EscalationLevel(
                incident=incident, number=number, target=target, person=person, due_at=due_at(incident, number)
            )
            for number, (target, person) in enumerate(rungs, start=1)
        ],
        ignore_conflicts=True,
    )


def due_at(incident: Incident, number: int) -> datetime:
    """When a rung is due: the time given for acknowledging, as often as the rung's number says."""
    span = incident.acknowledge_due_at - incident.clocks_began_at
    return incident.clocks_began_at + span * number


def move_levels(incident: Incident) -> None:
    """Give waiting rungs the due times of the present severity."""
    for level in waiting(incident):
        level.due_at = due_at(incident, level.number)
        level.save(update_fields=["due_at"])


def cancel_levels(incident: Incident, *, now: datetime) -> None:
    """Nobody further needs to be called."""
    incident.escalation_levels.filter(state=LevelState.WAITING).update(state=LevelState.CANCELLED, ended_at=now)


def waiting(incident: Incident) -> list[EscalationLevel]:
    """The waiting rungs in order, locked. Lock the incident first."""
    levels = incident.escalation_levels.select_for_update(of=("self",))
    return list(levels.filter(state=LevelState.WAITING).select_related("person").order_by("number"))


def overdue_incidents(*, now: datetime, limit: int = 500) -> list[int]:
    """Ids of incidents with a rung whose time has come, the most overdue first."""
    due = EscalationLevel.objects.filter(state=LevelState.WAITING, due_at__lte=now)
    return list(dict.fromkeys(due.order_by("due_at", "id").values_list("incident_id", flat=True)[:limit]))


@transaction.atomic
def escalate(incident_id: int, *, now: datetime) -> int:
    """Climb the due rungs of an incident that nobody acknowledged; returns how many.

    An incident that somebody is changing at this moment is left for the next sweep.
    """
    incident = _free(incident_id)
    if incident is None:
        return 0
    if incident.acknowledged_at is not None or not incident.is_under_way:
        cancel_levels(incident, now=now)
        return 0
    due = [level for level in waiting(incident) if level.due_at <= now]
    for level in due:
        _climb(incident, level, reason=Reason.NOT_ACKNOWLEDGED, now=now)
    return len(due)


def failed_alerts(*, limit: int = 500) -> list[tuple[int, int]]:
    """Ids of open alerts of the two worst levels that cannot be delivered, with their incidents."""
    alerts = (
        Alert.objects.open()
        .filter(delivery__state=DeliveryState.DEAD, incident__severity__rank__lte=URGENT_UP_TO_RANK)
        .filter(incident__escalation_levels__state=LevelState.WAITING)
        .order_by("pk")
        .distinct()
    )
    return [(pk, incident) for pk, incident in alerts.values_list("pk", "incident_id")[:limit] if incident is not None]


@transaction.atomic
def climb_past(alert_id: int, *, incident_id: int, now: datetime) -> int:
    """Call the next rung at once because this alert reached nobody; returns how many rungs were climbed.

    With no rung left nothing more can be done here: the failed delivery is shown in the header of every page.
    """
    incident = _free(incident_id)
    alert = Alert.objects.open().filter(pk=alert_id).first()
    if incident is None or alert is None or incident.acknowledged_at is not None or not incident.is_under_way:
        return 0
    alert.state, alert.ended_at = AlertState.WITHDRAWN, now
    alert.save(update_fields=["state", "ended_at"])
    climbed = waiting(incident)[:1]
    for level in climbed:
        _climb(incident, level, reason=Reason.UNREACHED, now=now)
    return len(climbed)


def _free(incident_id: int) -> Incident | None:
    """The incident, locked; None while somebody else holds it."""
    return Incident.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=incident_id).first()


def _climb(incident: Incident, level: EscalationLevel, *, reason: Reason, now: datetime) -> None:
    level.state, level.ended_at = LevelState.ALERTED, now
    level.save(update_fields=["state", "ended_at"])
    cause = f"{stream_of(incident.pk)}/level/{level.number}"
    call(incident, _people(level), reason=reason, cause=cause, level=level, now=now)


def _people(level: EscalationLevel) -> list[User | None]:
    return [level.person] if level.person is not None else [*managers()]
