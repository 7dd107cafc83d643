"""Escalation: rows with a due time. Acknowledging and escalating lock the incident, so exactly one wins."""

from datetime import datetime

from django.db import transaction

from airp.accounts.models import User
from airp.accounts.roles import Role
from airp.outbound.models import DeliveryState
from incidents.notification.alerting import call
from incidents.notification.audience import with_role
from incidents.notification.levels import EscalationLevel, EscalationPlan, LevelState
from incidents.notification.models import Alert, AlertState, Reason
from incidents.notification.planning import first_aims, together, waiting
from incidents.notification.policies.aims import Target
from incidents.notification.rota.answering import on_call_now
from incidents.notification.urgency import URGENT_UP_TO_RANK
from incidents.response.models import Incident
from incidents.response.timeline import stream_of


def cancel_levels(incident: Incident, *, now: datetime) -> None:
    """Nobody further needs to be called."""
    incident.escalation_levels.filter(state=LevelState.WAITING).update(state=LevelState.CANCELLED, ended_at=now)


def wait_again(incident: Incident, *, since: datetime) -> None:
    """What was cancelled since then waits again, with its old time: the next sweep calls whoever is overdue."""
    gone = incident.escalation_levels.filter(state=LevelState.CANCELLED, ended_at__gte=since)
    gone.update(state=LevelState.WAITING, ended_at=None)


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
    rungs = together(waiting(incident))
    due = [rung for rung in rungs if rung[0].due_at <= now]
    climbed = 0
    while climbed < len(due):
        climbed += _climb_to_somebody(incident, rungs[climbed:], reason=Reason.NOT_ACKNOWLEDGED, now=now)
    return climbed


def call_first(incident: Incident, plan: EscalationPlan, *, cause: str, now: datetime) -> None:
    """Call whom the policy names for the declaration; where nobody is on call, whoever would be next."""
    aims = first_aims(plan)
    people = _people(aims, now=now)
    rungs = together(waiting(incident))
    if rungs and not people and _is_on_call_only(aims):
        _climb_to_somebody(incident, rungs, reason=Reason.DECLARED, now=now)
    else:
        call(incident, people, reason=Reason.DECLARED, cause=cause, now=now)


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
    return _climb_to_somebody(incident, together(waiting(incident)), reason=Reason.UNREACHED, now=now)


def _free(incident_id: int) -> Incident | None:
    """The incident, locked; None while somebody else holds it."""
    return Incident.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=incident_id).first()


def _climb_to_somebody(incident: Incident, rungs: list[list[EscalationLevel]], *, reason: Reason, now: datetime) -> int:
    """Climb until a level has somebody to call; returns how many levels were climbed.

    A level where nobody is on call is passed over; the last one never is: then the managers are called.
    """
    for climbed, rung in enumerate(rungs, start=1):
        people = _people(rung, now=now)
        if people or climbed == len(rungs) or not _is_on_call_only(rung):
            _climb(incident, rung, people, reason=reason, now=now)
            return climbed
        _end(rung, LevelState.EMPTY, now=now)
    return 0


def _climb(
    incident: Incident, rung: list[EscalationLevel], people: list[User | None], *, reason: Reason, now: datetime
) -> None:
    _end(rung, LevelState.ALERTED, now=now)
    cause = f"{stream_of(incident.pk)}/level/{rung[0].number}"
    call(incident, people, reason=reason, cause=cause, level=rung[0], now=now)


def _end(rung: list[EscalationLevel], state: LevelState, *, now: datetime) -> None:
    for level in rung:
        level.state, level.ended_at = state, now
        level.save(update_fields=["state", "ended_at"])


def _is_on_call_only(rung: list[EscalationLevel]) -> bool:
    return bool(rung) and all(level.target == Target.ON_CALL for level in rung)


def _people(rung: list[EscalationLevel], *, now: datetime) -> list[User | None]:
    """Everybody whom a level means at this moment, each once."""
    found: list[User | None] = []
    for level in rung:
        if level.person is not None:
            found.append(level.person)
        elif level.target == Target.ROLE:
            found += with_role(Role(level.role))
        elif level.target == Target.ON_CALL and level.rota_id is not None:
            found += User.objects.filter(pk__in=[on_call_now(level.rota_id, now=now)])
    return list(dict.fromkeys(found))
