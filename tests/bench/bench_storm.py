"""The tick at its largest: 100,000 ratio thresholds, 1,000 of which fire in the same minute, over a day of buckets.

Goals: at most 5 s for a tick that finds nothing new; at most 2 s to write 1,000 breaches with their states, transitions
and waiting messages, whether each asks somebody, all join one incident, or each declares its own.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from statistics import median

from django.db import connection, transaction
from django.urls import reverse

from incidents.detection.breaches import Breach
from incidents.detection.evaluation import changed
from incidents.detection.judging import judge_all, judge_shard
from incidents.detection.opening import Clearing, clear_breaches
from incidents.detection.step import Reason
from incidents.detection.thresholds import Threshold
from incidents.response.models import Incident
from incidents.response.timeline import PendingReaction, reactions
from tests.bench import detection_load
from tests.bench.taken import Taken, taken

SERIES, THRESHOLDS, DAYS, FIRING = 1_000, 100_000, 1, 1_000
TICKS, WARM = 7, 100
GOAL_TICK_SECONDS, GOAL_FIRING_SECONDS = 5.0, 2.0


def main() -> None:
    now = detection_load.load(series=SERIES, thresholds=THRESHOLDS, days=DAYS, firing=FIRING)
    print(f"{THRESHOLDS} ratio thresholds, {SERIES} series, {detection_load.bucket_rows()} minute buckets")
    reverse("incidents:thresholds"), reactions()  # a worker has loaded the pages and the reactions long before
    _warm_up(now)
    connection.cursor().execute("SET jit = off")
    _storm("each asks its owner", now, incidents=0, waiting=FIRING, then=_forget)
    firing = list(Threshold.objects.order_by("pk").values_list("pk", flat=True)[:FIRING])
    Threshold.objects.filter(pk__in=firing).update(on_breach="declare")
    _storm("all join one incident", now, incidents=1, waiting=1, then=_forget)
    detection_load.renew(now=now, dedup_template="'{system}/{kind}/{category}'")
    _storm("each declares an incident", now, incidents=FIRING, waiting=FIRING, then=_end)
    _storm("each declares an incident", now, incidents=FIRING, waiting=FIRING, then=_keep)
    _ticks(now)


def _warm_up(now: datetime) -> None:
    with transaction.atomic():
        judge_all(changed(shard=0, tick_at=now)[:WARM], now=now)
        transaction.set_rollback(True)


def _storm(name: str, now: datetime, *, incidents: int, waiting: int, then: Callable[[datetime], None]) -> None:
    with transaction.atomic():
        evaluations = changed(shard=0, tick_at=now)
        took = taken(lambda: judge_all(evaluations, now=now))
        found = (took.done, Breach.objects.count(), Incident.objects.count(), PendingReaction.objects.count())
        assert found == (FIRING, FIRING, incidents, waiting), found
        print(f"{FIRING} firings, {name}: {took}; goal {GOAL_FIRING_SECONDS} s: {_verdict(took, GOAL_FIRING_SECONDS)}")
        then(now)


def _forget(_now: datetime) -> None:
    transaction.set_rollback(True)


def _keep(_now: datetime) -> None:
    """The ticks that follow find what fires."""


def _end(now: datetime) -> None:
    ended = [Clearing(each, Reason.CLEARED, now) for each in Breach.objects.values_list("threshold", flat=True)]
    took = taken(lambda: len(clear_breaches(ended, now=now)))
    assert took.done == FIRING
    print(f"{FIRING} breaches that end together: {took}")
    transaction.set_rollback(True)


def _ticks(now: datetime) -> None:
    ticks = [_tick(now + timedelta(minutes=number)) for number in range(1, TICKS + 1)]
    assert {tick.done for tick in ticks} == {THRESHOLDS}
    middle = Taken(*(median(column) for column in zip(*ticks, strict=True)))
    slowest = max(tick.wall for tick in ticks)
    verdict = _verdict(middle, GOAL_TICK_SECONDS)
    print(f"median of {TICKS} ticks: {middle}; slowest {slowest:.2f} s; goal {GOAL_TICK_SECONDS} s: {verdict}")


def _tick(tick_at: datetime) -> Taken:
    def judge() -> int:
        with transaction.atomic():
            return judge_shard(shard=0, tick_at=tick_at, now=tick_at)[0]

    return taken(judge)


def _verdict(took: Taken, goal: float) -> str:
    return "met" if took.wall <= goal else "missed"
