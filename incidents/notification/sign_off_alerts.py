"""Asking people to approve, reminding them, and telling whoever asked what became of it.

Coordination says it with facts, on the timeline or announced: `sign_off` (id), `number`, `role`, `person`, `asked_by`,
`written_by` (people's ids), `due_at` (ISO time), `silence`; the title stands in the words of the entry, or in `title`.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.accounts.roles import Role
from incidents.notification.alerting import answered
from incidents.notification.audience import managers, reachable, with_role
from incidents.notification.models import Alert, AlertState, Reason
from incidents.notification.urgency import priority_of
from incidents.response.models import Incident
from incidents.response.timeline import PendingReaction


def ask_to_approve(pending: PendingReaction, *, now: datetime) -> None:
    """Asked, or asked again for other words: whoever may answer hears of it."""
    facts, incident = _read(pending)
    _end(facts, by_id=None, now=now)
    _alert(incident, _asked(facts), facts, reason=Reason.SIGN_OFF_ASKED, cause="asked", now=now)


def remind_to_approve(pending: PendingReaction, *, now: datetime) -> None:
    """Due soon: whoever may answer hears it once more."""
    facts, incident = _read(pending)
    _alert(incident, _asked(facts), facts, reason=Reason.SIGN_OFF_DUE, cause=f"due/{facts['due_at']}", now=now)


def tell_of_silence(pending: PendingReaction, *, now: datetime) -> None:
    """Nobody answered in time: whoever asked must know, and the managers where they may stand in."""
    facts, incident = _read(pending)
    people = [_person(facts["asked_by"]), *(managers() if facts.get("silence") == "manager" else [])]
    cause = f"silence/{facts['due_at']}"
    _alert(incident, people, facts, reason=Reason.SIGN_OFF_SILENCE, cause=cause, now=now)


def tell_asker(pending: PendingReaction, *, now: datetime) -> None:
    """Approved, returned or withdrawn: nobody else needs to answer, and whoever asked hears the answer."""
    facts, incident = _read(pending)
    by_id = pending.entry.actor_id if pending.entry else None
    _end(facts, by_id=by_id, now=now)
    if by_id != facts["asked_by"]:
        cause = f"answered/{pending.entry.seq if pending.entry else 0}"
        people = [_person(facts["asked_by"])]
        _alert(incident, people, facts, reason=Reason.SIGN_OFF_ANSWERED, cause=cause, now=now)


def _read(pending: PendingReaction) -> tuple[dict[str, Any], Incident]:
    entry = pending.entry
    facts = dict(pending.facts) if entry is None else {**entry.facts, "title": entry.words.split("\n")[0]}
    incident_id = facts["incident"] if entry is None else entry.incident_id
    incidents = Incident.objects.select_for_update(of=("self",)).select_related("system", "lead", "declared_by")
    return facts, incidents.get(pk=incident_id)


def _asked(facts: dict[str, Any]) -> list[User | None]:
    """The person, else everybody of the role; never whoever asked or wrote it."""
    of_role = with_role(Role(facts["role"])) if facts.get("role") else []
    named = [_person(facts.get("person"))] if facts.get("person") else of_role
    own = {facts["asked_by"], facts["written_by"]}
    return [person for person in named if person is not None and person.pk not in own]


def _person(pk: object) -> User | None:
    return User.objects.filter(pk=pk).first() if isinstance(pk, int) else None


def _end(facts: dict[str, Any], *, by_id: int | None, now: datetime) -> None:
    answered(Alert.objects.filter(subject_key=f"sign-off/{facts['sign_off']}"), by_id=by_id, now=now)


def _alert(
    incident: Incident,
    people: Iterable[User | None],
    facts: dict[str, Any],
    *,
    reason: Reason,
    cause: str,
    now: datetime,
) -> None:
    """One alert per cause, version and person. Its mail follows with the burst (`bundling`)."""
    if not incident.is_open:
        return
    named = _("%(reference)s, sign-off %(number)d") % {"reference": incident.reference, "number": facts["number"]}
    title = named if incident.is_restricted else f"{named}: {facts.get('title', '')}"
    asks = reason in {Reason.SIGN_OFF_ASKED, Reason.SIGN_OFF_DUE}
    for person in reachable(incident, people):
        Alert.objects.get_or_create(
            cause=f"sign-off/{facts['sign_off']}/{facts['version']}/{cause}",
            recipient=person,
            defaults={
                "incident": incident,
                "subject_key": f"sign-off/{facts['sign_off']}",
                "reason": reason,
                "state": AlertState.OPEN if asks else AlertState.TOLD,
                "title": title[:300],
                "url": reverse("incidents:sign_off", args=[facts["sign_off"]]),
                "severity": incident.severity_slug,
                "priority": priority_of(incident),
                "raised_at": now,
                "due_at": parse_datetime(str(facts["due_at"])) if asks else None,
                "mail_due_at": now,
            },
        )
