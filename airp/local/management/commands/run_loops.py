"""Beat and worker without a broker: each job of the schedule at its interval, in this one process."""

import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Any

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import close_old_connections, connection
from django.utils.module_loading import import_string

from airp.web.wake import task_named

THREADS = 4
LONGEST_NAP_SECONDS = 1.0
log = structlog.get_logger(__name__)


class Command(BaseCommand):
    help = "Do the duties of worker and beat without a broker, until SIGTERM. Running it beside them does no harm."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--once", action="store_true", help="run every job one time, then stop")

    def handle(self, *args: Any, **options: Any) -> None:
        jobs = import_string(settings.SCHEDULE)
        if options["once"]:
            for job in jobs:
                run_job(job.task)
            return
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        self.stdout.write(f"Running {len(jobs)} jobs in turn. Stop with Ctrl-C.")
        run_until(stopping, jobs)


def run_until(stopping: threading.Event, jobs: Any) -> None:
    """Start each job when it is due, never twice at once. Returns when what was begun is finished."""
    due_at = {job: monotonic() for job in jobs}
    running: dict[Any, Any] = {}
    with ThreadPoolExecutor(max_workers=THREADS) as pool:
        while not stopping.is_set():
            for job in jobs:
                is_busy = job in running and not running[job].done()
                if due_at[job] <= monotonic() and not is_busy:
                    due_at[job] = monotonic() + job.every_seconds
                    running[job] = pool.submit(run_job, job.task)
            nap = min(due_at.values(), default=monotonic() + LONGEST_NAP_SECONDS) - monotonic()
            stopping.wait(max(0.05, min(nap, LONGEST_NAP_SECONDS)))


def run_job(name: str) -> None:
    """Call the task's function here and now. A failure is logged; the next turn tries again."""
    close_old_connections()
    try:
        task_named(name).run()
    except Exception:
        log.exception("job_failed", task=name)
    finally:
        connection.close()
