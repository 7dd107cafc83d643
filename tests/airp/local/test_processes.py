"""Starting what outlives us, and stopping exactly that."""

import json
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from airp.local import processes
from airp.local.processes import Process, Program

SLEEPER = (sys.executable, "-c", "import time; time.sleep(60)")
STUBBORN = (
    sys.executable,
    "-c",
    "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(60)",
)
PARENT = (sys.executable, "-c", "import subprocess, time; subprocess.Popen(['sleep', '60']); time.sleep(60)")


@pytest.fixture
def start(tmp_path):
    started: list[Process] = []

    def begin(argv: tuple[str, ...], name: str = "sleeper") -> Process:
        program = Program(name, argv, dict(os.environ))
        started.append(processes.start(program, records=tmp_path, logs=tmp_path, cwd=tmp_path))
        return started[-1]

    yield begin
    for process in started:
        process.kill()


def wait_until(question) -> None:
    deadline = time.monotonic() + 5
    while not question():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_second_start_leaves_the_running_one_alone(start) -> None:
    first = start(SLEEPER).pid

    assert start(SLEEPER).pid == first


def test_it_starts_again_after_kill_9(start) -> None:
    first = start(SLEEPER)
    pid = first.pid
    first.kill()
    wait_until(lambda: not first.is_running)

    assert start(SLEEPER).pid != pid


def test_stopping_ends_it_and_forgets_the_record(start) -> None:
    process = start(SLEEPER)

    assert processes.stop([process]) == []
    assert not process.is_running
    assert not process.path.exists()


def test_one_that_ignores_the_signal_is_killed_and_named(start, tmp_path: Path) -> None:
    process = start(STUBBORN)
    wait_until(lambda: (tmp_path / "sleeper.log").read_text())

    assert processes.stop([process], patience=0.3) == ["sleeper"]
    wait_until(lambda: not process.is_running)


def test_children_of_a_killed_leader_are_ended_with_the_next_start(start) -> None:
    process = start(PARENT)
    group = process.pid
    wait_until(lambda: _members(group) == 2)
    os.kill(group, signal.SIGKILL)
    wait_until(lambda: process.has_orphans)

    start(PARENT)

    wait_until(lambda: _members(group) == 0)


def test_a_number_that_now_belongs_to_another_program_is_left_alone(start, tmp_path: Path) -> None:
    bystander = start(SLEEPER, "bystander")
    record = {"pid": bystander.pid, "command": "postgres -D elsewhere", "boot": processes.boot(), "stop_signal": 15}
    (tmp_path / "postgres.json").write_text(json.dumps(record))

    processes.stop([Process("postgres", tmp_path)])

    assert bystander.is_running


def test_a_record_from_before_the_machine_started_anew_counts_for_nothing(start, tmp_path: Path) -> None:
    process = start(SLEEPER)
    old = json.loads(process.path.read_text()) | {"boot": "another"}
    (tmp_path / "old.json").write_text(json.dumps(old))

    assert Process("old", tmp_path).pid is None


def _members(group: int) -> int:
    found = 0
    for path in Path("/proc").glob("[0-9]*"):
        try:
            found += os.getpgid(int(path.name)) == group and bool((path / "cmdline").read_bytes())
        except OSError:
            continue
    return found
