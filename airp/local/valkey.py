"""The embedded Valkey: Celery's broker on a Unix socket. It keeps nothing on disk: work is rows in PostgreSQL."""

import os
import socket
import time
from pathlib import Path
from urllib.parse import quote

from airp.local import processes
from airp.local.binaries import valkey_server
from airp.local.failures import CannotStart
from airp.local.processes import Process, Program
from airp.local.state import State

START_SECONDS = 10.0


def socket_path(state: State) -> Path:
    return state.sockets / "valkey.sock"


def url(state: State) -> str:
    return f"redis+socket://{quote(str(socket_path(state)))}"


def program(state: State) -> Program:
    options = {
        "--port": "0",
        "--set-proc-title": "no",  # its command line is how we recognise it
        "--unixsocket": str(socket_path(state)),
        "--unixsocketperm": "700",
        "--save": "",
        "--appendonly": "no",
        "--dir": str(state.sockets),
        "--maxmemory": "256mb",
        "--maxmemory-policy": "noeviction",
    }
    argv = (str(valkey_server()), *(part for option in options.items() for part in option))
    return Program("valkey", argv, dict(os.environ))


def start(state: State) -> Process:
    """Start it and wait until it answers. Raises CannotStart."""
    process = processes.start(program(state), records=state.records, logs=state.logs, cwd=Path("/"))
    deadline = time.monotonic() + START_SECONDS
    while not is_answering(state):
        if time.monotonic() > deadline or not process.is_running:
            raise CannotStart("valkey_binary", detail=processes.tail(state.logs / "valkey.log"))
        time.sleep(0.02)
    return process


def is_answering(state: State) -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(2)
            line.connect(str(socket_path(state)))
            line.sendall(b"PING\r\n")
            return line.recv(64).startswith(b"+PONG")
    except OSError:
        return False
