"""Breaches that wait for a decision, thresholds that cannot be judged, and changes of thresholds that wait.

Detection announces them with facts; this package knows nothing else of it. Facts: `breach`, `proposal` or `threshold`
(id) always, or `deaf_since` (ISO time) when nothing is received from anybody;
`owner` and `decided_by` (person ids), `title`, `due_at` (ISO time), `url` (path), `severity`, `system`, `policy`
("ask" or "declare") where known.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import structlog
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from airp.accounts.models import User
from incidents.notification.alerting import answered
from incidents.notification.audience import admins, can_answer, managers
from incidents.notification.models import Alert, AlertState, Reason
from incidents.notification.urgency import ORDINARY, URGENT, URGENT_SEVERITIES, mail_due_at
from incidents.response.timeline import PendingReaction

log = structlog.get_logger(__name__)
ASKS_NOTHING = frozenset(
    {Reason.BREACH_WARNED, Reason.THRESHOLD_BROKEN, Reason.RECEIVING_STOPPED, Reason.CHANGE_DECIDED}
)
# News that keep for some minutes, so that more of them come in one mail.
KEEPS = frozenset({Reason.BREACH_WARNED, Reason.CHANGE_DECIDED})
SAYS_NOTHING_NEW = frozenset({Reason.CHANGE_DECIDED})


def ask_owner(pending: PendingReaction, *, now: datetime) -> None:
    """Opened: the threshold's owner must decide, if its policy asks. A declared incident alerts by itself."""
    facts = pending.facts
    if facts.get("policy", "ask") != "ask":
        return
    owner = _person(facts.get("owner"))
    _call([owner] if owner else managers(), pending, reason=Reason.BREACH_TO_DECIDE, now=now)


def ask_managers(pending: PendingReaction, *, now: datetime) -> None:
    """Unanswered: the managers are called as well, and the owner once more."""
    owner = _person(pending.facts.get("owner"))
    people = list(dict.fromkeys([*([owner] if owner else []), *managers()]))
    _call(people, pending, reason=Reason.BREACH_UNANSWERED, now=now)


def warn_owner(pending: PendingReaction, *, now: datetime) -> None:
    """Over the warn limit: the owner hears it in time. Nothing is asked, so nobody stands in but the managers."""
    owner = _person(pending.facts.get("owner"))
    _call([owner] if owner else managers(), pending, reason=Reason.BREACH_WARNED, now=now)


def tell_of_broken(pending: PendingReaction, *, now: datetime) -> None:
    """A threshold cannot be judged: its owner hears that it is blind, or the managers where nobody owns it."""
    owner = _person(pending.facts.get("owner"))
    _call([owner] if owner else managers(), pending, reason=Reason.THRESHOLD_BROKEN, now=now)


def tell_admins(pending: PendingReaction, *, now: datetime) -> None:
    """Nothing is received: one word to those who run airp, in place of one about every source."""
    _call(admins(), pending, reason=Reason.RECEIVING_STOPPED, now=now)


def ask_approvers(pending: PendingReaction, *, now: datetime) -> None:
    """A change of a threshold needs a second person: everybody who may be it, and never its author."""
    able = User.objects.filter(is_active=True, is_approver=True).exclude(pk=pending.facts.get("by"))
    people = [person for person in able.order_by("name", "pk") if can_answer(person)]
    _call(people, pending, reason=Reason.CHANGE_TO_APPROVE, now=now)


def tell_author(pending: PendingReaction, *, now: datetime) -> None:
    """Decided: the others need not look any more, and the author hears what became of the change."""
    settle(pending, now=now)
    author = _person(pending.facts.get("author"))
    is_own = pending.facts.get("decided_by") == pending.facts.get("author")
    _call([author] if author and not is_own else [], pending, reason=Reason.CHANGE_DECIDED, now=now)


def settle(pending: PendingReaction, *, now: datetime) -> None:
    """Decided: nobody needs to answer any more."""
    decided_by = pending.facts.get("decided_by") or pending.facts.get("by")
    answered(Alert.objects.filter(subject_key=_key(pending.facts)), by_id=decided_by, now=now)


def _call(people: list[User], pending: PendingReaction, *, reason: Reason, now: datetime) -> None:
    """One alert per person for this occasion; a breach whose hold ran out is a new occasion."""
    facts = pending.facts
    if not people and reason not in SAYS_NOTHING_NEW:
        log.error("nobody_to_alert", breach=facts.get("breach"), reason=reason.value)
    due_at = parse_datetime(str(facts.get("due_at") or ""))
    severity = str(facts.get("severity") or "")
    priority = URGENT if severity in URGENT_SEVERITIES else ORDINARY
    for person in people:
        Alert.objects.get_or_create(
            cause=f"{_key(facts)}/{reason.value}/{pending.noted_at.isoformat()}",
            recipient=person,
            defaults={
                "subject_key": _key(facts),
                "reason": reason,
                "state": AlertState.TOLD if reason in ASKS_NOTHING else AlertState.OPEN,
                "title": str(facts.get("title") or _("A threshold is over its limit."))[:300],
                "url": str(facts.get("url") or "/")[:300],
                "severity": severity[:16],
                "priority": priority,
                "raised_at": now,
                "due_at": due_at,
                "mail_due_at": mail_due_at(raised_at=now, priority=priority, asks=reason not in KEEPS),
            },
        )


def _key(facts: Mapping[str, Any]) -> str:
    for name in ("proposal", "breach", "deaf_since"):
        if name in facts:
            return f"{name}/{facts[name]}"
    return f"threshold/{facts['threshold']}"


def _person(person_id: object) -> User | None:
    person = User.objects.filter(pk=person_id).first() if isinstance(person_id, int) else None
    return person if person is not None and can_answer(person) else None
