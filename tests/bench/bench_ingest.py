"""How fast one worker takes data: bucket rows, remote write from the request to the commit, OTLP.

Goals: 100,000 bucket rows a second and 150,000 samples a second. What a Prometheus sends of an AI gateway is mostly
histogram buckets that no rule keeps, so one sample in ten is kept; a second table keeps all of them.
"""

from collections.abc import Callable
from datetime import timedelta
from os import sysconf
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import NamedTuple

from django.db import connection, transaction
from django.test import Client, override_settings
from django.utils import timezone

from incidents.detection import gate
from incidents.detection.activity import SourceActivity
from incidents.detection.counting import add_to_buckets
from incidents.detection.partitions import ensure_partitions
from incidents.detection.rate import Limiter
from tests.bench import ingest_load
from tests.incidents.detection import otlp_makers

ROUNDS = 7
SERIES = 20_000
BATCH = 2_000
POINTS = 2_000
PROTOBUF = "application/x-protobuf"
CLIENT = Client()
ROW_GOAL, SAMPLE_GOAL = 100_000, 150_000


@override_settings(ALLOWED_HOSTS=["testserver"])
def main() -> None:
    ensure_partitions(now=timezone.now())
    gate.limiter = Limiter(per_second=1e9, burst=1e9)
    _bucket_rows()
    source, token = ingest_load.source()
    for kept_percent in (10, 100):
        _remote_write(token, kept_percent)
    _otlp(token)
    activity = SourceActivity.objects.get(source=source)
    assert activity.refused_count == 0, activity.refused_count


class Run(NamedTuple):
    """What one run did, and what it took of time, of the worker's CPU and of PostgreSQL's."""

    done: int
    wall: float
    cpu: float
    database: float


def _bucket_rows() -> None:
    print("\nbucket rows: minute and hour rows of 1,000 series and 10 minutes in one statement")
    now = timezone.now()
    _report(
        "inserted",
        [
            _rows(ingest_load.deltas(series=1_000, minutes=10, now=now, first=n * 1_000_000), now=now)
            for n in range(1, 6)
        ],
    )
    added = ingest_load.deltas(series=1_000, minutes=10, now=now, first=1_000_000)
    _report("added to", [_rows(added, now=now) for _round in range(5)], goal=ROW_GOAL)


def _rows(deltas: dict, *, now: object) -> Run:
    def run() -> int:
        with transaction.atomic():
            add_to_buckets(deltas, now=now)
        return len(deltas)

    return _timed(run)


def _remote_write(token: str, kept_percent: int) -> None:
    labels = ingest_load.fleet(series=SERIES, kept_percent=kept_percent)
    print(f"\nremote write: {SERIES} series, {BATCH} samples a request, {kept_percent} % kept")
    start = timezone.now() - timedelta(seconds=15 * ROUNDS)  # in time, as a Prometheus sends
    before = _counted()
    runs = []
    for scrape in range(ROUNDS + 1):
        packed = list(ingest_load.bodies(labels, scrape=scrape, at=start + timedelta(seconds=15 * scrape), batch=BATCH))
        runs.append(_timed(lambda sent=packed: sum(_write(token, body) for body in sent)))
        if scrape == 0:
            connection.cursor().execute("VACUUM ANALYZE incidents_seriescursor")
    _report("first scrape, all series new", runs[:1])
    _report("later scrapes", runs[1:], goal=SAMPLE_GOAL)
    grown = SERIES * kept_percent // 100 * ROUNDS
    assert _counted() - before == grown, (_counted() - before, grown)


def _write(token: str, packed: bytes) -> int:
    headers = {"authorization": f"Bearer {token}", "content-encoding": "snappy"}
    answer = CLIENT.post("/ingest/prometheus/v1/write", packed, content_type=PROTOBUF, headers=headers)
    assert answer.status_code == 204, (answer.status_code, answer.content)
    return int(answer.headers["X-Prometheus-Remote-Write-Samples-Written"])


def _otlp(token: str) -> None:
    print(f"\nOTLP: {POINTS} cumulative points a request, protobuf, all kept")
    start = timezone.now() - timedelta(hours=1)
    runs = []
    for sent in range(ROUNDS + 1):
        points = [
            {
                **{"name": "gen_ai.client.operation.duration", "shape": "histogram", "value": 100 + sent},
                **{"temporality": otlp_makers.CUMULATIVE, "start": start, "at": start + timedelta(minutes=10 + sent)},
                "attributes": {"gen_ai.operation.name": "chat", "server.address": f"host-{each}"},
            }
            for each in range(POINTS)
        ]
        body = otlp_makers.metrics(*points).SerializeToString()
        runs.append(_timed(lambda sent=body: _export(token, sent)))
    _report("later exports", runs[1:])


def _export(token: str, body: bytes) -> int:
    headers = {"authorization": f"Bearer {token}"}
    answer = CLIENT.post("/ingest/otlp/v1/metrics", body, content_type=PROTOBUF, headers=headers)
    assert (answer.status_code, answer.content) == (200, b"")
    return POINTS


def _counted() -> int:
    """What the series of the source hold; the rows of the first table belong to no series."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(n), 0) FROM incidents_signalbucket"
            " WHERE series_id IN (SELECT id FROM incidents_signalseries)"
        )
        return int(cursor.fetchone()[0])


def _timed(run: Callable[[], int]) -> Run:
    wall, cpu, database = perf_counter(), process_time(), _backend_seconds()
    done = run()
    return Run(done, perf_counter() - wall, process_time() - cpu, _backend_seconds() - database)


def _backend_seconds() -> float:
    """The CPU that our PostgreSQL backend took so far; 0 where the system does not tell."""
    connection.ensure_connection()
    try:
        stat = Path(f"/proc/{connection.connection.info.backend_pid}/stat").read_text()
    except OSError:
        return 0.0
    user, system = stat.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / sysconf("SC_CLK_TCK")


def _report(name: str, runs: list[Run], *, goal: int = 0) -> None:
    """Wall time is what counts; on a machine that does other things too, CPU time says what it could be."""
    wall = median(run.done / run.wall for run in runs)
    both = sum(run.done for run in runs) / sum(run.cpu + run.database for run in runs)
    share = sum(run.cpu for run in runs) / sum(run.cpu + run.database for run in runs)
    verdict = f"; goal {goal:,}: {'met' if wall >= goal else 'missed'}" if goal else ""
    print(
        f"{name}: {wall:,.0f} a second{verdict}. By CPU alone {both:,.0f}, of it {share:.0%} ours, the rest PostgreSQL"
    )
