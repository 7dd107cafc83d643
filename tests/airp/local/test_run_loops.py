"""The duties of beat and worker without a broker."""

import threading
import time

import pytest

from airp.local.management.commands import run_loops
from airp.schedule import Job

FAST, BROKEN = Job("fast", 0, "counts"), Job("broken", 0, "fails")


class Tasks:
    """Stands in for Celery's registry and counts the runs."""

    def __init__(self) -> None:
        self.runs: list[str] = []

    def named(self, name: str) -> "Tasks.Task":
        return Tasks.Task(name, self.runs)

    class Task:
        def __init__(self, name: str, runs: list[str]) -> None:
            self.name, self.runs = name, runs

        def run(self) -> None:
            self.runs.append(self.name)
            if self.name == "broken":
                raise ZeroDivisionError


@pytest.fixture
def tasks(monkeypatch) -> Tasks:
    tasks = Tasks()
    monkeypatch.setattr(run_loops, "task_named", tasks.named)
    monkeypatch.setattr(run_loops, "close_old_connections", lambda: None)
    return tasks


def test_jobs_run_again_and_again_and_a_failing_one_stops_nothing(tasks: Tasks) -> None:
    stopping = threading.Event()
    loop = threading.Thread(target=run_loops.run_until, args=(stopping, (FAST, BROKEN)))
    loop.start()
    deadline = time.monotonic() + 10
    while min(tasks.runs.count("fast"), tasks.runs.count("broken")) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    stopping.set()
    loop.join(timeout=5)

    assert not loop.is_alive()
    assert tasks.runs.count("fast") >= 3
    assert tasks.runs.count("broken") >= 3


def test_a_slow_job_is_never_run_twice_at_once_and_is_finished_before_the_end(monkeypatch) -> None:
    begun, finished, stopping = [], [], threading.Event()

    def slow(_name: str) -> None:
        begun.append(1)
        stopping.wait(5)
        finished.append(1)

    monkeypatch.setattr(run_loops, "run_job", slow)
    threading.Timer(0.5, stopping.set).start()
    run_loops.run_until(stopping, (FAST,))

    assert len(begun) == len(finished) == 1
