"""Loopback ports. A web server may share its port with another one unseen, so a port is claimed before it is bound."""

import os
import socket
import tempfile
import time
from pathlib import Path

# From choosing a port until the web server holds it, on a slow machine.
CLAIM_SECONDS = 180


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address: tuple[str, int] = probe.getsockname()
        return address[1]


def claim(port: int, *, owner: str, now: float | None = None) -> bool:
    """Whether the installation `owner` has the port now: it is free, and no other one chose it moments ago."""
    if not is_free(port):
        return False
    path = Path(tempfile.gettempdir()) / f"airp-port-{port}"
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
    except FileExistsError:
        return _take_over(path, owner, now=time.time() if now is None else now)
    with os.fdopen(descriptor, "w") as file:
        file.write(owner)
    return True


def _take_over(path: Path, owner: str, *, now: float) -> bool:
    """Renew our claim or replace an old one. A link or another user's old file is left alone and counts no more."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
    except OSError:
        return path.is_symlink() or now - path.lstat().st_mtime >= CLAIM_SECONDS
    with os.fdopen(descriptor, "r+") as file:
        if now - os.fstat(descriptor).st_mtime < CLAIM_SECONDS and file.read() != owner:
            return False
        file.seek(0)
        file.truncate()
        file.write(owner)
    return True
