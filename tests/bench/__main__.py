"""`make bench`: runs main() of each tests/bench/bench_*.py, or of those whose names are given, and times them.

Each bench gets a database of its own on the present migrations, and leaves nothing behind.
"""

import importlib
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from django.db import connections

from tests.processes import databases


@contextmanager
def own_database() -> Iterator[None]:
    """A fresh database behind the default connection."""
    name, connection = databases.fresh_database(), connections["default"]
    connection.close()
    connection.close_pool()
    before, connection.settings_dict["NAME"] = connection.settings_dict["NAME"], name
    try:
        yield
    finally:
        connection.close()
        connection.close_pool()
        connection.settings_dict["NAME"] = before
        databases.drop(name)


def main(chosen: list[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "airp.settings")
    django.setup()
    names = sorted(path.stem for path in Path(__file__).parent.glob("bench_*.py"))
    wanted = [name for name in names if not chosen or name.removeprefix("bench_") in chosen]
    if not wanted:
        print(f"There is no such bench. There are: {', '.join(names) or 'none yet'}.")
        return 1 if chosen else 0
    for name in wanted:
        started_at = time.monotonic()
        print(f"\n## {name.removeprefix('bench_')}", flush=True)
        with own_database():
            importlib.import_module(f"tests.bench.{name}").main()
        print(f"({time.monotonic() - started_at:.1f} s)", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
