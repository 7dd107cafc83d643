"""Turning evaluations into states, transitions and breaches, in the transaction of the tick.

A threshold whose judging raises is rolled back to its own savepoint, marked as broken and made known to its
owner; its neighbours go on.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from incidents.detection.announcing import tell_broken
from incidents.detection.choices import JUDGED
from incidents.detection.evaluation import Evaluation, changed, judged_count
from incidents.detection.opening import clear_breach, open_breach
from incidents.detection.states import ThresholdState, Transition
from incidents.detection.step import BREACHING, Finding, Held, NoData, Reason, Rule, Status, Truth, step, withdraw
from incidents.detection.versions import ThresholdVersion

log = structlog.get_logger(__name__)
MINUTE = timedelta(minutes=1)


def judge_shard(*, shard: int, tick_at: datetime, now: datetime) -> tuple[int, int]:
    """Judge all thresholds of a shard for one tick; returns how many were judged and how many changed."""
    evaluations = changed(shard=shard, tick_at=tick_at)
    states = _lock_states([evaluation.threshold_id for evaluation in evaluations])
    versions = _versions(evaluations)
    changes = sum(
        _judge_safely(evaluation, versions[evaluation.version_id], states.get(evaluation.threshold_id), now=now)
        for evaluation in evaluations
    )
    changes += _withdraw_unjudged(shard=shard, tick_at=tick_at, now=now)
    return judged_count(shard=shard), changes


def _lock_states(threshold_ids: list[int]) -> dict[int, ThresholdState]:
    """The states, locked in the order of their ids."""
    rows = ThresholdState.objects.select_for_update().filter(threshold_id__in=threshold_ids, group_key="")
    return {state.threshold_id: state for state in rows.order_by("pk")}


def _versions(evaluations: list[Evaluation]) -> Mapping[int, ThresholdVersion]:
    related = ("threshold__system", "threshold__owner", "severity", "harm_kind")
    return (
        ThresholdVersion.objects.select_related(*related)
        .order_by()
        .in_bulk({evaluation.version_id for evaluation in evaluations})
    )


def _judge_safely(
    evaluation: Evaluation, version: ThresholdVersion, state: ThresholdState | None, *, now: datetime
) -> bool:
    try:
        with transaction.atomic():
            return _judge(evaluation, evaluation.finding, version, state, now=now)
    except Exception as error:
        log.exception("threshold_broken", threshold=evaluation.threshold_id)
        finding = Finding(Truth.UNKNOWN, reason=Reason.ERROR)
        fresh = ThresholdState.objects.filter(threshold_id=evaluation.threshold_id, group_key="").first()
        return _judge(evaluation, finding, version, fresh, now=now, error=f"{type(error).__name__}: {error}"[:200])


def _judge(
    evaluation: Evaluation,
    finding: Finding,
    version: ThresholdVersion,
    state: ThresholdState | None,
    *,
    now: datetime,
    error: str = "",
) -> bool:
    state = state or ThresholdState(threshold=version.threshold, version=version, changed_at=now)
    before = held_of(state)
    after, reason = step(rule_of(version), before, finding, at=evaluation.judged_to)
    if reason is None and after == before:
        return False
    version_before, state.version = state.version, version
    _write(state, after, error=error)
    if reason is None:
        state.save()
        return False
    state.changed_at = now
    state.save()
    reason = _why(reason, after, version_before, version)
    _record(state, evaluation, before, reason, version_before, now=now)
    _follow(state, evaluation, before, after, reason, now=now)
    return True


def rule_of(version: ThresholdVersion) -> Rule:
    return Rule(
        for_time=timedelta(seconds=version.for_seconds),
        keep_firing=timedelta(seconds=version.keep_firing_seconds),
        no_data=NoData(version.no_data),
    )


def held_of(state: ThresholdState) -> Held:
    held_from = Status(state.held_from) if state.held_from else None
    return Held(status=Status(state.status), held_from=held_from, since=state.since, judged_to=state.judged_to)


def _write(state: ThresholdState, held: Held, *, error: str = "") -> None:
    state.status, state.held_from = held.status.value, held.held_from.value if held.held_from else ""
    state.since, state.judged_to, state.error = held.since, held.judged_to, error


def _why(reason: Reason, after: Held, before: ThresholdVersion, version: ThresholdVersion) -> Reason:
    """A breach that ends because the line was moved did not end by itself."""
    has_moved = reason is Reason.CLEARED and after.status is Status.OK and before.pk != version.pk
    return Reason.THRESHOLD_CHANGED if has_moved else reason


def _record(
    state: ThresholdState,
    evaluation: Evaluation,
    before: Held,
    reason: Reason,
    version_before: ThresholdVersion,
    *,
    now: datetime,
) -> None:
    Transition.objects.create(
        threshold_id=state.threshold_id,
        group_key=state.group_key,
        version=state.version,
        version_before=version_before,
        status_before=before.status.value,
        status_after=state.status,
        reason=reason.value,
        judged_to=evaluation.judged_to,
        noted_at=now,
        bad=evaluation.bad,
        n=evaluation.n,
        n_raw=evaluation.n_raw,
        bound_ppm=evaluation.bound_ppm,
    )


def _follow(
    state: ThresholdState, evaluation: Evaluation, before: Held, after: Held, reason: Reason, *, now: datetime
) -> None:
    """What a change of state forces: a breach opens or ends, or the owner hears that the threshold is broken."""
    if after.status is Status.FIRING and not _is_breaching(before):
        since = before.since or evaluation.judged_to
        open_breach(
            state.version, group_key=state.group_key, since=since - MINUTE, now=now, bad=evaluation.bad, n=evaluation.n
        )
    elif after.status is Status.OK and _is_breaching(before):
        clear_breach(state.threshold_id, group_key=state.group_key, reason=reason, at=evaluation.judged_to, now=now)
    elif after.status is Status.ERROR:
        tell_broken(state.version.threshold, now=now)


def _is_breaching(held: Held) -> bool:
    return (held.held_from or held.status) in BREACHING if held.status is not Status.ARCHIVED else False


def _withdraw_unjudged(*, shard: int, tick_at: datetime, now: datetime) -> int:
    """Thresholds that were paused or retired while not ok: their breach ends as withdrawn."""
    quiet = (Status.OK.value, Status.ARCHIVED.value)
    left = ThresholdState.objects.select_for_update(of=("self",)).filter(threshold__shard=shard)
    rows = left.exclude(status__in=quiet).exclude(threshold__mode__in=JUDGED).order_by("pk")
    for state in rows.select_related("version"):
        before = held_of(state)
        _write(state, withdraw(before, at=tick_at))
        state.changed_at = now
        state.save()
        empty = Evaluation(
            state.threshold_id, state.version_id, tick_at, 0, 0, 0, None, "", is_over=False, is_clear=False
        )
        _record(state, empty, before, Reason.WITHDRAWN, state.version, now=now)
        if _is_breaching(before):
            clear_breach(state.threshold_id, group_key=state.group_key, reason=Reason.WITHDRAWN, at=tick_at, now=now)
    return len(rows)
