"""Judging windows again after their minutes changed: each threshold once, by whoever claims it.

The states of the threshold are locked first, as the tick locks them. So no tick can open a breach of it between the
look at what is known and what is made of it.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.apps import apps
from django.db import transaction
from django.db.models import Max, Min, Q

from incidents.detection.announcing import tell_broken
from incidents.detection.breaches import Breach
from incidents.detection.choices import JUDGED, Band
from incidents.detection.late.comparing import compare
from incidents.detection.late.consequences import open_missed, revise
from incidents.detection.late.grouping import is_by_group, replay_groups
from incidents.detection.late.records import LateRun, Rejudging
from incidents.detection.late.replaying import Replayed, replay
from incidents.detection.late.segments import Segment, segments
from incidents.detection.late.spans import MINUTE, Span
from incidents.detection.late.starting import start_of
from incidents.detection.states import EvaluationTick, ThresholdState
from incidents.detection.thresholds import Threshold

log = structlog.get_logger(__name__)
MOST_CHANGES = 200
MOST_KNOWN = 500


def judge_next_again(*, now: datetime) -> bool:
    """Judge the threshold again that waits longest. False when none is due. What raises is tried again later."""
    with transaction.atomic():
        waiting = Rejudging.objects.select_for_update(of=("self",), skip_locked=True)
        due = waiting.filter(due_at__lte=now).order_by("due_at", "threshold").select_related("threshold").first()
        if due is None:
            return False
        threshold, spans = due.threshold, due.changed
        try:
            with transaction.atomic():
                judge_again(threshold, spans, now=now)
                due.delete()
        except Exception as error:
            log.exception("late_run_failed", threshold=threshold.pk)
            if not due.set_aside(now=now):
                _give_up(threshold, spans, error, now=now)
    return True


def judge_again(threshold: Threshold, spans: Sequence[Span], *, now: datetime) -> LateRun | None:
    """Play the windows that hold the changed minutes, with what is known now. None where none was judged before."""
    if threshold.mode not in JUDGED:
        return None
    states = _locked_states(threshold, now=now)
    since, held = start_of(threshold, before=spans[0].first)
    judged = _judged_segments(threshold, since=since)
    if not judged:
        return None
    replays = {"": replay(judged, held, spans)}
    if any(is_by_group(segment.version) for segment in judged):
        replays |= replay_groups(judged)
    known = _known(threshold, judged)
    found_count = revised_count = 0
    for key in sorted(replays.keys() | known.keys()):
        replayed = replays.get(key, Replayed())
        found = compare(replayed, known.get(key, ()), spans, since=since)
        found_count += len(open_missed(threshold, found.missed, replayed, states.get(key), now=now))
        revised_count += len(revise(found.shaken, spans, now=now))
    return _note(
        threshold, spans, list(replays.values()), now=now, found_count=found_count, revised_count=revised_count
    )


def _locked_states(threshold: Threshold, *, now: datetime) -> dict[str, ThresholdState]:
    """Its states by group, locked in the order of their ids; the one of its limit is made where it has none yet."""
    version = threshold.version_at(now)
    if version is not None:
        fresh = ThresholdState(threshold=threshold, version=version, changed_at=now)
        ThresholdState.objects.bulk_create([fresh], ignore_conflicts=True)
    rows = ThresholdState.objects.select_for_update().filter(threshold=threshold).order_by("pk")
    return {state.group_key: state for state in rows if state.band == Band.ACT}


def _judged_segments(threshold: Threshold, *, since: datetime) -> list[Segment]:
    """From the first window that ends after `since` to the newest that was judged."""
    ticks = EvaluationTick.objects.filter(shard=threshold.shard).aggregate(first=Min("tick_at"), last=Max("tick_at"))
    related = ("threshold__system", "threshold__owner", "severity", "harm_kind")
    versions = list(threshold.versions.select_related(*related).order_by("effective_from", "pk"))
    if ticks["last"] is None or not versions:
        return []
    in_force = [version for version in versions if version.effective_from <= since] or versions[:1]
    first_tick = since + MINUTE + timedelta(seconds=in_force[-1].eval_delay_seconds)
    first_tick = max(first_tick, ticks["first"])
    if first_tick > ticks["last"]:
        return []
    return segments(versions, _modes(threshold), first_tick=first_tick, last_tick=ticks["last"])


def _modes(threshold: Threshold) -> list[tuple[datetime, str]]:
    events = apps.get_model("incidents", "ThresholdEvent")  # made by `pghistory.track`, so nobody can import it
    rows = events._default_manager.filter(pgh_obj=threshold).order_by("pgh_created_at", "pgh_id")
    found: list[tuple[datetime, str]] = []
    for at, mode in rows.values_list("pgh_created_at", "mode"):
        if not found or found[-1][1] != mode:
            found.append((at, mode))
    return found


def _known(threshold: Threshold, judged: Sequence[Segment]) -> dict[str, list[Breach]]:
    """By group the breaches that reach into the time that is played, by whichever way and for what they were made."""
    found = Breach.objects.filter(threshold=threshold, band=Band.ACT, started_at__lte=judged[-1].ends)
    reaching = found.filter(Q(cleared_at__isnull=True) | Q(cleared_at__gte=judged[0].starts - MINUTE))
    related = ("threshold__system", "threshold__owner", "version__severity", "version__harm_kind", "incident")
    by_group: dict[str, list[Breach]] = defaultdict(list)
    for breach in reaching.select_related(*related).order_by("started_at", "pk")[:MOST_KNOWN]:
        by_group[breach.group_key].append(breach)
    return by_group


def _note(
    threshold: Threshold, spans: Sequence[Span], replays: Sequence[Replayed], *, now: datetime, **more: Any
) -> LateRun:
    last = LateRun.objects.filter(threshold=threshold).aggregate(last=Max("number"))["last"]
    changes = sorted((change for replayed in replays for change in replayed.changes), key=lambda change: change.at)
    return LateRun.objects.create(
        threshold=threshold,
        number=(last or 0) + 1,
        first_minute=spans[0].first,
        last_minute=max(span.last for span in spans),
        lag_seconds=int(max(span.lag for span in spans).total_seconds()),
        window_count=max((replayed.window_count for replayed in replays), default=0),
        changes=[[each.at.isoformat(), each.before, each.after, each.reason] for each in changes[:MOST_CHANGES]],
        finished_at=now,
        **more,
    )


def _give_up(threshold: Threshold, spans: Sequence[Span], error: Exception, *, now: datetime) -> None:
    """After three tries: the page says so, and the owner hears that something could not be judged."""
    _note(threshold, spans, [], now=now, error=f"{type(error).__name__}: {error}"[:200])
    tell_broken(threshold, now=now)
