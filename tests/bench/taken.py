"""What a piece of work takes: time, the worker's CPU and that of its PostgreSQL backend.

Time is what counts; on a machine that does other things too, CPU says what it could be.
"""

from collections.abc import Callable
from os import sysconf
from pathlib import Path
from time import perf_counter, process_time
from typing import NamedTuple

from django.db import connection


class Taken(NamedTuple):
    """What one run did, and what it took, in seconds."""

    done: int
    wall: float
    cpu: float
    database: float

    @property
    def both(self) -> float:
        return self.cpu + self.database

    def __str__(self) -> str:
        return f"{self.wall:.2f} s wall; CPU {self.cpu:.2f} s in the worker, {self.database:.2f} s in PostgreSQL"


def taken(run: Callable[[], int]) -> Taken:
    """Run once."""
    wall, cpu, database = perf_counter(), process_time(), _backend_seconds()
    done = run()
    return Taken(done, perf_counter() - wall, process_time() - cpu, _backend_seconds() - database)


def _backend_seconds() -> float:
    """The CPU that our PostgreSQL backend took so far; 0 where the system does not tell."""
    connection.ensure_connection()
    try:
        stat = Path(f"/proc/{connection.connection.info.backend_pid}/stat").read_text()
    except OSError:
        return 0.0
    user, system = stat.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / sysconf("SC_CLK_TCK")
