"""A real stack for tests: the processes of `make demo`, each of which a test may kill and start again."""

import shutil
import tempfile
import time
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType

from airp.local import demo, environment, processes, valkey
from airp.local.ports import free_port
from airp.local.processes import Process, Program
from airp.local.programs import programs
from airp.local.state import CHECKOUT, State
from tests.processes import databases

LOOPS = "loops"


class LiveStack:
    """web, worker, beat, mail and valkey; or, without a broker, web, loops and mail.

    Use it as a context manager. `only` starts fewer processes than all; `env` adds to their settings.
    """

    def __init__(
        self, *, has_broker: bool = True, only: set[str] | None = None, env: dict[str, str] | None = None
    ) -> None:
        self.has_broker = has_broker
        self.only = only
        self.extra = env or {}

    def __enter__(self) -> "LiveStack":
        self.state = State(Path(tempfile.mkdtemp(prefix="airp-")))
        self.database = databases.fresh_database()
        self.database_url = databases.app_url(self.database)
        self.port, self.mail_port = free_port(), free_port()
        try:
            if self.has_broker:
                valkey.start(self.state)
            for name in self.table:
                if name != "valkey" and (self.only is None or name in self.only):
                    self.start(name)
            if self.only is None or "web" in self.only:
                demo.wait_until_healthy(self.state, self.port)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in self.table:
            self.kill(name)
        databases.drop(self.database)
        if error is None:
            shutil.rmtree(self.state.root, ignore_errors=True)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def env(self) -> dict[str, str]:
        """The settings of the stack's processes, for commands that a test runs beside them."""
        base = environment.base(self.state, web_port=self.port, mail_port=self.mail_port)
        redis = valkey.url(self.state) if self.has_broker else ""
        own = {"DATABASE_URL": self.database_url, "REDIS_URL": redis, "AIRP_OUTBOUND_LOOPBACK": "allowed"}
        return base | own | self.extra

    @property
    def table(self) -> dict[str, Program]:
        """The programs by name, in the order they start."""
        own = programs(self.state, self.env, web_port=self.port, mail_port=self.mail_port)
        broker = [valkey.program(self.state)] if self.has_broker else []
        return {program.name: program for program in [*broker, *own] if program.name != "product"}

    def start(self, name: str) -> None:
        processes.start(self.table[name], records=self.state.records, logs=self.state.logs, cwd=CHECKOUT)

    def process(self, name: str) -> Process:
        return Process(name, self.state.records)

    def kill(self, name: str) -> None:
        """kill -9 of the process and its children, as a crash would be."""
        self.process(name).kill()
        self.wait_for(lambda: not self.process(name).is_running, what=f"{name} to die")

    def stop(self, name: str) -> None:
        """Ask it to finish, as `make down` does."""
        processes.stop([self.process(name)])

    def restart(self, name: str) -> None:
        if self.process(name).is_running:
            self.stop(name)
        self.start(name)
        if name == "web":
            demo.wait_until_healthy(self.state, self.port)

    def manage(self, *command: str) -> None:
        """Run a management command as the app's role. Raises when it fails."""
        demo.upkeep.manage(self.env, *command, cure="unhealthy")

    def mails(self) -> list[EmailMessage]:
        """All mail that was delivered, oldest first."""
        paths = sorted(self.state.mail.glob("*.eml"))
        return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in paths]

    def log(self, name: str) -> str:
        return (self.state.logs / f"{name}.log").read_text(errors="replace")

    @staticmethod
    def wait_for[Found](question: Callable[[], Found], *, seconds: float = 20, what: str = "it") -> Found:
        """Ask until the answer is true. Fails with `what` when it takes too long."""
        deadline = time.monotonic() + seconds
        while not (answer := question()):
            if time.monotonic() > deadline:
                raise AssertionError(f"Waited {seconds} s for {what}, in vain.")
            time.sleep(0.1)
        return answer
