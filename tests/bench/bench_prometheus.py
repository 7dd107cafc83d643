"""The same 10,000 thresholds in airp and in Debian's Prometheus, over the same samples, in one run.

Two mixes: windows of 5 to 60 minutes, and of 5 minutes to 7 days. Prometheus has them as 10,000 rules, one for a
series and window, and for the wide mix also as the vector rules that a Prometheus expert would write. Ours is the whole
tick: sums, comparison, Wilson bound, state step and write-back; theirs has neither bound nor minimum. CPU is of
worker and database backend together, against Prometheus' own.

Goals: at least 10 times faster (wall and CPU) for the short mix, 20 times for the wide one, and 2 times against the
vector rules.
"""

import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

from django.db import connection, transaction

from airp.local import peers
from airp.local.state import CHECKOUT, State
from incidents.detection.judging import judge_shard
from tests.bench import detection_load
from tests.bench.prometheus_peer import Cost, Rules, cost_of, cpu_seconds, firing, running, write_blocks, write_rules

SERIES, THRESHOLDS, DAYS, FIRING = 1_000, 10_000, 7, 100
ROUNDS, TICKS = 5, 7
SHORT = (300, 600, 1_800, 3_600)
WIDE = (300, 3_600, 21_600, 86_400, 604_800)
# The hundred series whose rule fires in the vector form.
FEW = "|".join(str(number) for number in range(FIRING))
NAMES = {300: "5m", 600: "10m", 1_800: "30m", 3_600: "1h", 21_600: "6h", 86_400: "1d", 604_800: "7d"}


@dataclass(frozen=True, slots=True)
class Line:
    """One comparison of the table."""

    mix: str
    rival: str
    ours: Cost
    theirs: Cost
    goal: float


def main() -> None:
    program = peers.program(State(CHECKOUT / ".state"), "prometheus")
    promtool = str(Path(program).with_name("promtool"))
    now = detection_load.load(series=SERIES, thresholds=THRESHOLDS, days=DAYS, firing=FIRING, windows=SHORT)
    short = _ours(now)
    later = now + timedelta(minutes=TICKS + 1)
    detection_load.widen(WIDE, now=later)
    wide = _ours(later)
    with tempfile.TemporaryDirectory(prefix="airp-bench-") as place:
        folder = Path(place)
        newest = now + timedelta(minutes=45)
        data = write_blocks(promtool, folder, series=SERIES, newest=newest, minutes=DAYS * 1_440 + 45)
        lines = [
            Line("5 min to 1 h", "10,000 rules", short, _theirs(program, data, Rules("short", _each(SHORT))), 10),
            Line("5 min to 7 d", "10,000 rules", wide, _theirs(program, data, Rules("wide", _each(WIDE))), 20),
            Line("5 min to 7 d", "vector rules", wide, _theirs(program, data, Rules("vector", _vectors())), 2),
        ]
    for line in lines:
        print(_in_words(line))


def _ours(now: datetime) -> Cost:
    """A warm tick: the first one opens what was planted and is not counted."""
    _tick(now)
    ticks = [_tick(now + timedelta(minutes=number)) for number in range(1, TICKS + 1)]
    return Cost(wall=median(wall for wall, _cpu in ticks), cpu=median(cpu for _wall, cpu in ticks))


def _tick(tick_at: datetime) -> tuple[float, float]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    wall, cpu = perf_counter(), process_time() + cpu_seconds(backend)
    with transaction.atomic():
        judged, _changed = judge_shard(shard=0, tick_at=tick_at, now=tick_at)
    assert judged == THRESHOLDS, judged
    return perf_counter() - wall, process_time() + cpu_seconds(backend) - cpu


def _theirs(program: str, data: Path, rules: Rules) -> Cost:
    config = write_rules(data.parent, [rules])
    with running(program, data, config) as (pid, port):
        cost = cost_of(pid, port, rules.name, rounds=ROUNDS)
        seen = firing(port)
    assert seen == FIRING, f"Prometheus has {seen} alerts, not {FIRING}"
    return cost


def _each(windows: tuple[int, ...]) -> list[str]:
    """One rule for each threshold: ten for a series. The first hundred have a limit that the samples pass."""
    rules = []
    for number in range(THRESHOLDS):
        of = f'{{s="{number % SERIES}"}}[{NAMES[windows[number % len(windows)]]}]'
        limit = 0.001 if number < FIRING else 0.1
        rules.append(f"sum_over_time(bad{of}) / sum_over_time(n{of}) > {limit}")
    return rules


def _vectors() -> list[str]:
    """Every series at once, twice a window, so that as many comparisons are made: 10 rules over 1,000 series."""
    rules = []
    for number, window in enumerate(WIDE):
        name = NAMES[window]
        share = f"sum_over_time(bad[{name}]) / sum_over_time(n[{name}])"
        one = f'sum_over_time(bad{{s=~"{FEW}"}}[{name}]) / sum_over_time(n{{s=~"{FEW}"}}[{name}])'
        rules += [f"{share} > 0.1", f"{share} > 0.1 or {one} > 0.001" if number == 0 else f"{share} > 0.2"]
    return rules


def _in_words(line: Line) -> str:
    wall, cpu = line.theirs.wall / line.ours.wall, line.theirs.cpu / line.ours.cpu
    verdict = "met" if min(wall, cpu) >= line.goal else "missed"
    ours, theirs = _milliseconds(line.ours), _milliseconds(line.theirs)
    times = f"{wall:.1f} and {cpu:.1f} times; goal {line.goal:.0f}: {verdict}"
    return f"{line.mix} against {line.rival}: ours {ours}; Prometheus {theirs}: {times}"


def _milliseconds(cost: Cost) -> str:
    return f"{cost.wall * 1_000:.0f} ms wall, {cost.cpu * 1_000:.0f} ms CPU"
