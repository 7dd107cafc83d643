"""Turning evaluations into states, transitions and breaches, in the transaction of the tick.

All changes of a tick are written together. If that fails, they are written one by one: a threshold whose judging
raises is rolled back to its own savepoint, marked as broken and made known to its owner; its neighbours go on.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import OuterRef, Q, Subquery
from django.db.models.lookups import IsNull

from airp.web.rows import insert
from incidents.detection import evaluation as by_minute
from incidents.detection import event_judging as by_event
from incidents.detection.announcing import tell_broken
from incidents.detection.choices import JUDGED, Band
from incidents.detection.evaluation import Evaluation, judged_count
from incidents.detection.measuring import Judged, Sums
from incidents.detection.opening import Clearing, Opening, clear_breaches, open_breaches
from incidents.detection.states import ThresholdState, Transition, store
from incidents.detection.step import Finding, Held, NoData, Reason, Rule, Status, Truth, step, withdraw
from incidents.detection.versions import ThresholdVersion

log = structlog.get_logger(__name__)
MINUTE = timedelta(minutes=1)
# Each returns the evaluations of a shard that may change a state: `(*, shard, tick_at) -> list[Evaluation]`.
JUDGES = (by_minute.changed, by_event.changed)
Key = tuple[int, str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """One state before and after an evaluation, and why it changed."""

    evaluation: Evaluation
    version: ThresholdVersion
    state: ThresholdState
    before: Held
    after: Held
    reason: Reason
    error: str = ""

    @property
    def opens(self) -> bool:
        return self.after.status is Status.FIRING and not self.before.is_breaching

    @property
    def clears(self) -> bool:
        return self.after.status is Status.OK and self.before.is_breaching


def judge_shard(*, shard: int, tick_at: datetime, now: datetime) -> tuple[int, int]:
    """Judge all thresholds of a shard for one tick; returns how many were judged and how many changed."""
    evaluations = [found for judge in JUDGES for found in judge(shard=shard, tick_at=tick_at)]
    changes = judge_all(evaluations, now=now) + _withdraw_unjudged(shard=shard, tick_at=tick_at, now=now)
    return judged_count(shard=shard), changes


def judge_all(evaluations: Iterable[Evaluation], *, now: datetime) -> int:
    """Step the states of these evaluations, write what changed and draw the consequences; returns how many changed."""
    found = sorted(evaluations, key=lambda evaluation: evaluation.key)
    states = _locked_states(found)
    versions = _versions(found)
    changes, timers = [], []
    for evaluation in found:
        change = _judged(evaluation, versions[evaluation.version_id], states.get(evaluation.key), now=now)
        if isinstance(change, Change):
            changes.append(change)
        elif change is not None:
            timers.append(change)
    store(timers)
    if changes:
        _write_together(changes, now=now)
    return len(changes)


def rule_of(version: ThresholdVersion) -> Rule:
    return Rule(
        for_time=timedelta(seconds=version.for_seconds),
        keep_firing=timedelta(seconds=version.keep_firing_seconds),
        no_data=NoData(version.no_data),
    )


def held_of(state: ThresholdState) -> Held:
    return Held(
        status=Status(state.status),
        held_from=Status(state.held_from) if state.held_from else None,
        since=state.since,
        judged_to=state.judged_to,
        flips=tuple(state.flips),
        flapping_since=state.flapping_since,
    )


def _locked_states(evaluations: list[Evaluation]) -> dict[Key, ThresholdState]:
    """The states, locked in the order of their ids."""
    ids = {evaluation.threshold_id for evaluation in evaluations}
    rows = ThresholdState.objects.select_for_update().filter(threshold_id__in=ids).order_by("pk")
    return {(state.threshold_id, state.group_key, state.band): state for state in rows}


def _versions(evaluations: list[Evaluation]) -> Mapping[int, ThresholdVersion]:
    related = ("threshold__system", "severity", "harm_kind")
    return (
        ThresholdVersion.objects.select_related(*related)
        .order_by()
        .in_bulk({evaluation.version_id for evaluation in evaluations})
    )


def _judged(
    evaluation: Evaluation, version: ThresholdVersion, state: ThresholdState | None, *, now: datetime, error: str = ""
) -> Change | ThresholdState | None:
    """A change of state, or a state whose timer ran, or None where there is nothing to write."""
    state = state or _new_state(evaluation, version, now=now)
    finding = Finding(Truth.UNKNOWN, reason=Reason.ERROR) if error else evaluation.finding
    error = error or evaluation.error
    before = held_of(state)
    after, reason = step(rule_of(version), before, finding, at=evaluation.judged_to)
    if reason is not None:
        return Change(evaluation, version, state, before, after, _why(reason, after, state, version), error)
    if after.since is None and replace(after, judged_to=before.judged_to) == before:
        return None
    hold(state, after)
    return state


def _new_state(evaluation: Evaluation, version: ThresholdVersion, *, now: datetime) -> ThresholdState:
    return ThresholdState(
        threshold=version.threshold,
        group_key=evaluation.group_key,
        band=evaluation.band,
        version=version,
        changed_at=now,
    )


def _why(reason: Reason, after: Held, state: ThresholdState, version: ThresholdVersion) -> Reason:
    """A breach that ends because the line was moved did not end by itself."""
    has_moved = reason is Reason.CLEARED and after.status is Status.OK and state.version_id != version.pk
    return Reason.THRESHOLD_CHANGED if has_moved else reason


def _write_together(changes: list[Change], *, now: datetime) -> None:
    try:
        with transaction.atomic():
            _write(changes, now=now)
    except Exception as error:
        log.exception("changes_written_one_by_one", count=len(changes), cause=type(error).__name__)
        for change in changes:
            _write_alone(change, now=now)


def _write_alone(change: Change, *, now: datetime) -> None:
    """Judge a threshold once more by itself, from what the database holds; as broken if it raises."""
    error = ""
    for _attempt in (1, 2):
        threshold_id, group_key, band = change.evaluation.key
        known = ThresholdState.objects.filter(threshold_id=threshold_id, group_key=group_key, band=band).first()
        again = _judged(change.evaluation, change.version, known, now=now, error=error)
        if not isinstance(again, Change):
            return
        try:
            with transaction.atomic():
                _write([again], now=now)
        except Exception as raised:
            if error:
                raise
            log.exception("threshold_broken", threshold=threshold_id)
            error = f"{type(raised).__name__}: {raised}"[:200]
        else:
            return


def _write(changes: list[Change], *, now: datetime) -> None:
    """States and transitions in bulk, then what each change forces."""
    moves = [_transition(change, now=now) for change in changes]
    for change in changes:
        hold(change.state, change.after)
        change.state.version, change.state.changed_at, change.state.error = change.version, now, change.error
    store([change.state for change in changes if change.state.pk])
    insert(ThresholdState(**_columns(change.state)) for change in changes if not change.state.pk)
    insert(moves)
    _follow(changes, now=now)


def _columns(state: ThresholdState) -> dict[str, object]:
    """A copy without id, so that a rolled-back insert leaves no state that believes to be stored."""
    return {field.attname: getattr(state, field.attname) for field in state._meta.concrete_fields if field.name != "id"}


def hold(state: ThresholdState, held: Held) -> None:
    """Put what was found into the row that keeps it."""
    state.status, state.held_from = held.status.value, held.held_from.value if held.held_from else ""
    state.since, state.judged_to = held.since, held.judged_to
    state.flips, state.flapping_since = list(held.flips), held.flapping_since


def _transition(change: Change, *, now: datetime) -> Transition:
    evaluation, sums, judged = change.evaluation, change.evaluation.sums, change.evaluation.judged
    return Transition(
        threshold_id=evaluation.threshold_id,
        group_key=evaluation.group_key,
        band=evaluation.band,
        version=change.version,
        version_before_id=change.state.version_id,
        status_before=change.before.status.value,
        status_after=change.after.status.value,
        reason=change.reason.value,
        judged_to=evaluation.judged_to,
        noted_at=now,
        bad=sums.bad,
        n=sums.beside,
        n_raw=sums.n_raw or sums.value_n,
        value=judged.value,
        bound_ppm=judged.bound,
    )


def _follow(changes: list[Change], *, now: datetime) -> None:
    """What changes of state force: breaches open or end, or an owner hears that the threshold is broken."""
    open_breaches([_opening(change) for change in changes if change.opens], now=now)
    clear_breaches([_clearing(change) for change in changes if change.clears], now=now)
    for change in changes:
        if change.after.status is Status.ERROR:
            tell_broken(change.version.threshold, now=now)


def _clearing(change: Change) -> Clearing:
    threshold_id, group_key, band = change.evaluation.key
    return Clearing(threshold_id, change.reason, change.evaluation.judged_to, group_key, band)


def _opening(change: Change) -> Opening:
    evaluation = change.evaluation
    return Opening(
        version=change.version,
        group_key=evaluation.group_key,
        band=evaluation.band,
        since=(change.before.since or evaluation.judged_to) - MINUTE,
        bad=evaluation.sums.bad,
        n=evaluation.sums.beside,
        value=evaluation.judged.value,
    )


def _band_is_gone(tick_at: datetime) -> Q:
    """States of a warn band that the version in force has not any more."""
    in_force = ThresholdVersion.objects.filter(threshold=OuterRef("threshold"), effective_from__lte=tick_at)
    warns = in_force.order_by("-effective_from", "-pk").values("warn_limit")[:1]
    return Q(band=Band.WARN) & Q(IsNull(Subquery(warns), True))  # noqa: FBT003 - the lookup takes it so


def _withdraw_unjudged(*, shard: int, tick_at: datetime, now: datetime) -> int:
    """Thresholds that were paused or retired, and bands that were taken away: what is open ends as withdrawn."""
    quiet = (Status.OK.value, Status.ARCHIVED.value)
    left = ThresholdState.objects.select_for_update(of=("self",)).filter(threshold__shard=shard)
    rows = left.exclude(status__in=quiet).filter(~Q(threshold__mode__in=JUDGED) | _band_is_gone(tick_at))
    changes = []
    for state in rows.select_related("version__threshold").order_by("pk"):
        before = held_of(state)
        empty = Evaluation(
            state.threshold_id,
            state.version_id,
            tick_at,
            Sums(),
            Judged(Finding(Truth.UNKNOWN)),
            state.band,
            state.group_key,
        )
        changes.append(Change(empty, state.version, state, before, withdraw(before, at=tick_at), Reason.WITHDRAWN))
    if changes:
        _write(changes, now=now)
    clear_breaches([_clearing(change) for change in changes if change.before.is_breaching], now=now)
    return len(changes)
