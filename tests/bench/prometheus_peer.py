"""Debian's Prometheus with the same series and the same rules, for the bench that stands beside it."""

import json
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from airp.local.ports import free_port

MINUTE_SECONDS = 60
READY_SECONDS = 60
CLOCK_TICKS = 100  # of /proc/PID/stat, on every Linux that Debian ships
EVERY_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Rules:
    """One group of alerting rules."""

    name: str
    expressions: Sequence[str]


@dataclass(frozen=True, slots=True)
class Cost:
    """What one evaluation of a group takes, in seconds."""

    wall: float
    cpu: float


def write_blocks(promtool: str, folder: Path, *, series: int, newest: datetime, minutes: int) -> Path:
    """A database with `minutes` samples of `n` (100) and `bad` (1) for each series, the last at `newest`."""
    text, data = folder / "samples.om", folder / "data"
    end = int(newest.timestamp())
    moments = range(end - (minutes - 1) * MINUTE_SECONDS, end + 1, MINUTE_SECONDS)
    with text.open("w") as file:
        for name, value in (("bad", 1), ("n", 100)):
            file.write(f"# TYPE {name} gauge\n")
            for number in range(series):
                line = f'{name}{{s="{number}"}} {value} '
                file.write("".join(f"{line}{moment}\n" for moment in moments))
        file.write("# EOF\n")
    command = [promtool, "tsdb", "create-blocks-from", "openmetrics", str(text), str(data)]
    subprocess.run(command, check=True, capture_output=True)
    text.unlink()
    return data


def write_rules(folder: Path, groups: Sequence[Rules]) -> Path:
    """A configuration that evaluates each group every 20 seconds. JSON is YAML."""
    for group in groups:
        rules = [{"alert": f"{group.name}{number}", "expr": text} for number, text in enumerate(group.expressions)]
        body = {"groups": [{"name": group.name, "interval": f"{EVERY_SECONDS}s", "rules": rules}]}
        (folder / f"{group.name}.yml").write_text(json.dumps(body))
    path = folder / "prometheus.yml"
    path.write_text(json.dumps({"rule_files": [f"{folder}/{group.name}.yml" for group in groups]}))
    return path


@contextmanager
def running(program: str, data: Path, config: Path) -> Iterator[tuple[int, int]]:
    """Prometheus on a loopback port; yields its pid and the port."""
    port = free_port()
    command = [
        program,
        f"--config.file={config}",
        f"--storage.tsdb.path={data}",
        "--storage.tsdb.retention.time=400d",
        f"--web.listen-address=127.0.0.1:{port}",
        "--query.timeout=10m",
        "--log.level=error",
    ]
    with (data.parent / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        _wait_until_ready(process, port, data.parent / "prometheus.log")
        yield process.pid, port
    finally:
        process.kill()
        process.wait()


def cost_of(pid: int, port: int, group: str, *, rounds: int) -> Cost:
    """Median wall and mean CPU of `rounds` evaluations of the only group that is loaded."""
    done, walls = _evaluations(port, group), []
    used = cpu_seconds(pid)
    first = done
    while len(walls) < rounds:
        time.sleep(0.5)
        now = _evaluations(port, group)
        if now > done:
            done = now
            walls.append(_metric(port, "prometheus_rule_group_last_duration_seconds", group))
    cpu = (cpu_seconds(pid) - used) / (done - first)
    return Cost(wall=sorted(walls)[len(walls) // 2], cpu=cpu)


def firing(port: int) -> int:
    """How many alerts are active, to know that the rules really saw the samples."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/alerts") as answer:
        return len(json.load(answer)["data"]["alerts"])


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"Prometheus did not become ready: {log.read_text()[-500:]}")


def _evaluations(port: int, group: str) -> int:
    """Whole evaluations of the group so far."""
    return int(_metric(port, "prometheus_rule_group_iterations_total", group))


def _metric(port: int, name: str, group: str) -> float:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        lines = answer.read().decode().splitlines()
    found = [line for line in lines if line.startswith(f"{name}{{") and f';{group}"' in line]
    return float(found[0].rsplit(" ", 1)[1]) if found else 0.0


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS
