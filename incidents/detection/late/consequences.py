"""What late signals force: breaches that were missed are opened, breaches that would not be say so.

A missed breach goes the way of every other one, unless it was over for more than a day: then it is recorded and
nobody is called. Nothing that was recorded before is changed, ended or taken back.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from airp.audit.models import record
from airp.web import times
from incidents.detection.breaches import Breach, BreachKind
from incidents.detection.judging import hold
from incidents.detection.late.replaying import Fired, Replayed
from incidents.detection.late.spans import Span
from incidents.detection.opening import Late, Opening, kind_of, open_breaches
from incidents.detection.states import ThresholdState, Transition, store
from incidents.detection.step import Reason
from incidents.detection.thresholds import Threshold
from incidents.response.kinds import Kind
from incidents.response.models import Incident
from incidents.response.timeline import append

STILL_ALERTS = timedelta(hours=24)
STANDS, FALLS = "would_fire", "would_not_fire"


def open_missed(
    threshold: Threshold, missed: Sequence[Fired], replayed: Replayed, state: ThresholdState | None, *, now: datetime
) -> list[Breach]:
    """A breach for each episode. One that goes on is handed to the tick, which ends it as it ends its own."""
    taken = [fired for fired in missed if fired.episode.ended_at is not None or not _is_breaching(state)]
    breaches = open_breaches([_opening(threshold, fired, now=now) for fired in taken], now=now)
    for fired in taken:
        if fired.episode.ended_at is None:
            _hand_over(state or _new_state(threshold, fired, now=now), replayed, fired, now=now)
    return breaches


def revise(shaken: Sequence[tuple[Breach, bool]], spans: Sequence[Span], *, now: datetime) -> list[Breach]:
    """Say of each breach whose answer changed whether it would open with all signals that are known now."""
    changed = [(breach, stands) for breach, stands in shaken if stands == (breach.revised_at is not None)]
    for breach, stands in changed:
        breach.revised_at = None if stands else now
        breach.save(update_fields=["revised_at"])
        facts = {
            "breach": breach.pk,
            "threshold": breach.threshold_id,
            "answer": STANDS if stands else FALLS,
            "first_minute": spans[0].first.isoformat(),
            "last_minute": max(span.last for span in spans).isoformat(),
        }
        record(act="breach.evidence_revised", at=now, by=None, object_label=str(breach), facts=facts)
        if breach.incident_id is not None:
            incident = Incident.objects.select_for_update().get(pk=breach.incident_id)
            text = _words(breach, spans, stands=stands)
            append(incident, kind=Kind.EVIDENCE_REVISED, by=None, now=now, facts=facts, text=text)
    return [breach for breach, _stands in changed]


def _is_breaching(state: ThresholdState | None) -> bool:
    return state is not None and state.is_breaching


def _new_state(threshold: Threshold, fired: Fired, *, now: datetime) -> ThresholdState:
    """Of a group that the tick never had to follow."""
    key, version = fired.episode.group_key, fired.segment.version
    return ThresholdState.objects.create(threshold=threshold, group_key=key, version=version, changed_at=now)


def _opening(threshold: Threshold, fired: Fired, *, now: datetime) -> Opening:
    ended_at = fired.episode.ended_at
    return Opening(
        version=fired.segment.version,
        group_key=fired.episode.group_key,
        since=fired.episode.started_at,
        bad=fired.bad,
        n=fired.n,
        value=fired.value,
        late=Late(
            kind=_kind(threshold, fired, now=now),
            cleared_at=ended_at,
            cleared_reason="" if ended_at is None else fired.ended_reason.value,
        ),
    )


def _kind(threshold: Threshold, fired: Fired, *, now: datetime) -> BreachKind:
    """Shadow if its threshold was on trial then or is now, unless it goes on: then only now counts."""
    ended_at = fired.episode.ended_at
    kind = kind_of(threshold.mode)
    if ended_at is None:
        return kind
    if BreachKind.SHADOW in (kind, kind_of(fired.segment.mode)):
        return BreachKind.SHADOW
    return BreachKind.RECORD if ended_at < now - STILL_ALERTS else BreachKind.LIVE


def _hand_over(state: ThresholdState, replayed: Replayed, fired: Fired, *, now: datetime) -> None:
    """The state becomes what it would be if everything had come in time."""
    before, held = state.status, replayed.held
    hold(state, held)
    state.version, state.changed_at, state.error = fired.segment.version, now, ""
    store([state])
    Transition.objects.create(
        threshold=state.threshold,
        group_key=state.group_key,
        version=fired.segment.version,
        version_before=fired.segment.version,
        status_before=before,
        status_after=held.status.value,
        reason=Reason.LATE_DATA.value,
        judged_to=held.judged_to or fired.episode.fired_at,
        noted_at=now,
        bad=fired.bad,
        n=fired.n,
        value=fired.value,
    )


def _words(breach: Breach, spans: Sequence[Span], *, stands: bool) -> str:
    facts = {
        "name": breach.threshold.name,
        "first": times.absolute(spans[0].first),
        "last": times.absolute(max(span.last for span in spans)),
    }
    if stands:
        return _("%(name)s: more signals came late, and with all of them it would fire after all.") % facts
    return (
        _(
            "%(name)s: signals for the minutes from %(first)s to %(last)s came late. With them the threshold would not"
            " have fired. Nothing was closed: look at the figures again before you go on."
        )
        % facts
    )
