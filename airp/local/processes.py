"""Starting programs that outlive us, and stopping exactly those: never by name, never by a bare number.

Each program leads its own process group and is recorded with its command line and the boot it was started in.
A recorded number counts only while the process with that number still has that command line.
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
LOG_LIMIT_BYTES = 20_000_000
PATIENCE_SECONDS = 8.0
EXEC_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Program:
    """What to run. `stop_signal` asks it to finish what it has begun."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    stop_signal: signal.Signals = signal.SIGTERM
    before_exec: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class Process:
    """A started program as its record in `folder` tells it."""

    name: str
    folder: Path

    @property
    def path(self) -> Path:
        return self.folder / f"{self.name}.json"

    @property
    def record(self) -> dict[str, object]:
        try:
            loaded = json.loads(self.path.read_text())
        except (OSError, ValueError):
            return {}
        return loaded if isinstance(loaded, dict) and loaded.get("boot") == boot() else {}

    @property
    def pid(self) -> int | None:
        pid = self.record.get("pid")
        return pid if isinstance(pid, int) else None

    @property
    def is_running(self) -> bool:
        record, pid = self.record, self.pid
        return pid is not None and command_line(pid) == record.get("command")

    @property
    def has_orphans(self) -> bool:
        """Its leader is gone but its process group lives on: the number cannot have been given away meanwhile."""
        pid = self.pid
        if pid is None or command_line(pid):
            return False
        try:
            os.killpg(pid, 0)
        except OSError:
            return False
        return True

    def write(self, pid: int, argv: Sequence[str], stop_signal: signal.Signals) -> None:
        record = {"pid": pid, "command": " ".join(argv), "boot": boot(), "stop_signal": int(stop_signal)}
        self.path.write_text(json.dumps(record))

    def adopt(self, pid: int, stop_signal: signal.Signals) -> None:
        """Record a process that the caller knows to be ours by its command line."""
        record = {"pid": pid, "command": command_line(pid), "boot": boot(), "stop_signal": int(stop_signal)}
        self.path.write_text(json.dumps(record))

    def forget(self) -> None:
        self.path.unlink(missing_ok=True)

    def ask_to_stop(self) -> None:
        pid, chosen = self.pid, self.record.get("stop_signal")
        if pid is not None and self.is_running:
            with suppress(ProcessLookupError):
                os.kill(pid, chosen if isinstance(chosen, int) else signal.SIGTERM)

    def kill(self) -> None:
        """End the whole group at once, if it is still ours."""
        pid = self.pid
        if pid is not None and (self.is_running or self.has_orphans):
            with suppress(OSError):
                os.killpg(pid, signal.SIGKILL)


def start(program: Program, *, records: Path, logs: Path, cwd: Path) -> Process:
    """Start `program` unless its recorded process runs. Leftovers of a killed one are ended first."""
    process = Process(program.name, records)
    if process.is_running:
        return process
    process.kill()
    log = logs / f"{program.name}.log"
    if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
        log.replace(log.with_suffix(".log.1"))
    with log.open("ab") as output:
        child = subprocess.Popen(
            program.argv,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(program.env),
            cwd=cwd,
            start_new_session=True,
            preexec_fn=program.before_exec,
        )
    _await_exec(child, program)
    child.returncode = 0  # it outlives us on purpose; Python need not warn
    process.write(child.pid, program.argv, program.stop_signal)
    return process


def _await_exec(child: "subprocess.Popen[bytes]", program: Program) -> None:
    """The kernel shows the new command line a moment after the start; until then the record would not match."""
    deadline = time.monotonic() + EXEC_SECONDS
    while command_line(child.pid) != " ".join(program.argv) and time.monotonic() < deadline:
        if child.poll() is not None:
            return
        time.sleep(0.005)


def stop(processes: Sequence[Process], *, patience: float = PATIENCE_SECONDS) -> list[str]:
    """Ask all of them, wait up to `patience` seconds, then kill. Returns the names that had to be killed."""
    for process in processes:
        process.ask_to_stop()
    deadline = time.monotonic() + patience
    waiting = [process for process in processes if process.is_running]
    while waiting and time.monotonic() < deadline:
        time.sleep(0.05)
        waiting = [process for process in waiting if process.is_running]
    stubborn = [process.name for process in waiting]
    for process in processes:
        process.kill()
        process.forget()
    return stubborn


def command_line(pid: int) -> str:
    """The arguments of a process, joined by spaces; empty when there is none, or only its zombie."""
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # a dead child of ours would linger
    if BOOT_ID.exists():
        try:
            content = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return ""
        return os.fsdecode(content).rstrip("\0").replace("\0", " ")
    listing = ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)]
    return subprocess.run(listing, capture_output=True, check=False, text=True).stdout.strip()


def boot() -> str:
    """Numbers of processes mean something only until the machine starts anew."""
    return BOOT_ID.read_text().strip() if BOOT_ID.exists() else "unknown"


def tail(log: Path, *, lines: int = 12) -> str:
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
