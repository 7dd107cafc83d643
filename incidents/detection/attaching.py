"""How a breach and an incident come together: join the open one, reopen one that just ended, or declare.

A machine raises the severity of an incident and reopens it, but never lowers, resolves, closes or dismisses.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import connection
from django.utils.translation import gettext as _

from airp.accounts.models import User
from incidents.classification.models import SeverityLevel
from incidents.detection import wording
from incidents.detection.step import Reason
from incidents.response.declaring import Declaration, declare_or_join
from incidents.response.homes import lock_homes
from incidents.response.kinds import Kind
from incidents.response.models import Incident
from incidents.response.states import OPEN, UNDER_WAY
from incidents.response.timeline import Addition, append_all

if TYPE_CHECKING:
    from incidents.detection.breaches import Breach


def title_of(breach: "Breach") -> str:
    """The measured fact in one line, as it was when the breach was detected."""
    if breach.headline:
        return breach.headline[:200]
    version = breach.version
    return wording.title(
        metric=version.metric,
        kind=version.kind,
        category=version.category,
        system=breach.threshold.system.slug,
        bad=breach.bad,
        n=breach.n,
        window_seconds=version.window_seconds,
        amount=version.warn_limit if breach.band == "warn" and version.warn_limit is not None else version.limit,
        measured=breach.value,
    )[:200]


def headline_of(breach: "Breach") -> str:
    """What an incident of this breach is called: the threshold's name and the figure that people will ask for."""
    if breach.headline:
        return breach.headline[:200]
    version = breach.version
    figure = wording.value(metric=version.metric, bad=breach.bad, n=breach.n, amount=breach.value)
    return f"{breach.threshold.name[:150]}: {figure}"


def declaration_of(breach: "Breach", *, severity: SeverityLevel | None = None, title: str = "") -> Declaration:
    """What a threshold says when it declares an incident."""
    version = breach.version
    return Declaration(
        title=title or headline_of(breach),
        summary=title_of(breach),
        system=breach.threshold.system,
        severity=severity or version.severity,
        harm_kind=version.harm_kind,
        dedup_key=version.dedup_key,
        started_at=breach.started_at,
        detected_at=breach.detected_at,
    )


class Present:
    """The incidents that breaches may join: the open one of each key, or the one that ended last.

    One that was merged leads on to the incident that took it over. All are locked, in the order of their ids.
    """

    def __init__(self, keys: Iterable[str]) -> None:
        homes = lock_homes(keys)
        self._open, self._ended = homes.open, homes.ended

    def of(self, breach: "Breach", *, now: datetime) -> Incident | None:
        """The open incident of the key, or the one that ended within the cooldown; None if there is neither."""
        key = breach.version.dedup_key
        incident = self._open.get(key) or self._just_ended(breach, now=now)
        if incident is not None:
            self.add(key, incident)
        return incident

    def add(self, key: str, incident: Incident) -> None:
        """From now on the incident is the home of the key."""
        self._open[key] = incident

    def _just_ended(self, breach: "Breach", *, now: datetime) -> Incident | None:
        ended = self._ended.get(breach.version.dedup_key)
        since = now - timedelta(seconds=breach.version.cooldown_seconds)
        return ended if ended is not None and ended.closed_at is not None and ended.closed_at >= since else None


def declare_for(breach: "Breach", *, now: datetime) -> Incident:
    """The incident of the key, declared now if there is none. Racing callers get the same one."""
    incident, _is_new = declare_or_join(declaration_of(breach), now=now)
    attach(breach, incident, by=None, now=now)
    return incident


def attach(breach: "Breach", incident: Incident, *, by: User | None, now: datetime) -> None:
    """Record the breach on a locked incident. Reopens a resolved one and raises a severity that is too low."""
    attach_all([(breach, incident)], by=by, now=now)


def attach_all(pairs: Sequence[tuple["Breach", Incident]], *, by: User | None, now: datetime) -> None:
    """The same for many at once, in this order. What they do to an incident is done once all are recorded."""
    if not pairs:
        return
    for breach, incident in pairs:
        breach.incident, breach.decision_due_at = incident, None
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE incidents_breach AS stored SET incident_id = joined.incident, decision_due_at = NULL"
            "  FROM unnest(%s::bigint[], %s::bigint[]) AS joined(breach, incident) WHERE stored.id = joined.breach",
            [[breach.pk for breach, _incident in pairs], [incident.pk for _breach, incident in pairs]],
        )
    append_all([_attachment(breach, incident, by=by) for breach, incident in pairs], now=now)
    for breach, incident in pairs:
        _answer(breach, incident, now=now)


def _attachment(breach: "Breach", incident: Incident, *, by: User | None) -> Addition:
    facts = {
        "breach": breach.pk,
        "threshold": breach.threshold_id,
        "version": breach.version.number,
        "bad": breach.bad,
        "n": breach.n,
        "started_at": breach.started_at.isoformat(),
        "origin": str(breach.origin),
    }
    # The incident that this breach declared says the measured fact already.
    fact = title_of(breach)
    text = breach.threshold.name if incident.summary == fact else fact
    return Addition(incident, Kind.BREACH_ATTACHED, by, facts, text)


def _answer(breach: "Breach", incident: Incident, *, now: datetime) -> None:
    """A breach brings its incident back to work, and to its own severity."""
    is_worse = breach.version.severity.rank < incident.terms["rank"]
    if incident.state not in UNDER_WAY and (is_worse or not _lies_within(breach, incident)):
        incident.reopen(by=None, now=now, reason=_why_reopened(breach))
    if is_worse and incident.state in OPEN:
        reason = _("A threshold of a higher severity is over its limit: %(fact)s.") % _fact(breach)
        incident.raise_severity(to=breach.version.severity, by=None, now=now, reason=reason)


def _lies_within(breach: "Breach", incident: Incident) -> bool:
    """Found late, and over before the incident was thought to be: it belongs to its past and brings nothing back."""
    was_over_at = incident.resolved_at or incident.closed_at
    return bool(breach.cleared_at and was_over_at and breach.cleared_at <= was_over_at)


def _why_reopened(breach: "Breach") -> str:
    if breach.is_late:
        return _("Signals that came late show a threshold over its limit: %(fact)s.") % _fact(breach)
    return _("The signal is over its limit again: %(fact)s.") % _fact(breach)


def mark_cleared(breaches: Iterable["Breach"], *, now: datetime) -> None:
    """Say on their incidents that signals are back under their limits. People decide what follows."""
    cleared = [breach for breach in breaches if breach.incident_id is not None and breach.cleared_at is not None]
    ids = {breach.incident_id for breach in cleared if breach.incident_id}
    locked = {
        incident.pk: incident for incident in Incident.objects.select_for_update().filter(pk__in=ids).order_by("pk")
    }
    append_all([_end_of(breach, locked[breach.incident_id]) for breach in cleared if breach.incident_id], now=now)


def _end_of(breach: "Breach", incident: Incident) -> Addition:
    facts = {
        "breach": breach.pk,
        "threshold": breach.threshold_id,
        "reason": breach.cleared_reason,
        "cleared_at": breach.cleared_at.isoformat() if breach.cleared_at else None,
    }
    return Addition(incident, Kind.SIGNAL_CLEARED, None, facts, _caveat(breach.cleared_reason))


def _caveat(reason: str) -> str:
    """Why an ended breach does not mean that the harm ended."""
    if reason == Reason.WITHDRAWN:
        return _("The threshold was paused or retired. Nobody has measured that the harm ended.")
    if reason == Reason.THRESHOLD_CHANGED:
        return _("The threshold was changed meanwhile: the signal is under the new limit, not the one it passed.")
    if reason == Reason.SENDER_RESOLVED:
        return _("The system that sent the alert says that it ended. Nobody here has checked that the harm did.")
    return ""


def _fact(breach: "Breach") -> dict[str, str]:
    return {"fact": title_of(breach)}
