"""What follows from an incident's timeline for the people who must know. Named in `airp/reactions.py`."""

from datetime import datetime

from incidents.notification.alerting import answered, call
from incidents.notification.audience import owner_of
from incidents.notification.escalation import call_first, cancel_levels, wait_again
from incidents.notification.models import Alert, Reason
from incidents.notification.planning import move_levels, plan_levels
from incidents.response.kinds import Kind
from incidents.response.models import Incident
from incidents.response.timeline import PendingReaction, TimelineEntry, stream_of


def call_owner(pending: PendingReaction, *, now: datetime) -> None:
    """Declared: call whom the policy names at once, and write the levels for when nobody answers."""
    entry, incident = _locked(pending)
    if incident.acknowledged_at is None and incident.is_under_way:
        call_first(incident, plan_levels(incident), cause=_cause(entry), now=now)
    else:
        call(incident, [owner_of(incident.system)], reason=Reason.DECLARED, cause=_cause(entry), now=now)


def call_again(pending: PendingReaction, *, now: datetime) -> None:
    """Severity raised: the promises are shorter now, so owner and lead hear of it and waiting rungs move."""
    entry, incident = _locked(pending)
    move_levels(incident, now=now)
    people = [owner_of(incident.system), incident.lead]
    call(incident, people, reason=Reason.SEVERITY_RAISED, cause=_cause(entry), now=now)


def call_back(pending: PendingReaction, *, now: datetime) -> None:
    """Reopened: whoever leads it must know, and the owner."""
    entry, incident = _locked(pending)
    people = [incident.lead, owner_of(incident.system)]
    call(incident, people, reason=Reason.REOPENED, cause=_cause(entry), now=now)


def ease_levels(pending: PendingReaction, *, now: datetime) -> None:
    """Severity lowered: waiting rungs get the longer times. Nobody is called."""
    _entry, incident = _locked(pending)
    move_levels(incident, now=now)


def stand_down(pending: PendingReaction, *, now: datetime) -> None:
    """Acknowledged, triaged or ended: nobody further is called, and open alerts end."""
    entry, incident = _locked(pending)
    if incident.acknowledged_at is None and incident.is_under_way:
        return
    cancel_levels(incident, now=now)
    answered(Alert.objects.filter(subject_key=stream_of(incident.pk)), by_id=entry.actor_id, now=now)


def call_where_it_stood(pending: PendingReaction, *, now: datetime) -> None:
    """No longer merged: where nobody had acknowledged, levels wait again as they did, and the owner is called."""
    entry, incident = _locked(pending)
    if incident.acknowledged_at is not None or not incident.is_under_way:
        return
    merged = incident.timeline.filter(kind=Kind.MERGED, seq__lt=entry.seq).order_by("-seq").first()
    if merged is not None:
        wait_again(incident, since=merged.happened_at)
    call(incident, [owner_of(incident.system)], reason=Reason.REOPENED, cause=_cause(entry), now=now)


def end_all_alerts(pending: PendingReaction, *, now: datetime) -> None:
    """The incident ended: nothing about it waits for anybody, its lanes and sign-offs neither."""
    if pending.entry is None:
        raise ValueError(f"{pending.kind} has no timeline entry")
    answered(Alert.objects.filter(incident=pending.entry.incident_id), by_id=pending.entry.actor_id, now=now)


def _locked(pending: PendingReaction) -> tuple[TimelineEntry, Incident]:
    """The entry and its incident, locked. Raises ValueError for a fact that belongs to no incident."""
    if pending.entry is None:
        raise ValueError(f"{pending.kind} has no timeline entry")
    incidents = Incident.objects.select_for_update(of=("self",)).select_related("system", "lead", "declared_by")
    return pending.entry, incidents.get(pk=pending.entry.incident_id)


def _cause(entry: TimelineEntry) -> str:
    return f"{stream_of(entry.incident_id)}#{entry.seq}"
