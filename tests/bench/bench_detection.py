"""One tick of 10,000 ratio thresholds over 1,000 series and seven days of minute buckets, on a scratch database.

Goal: at most 0.5 s a tick. Prints the median of the ticks with state step and write-back, and checks that they
found what was planted, so that a fast wrong answer does not pass. Refuses a database that already holds signals.
"""

from datetime import datetime, timedelta
from statistics import median
from time import perf_counter, process_time

from django.db import transaction

from incidents.detection.judging import judge_shard
from tests.bench import detection_load

SERIES, THRESHOLDS, DAYS, FIRING = 1_000, 10_000, 7, 100
TICKS = 7
GOAL_SECONDS = 0.5


def main() -> None:
    now = detection_load.load(series=SERIES, thresholds=THRESHOLDS, days=DAYS, firing=FIRING)
    print(f"{THRESHOLDS} ratio thresholds, {SERIES} series, {detection_load.bucket_rows()} minute buckets")
    wall, _cpu, judged, changed = _tick(now)
    assert (judged, changed) == (THRESHOLDS, FIRING), (judged, changed)
    print(f"first tick, cold, {changed} breaches opened: {wall * 1_000:.0f} ms wall")
    ticks = [_tick(now + timedelta(minutes=number)) for number in range(1, TICKS + 1)]
    assert {(judged, changed) for _wall, _cpu, judged, changed in ticks} == {(THRESHOLDS, 0)}
    walls = sorted(tick[0] for tick in ticks)
    wall, cpu = median(walls), median(tick[1] for tick in ticks)
    print(f"median of {TICKS} ticks: {wall * 1_000:.0f} ms wall, of it {cpu * 1_000:.0f} ms CPU in the worker")
    print(f"slowest {walls[-1] * 1_000:.0f} ms; goal {GOAL_SECONDS * 1_000:.0f} ms: {_verdict(wall)}")


def _verdict(wall: float) -> str:
    return "met" if wall <= GOAL_SECONDS else "missed"


def _tick(tick_at: datetime) -> tuple[float, float, int, int]:
    wall, cpu = perf_counter(), process_time()
    with transaction.atomic():
        judged, changed = judge_shard(shard=0, tick_at=tick_at, now=tick_at)
    return perf_counter() - wall, process_time() - cpu, judged, changed
