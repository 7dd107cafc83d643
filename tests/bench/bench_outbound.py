"""The outbox: rows a second through claim and finish, mails a second into a real mail server."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.processes import databases


def main() -> None:
    """Measure on a new database, as the role that workers use, and print the table."""
    name = databases.fresh_database()
    try:
        with mail_server() as port:
            measure(databases.app_url(name), port)
    finally:
        databases.drop(name)


def measure(database_url: str, smtp_port: int) -> None:
    env = {
        **os.environ,
        "DATABASE_URL": database_url,
        "REDIS_URL": "",
        "AIRP_SMTP_HOST": "127.0.0.1",
        "AIRP_SMTP_PORT": str(smtp_port),
        "AIRP_SMTP_SECURITY": "none",
        "AIRP_OUTBOUND": "running",
        "AIRP_LOG_LEVEL": "ERROR",
    }
    subprocess.run([sys.executable, "-m", "tests.bench.outbound_rows"], env=env, check=True)


@contextmanager
def mail_server() -> Iterator[int]:
    """The demo's mail sink as its own process, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with tempfile.TemporaryDirectory() as folder:
        sink = subprocess.Popen([sys.executable, "-m", "airp.local.mail_sink", str(port), folder])
        try:
            wait_for(port)
            yield port
        finally:
            sink.terminate()
            sink.wait()


def wait_for(port: int) -> None:
    for _attempt in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError("The mail sink does not answer.")
