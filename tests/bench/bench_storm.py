"""The tick at its largest: 100,000 ratio thresholds, 1,000 of which fire in the same minute, over a day of buckets.

Goals: at most 5 s for a tick that finds nothing new, at most 2 s to write 1,000 breaches that ask somebody, with their
states, transitions and waiting messages.
"""

from datetime import datetime, timedelta
from statistics import median
from time import perf_counter

from django.db import transaction
from django.urls import reverse

from incidents.detection.breaches import Breach
from incidents.detection.evaluation import changed
from incidents.detection.judging import judge_all, judge_shard
from incidents.response.timeline import PendingReaction, reactions
from tests.bench import detection_load

SERIES, THRESHOLDS, DAYS, FIRING = 1_000, 100_000, 1, 1_000
TICKS = 3
GOAL_TICK_SECONDS, GOAL_FIRING_SECONDS = 5.0, 2.0


def main() -> None:
    now = detection_load.load(series=SERIES, thresholds=THRESHOLDS, days=DAYS, firing=FIRING)
    print(f"{THRESHOLDS} ratio thresholds, {SERIES} series, {detection_load.bucket_rows()} minute buckets")
    reverse("incidents:thresholds"), reactions()  # a worker has loaded the pages and the reactions long before
    with transaction.atomic():
        evaluations = changed(shard=0, tick_at=now)
        started = perf_counter()
        assert judge_all(evaluations, now=now) == FIRING
    wall = perf_counter() - started
    assert (Breach.objects.count(), PendingReaction.objects.count()) == (FIRING, FIRING)
    verdict = _verdict(wall, GOAL_FIRING_SECONDS)
    print(f"{FIRING} simultaneous firings: {wall:.2f} s; goal {GOAL_FIRING_SECONDS} s: {verdict}")
    walls = [_tick(now + timedelta(minutes=number)) for number in range(1, TICKS + 1)]
    wall = median(walls)
    print(f"median of {TICKS} ticks: {wall:.2f} s; goal {GOAL_TICK_SECONDS} s: {_verdict(wall, GOAL_TICK_SECONDS)}")


def _verdict(wall: float, goal: float) -> str:
    return "met" if wall <= goal else "missed"


def _tick(tick_at: datetime) -> float:
    started = perf_counter()
    with transaction.atomic():
        judge_shard(shard=0, tick_at=tick_at, now=tick_at)
    return perf_counter() - started
