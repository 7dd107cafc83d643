"""The embedded PostgreSQL: one cluster, reached over a Unix socket only, with two roles.

`airp_owner` owns the tables and runs migrations; `airp_app` is what web, worker and beat sign in as, so the
grants that protect append-only tables hold in the demo and in the tests as they do in production.
"""

import os
import shutil
import signal
import subprocess
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from airp.local import processes
from airp.local.binaries import postgres_programs
from airp.local.failures import CannotStart
from airp.local.processes import Process, Program
from airp.local.state import State, private_folder
from airp.local.unprivileged import Disguise, disguise, nobody, put_on

SUPERUSER = "airp_super"
OWNER = "airp_owner"
APP = "airp_app"
DATABASE = "airp"
START_SECONDS = 40.0
STALE_LOCK_SECONDS = 15.0
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "120",
    "shared_buffers": "128MB",
    "log_min_messages": "warning",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# Tests throw their databases away, so nothing there need survive a power cut.
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}


@dataclass(frozen=True, slots=True)
class Cluster:
    """The cluster of one state folder."""

    state: State
    is_forgetful: bool = False

    @property
    def data(self) -> Path:
        return self._home / "postgres"

    @property
    def sockets(self) -> Path:
        return private_folder(self._home / "s") if disguise() is Disguise.NOBODY else self.state.sockets

    @property
    def _home(self) -> Path:
        return self.state.temporary_for_nobody() if disguise() is Disguise.NOBODY else private_folder(self.state.root)

    @property
    def process(self) -> Process:
        return Process("postgres", self.state.records)

    def url(self, role: str, database: str = DATABASE) -> str:
        return f"postgresql://{role}@{quote(str(self.sockets), safe='')}/{database}"

    def start(self) -> None:
        """Make the cluster if it is new, start it if it is down. Raises CannotStart."""
        if not (self.data / "PG_VERSION").exists():
            self._create()
        self._adopt()
        deadline = time.monotonic() + STALE_LOCK_SECONDS
        while not self._start_once():
            if time.monotonic() > deadline:
                raise CannotStart("postgres_start", detail=processes.tail(self._log))
            self._remove_foreign_lock()
            time.sleep(0.5)

    def create_roles(self) -> None:
        """The two roles and the database, if they are not there."""
        with closing(self.connect(SUPERUSER, "postgres")) as connection:
            for role, rights in ((OWNER, "CREATEDB CREATEROLE"), (APP, "")):
                if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
                    connection.execute(f"CREATE ROLE {role} LOGIN {rights}")
            if self.is_forgetful:  # tests empty protected tables, and drop databases under running processes
                connection.execute(f"GRANT SET ON PARAMETER session_replication_role TO {OWNER}")
                connection.execute(f"GRANT pg_signal_backend TO {OWNER}")
                connection.execute(f"GRANT {APP} TO {OWNER}")  # tests act with the rights of production
            self.create_database(DATABASE)

    def create_database(self, name: str, *, template: str = "template0") -> None:
        """A database that the owner role owns, unless it exists."""
        with closing(self.connect(SUPERUSER, "postgres")) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                return
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
                    sql.Identifier(name), sql.Identifier(OWNER), sql.Identifier(template)
                )
            )

    def drop_database(self, name: str) -> None:
        with closing(self.connect(SUPERUSER, "postgres")) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def databases(self) -> set[str]:
        with closing(self.connect(SUPERUSER, "postgres")) as connection:
            return {row[0] for row in connection.execute("SELECT datname FROM pg_database")}

    def connect(self, role: str, database: str) -> psycopg.Connection:
        return psycopg.connect(host=str(self.sockets), user=role, dbname=database, autocommit=True, connect_timeout=5)

    @property
    def is_answering(self) -> bool:
        try:
            self.connect(SUPERUSER, "postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    @property
    def _log(self) -> Path:
        return self.state.logs / "postgres.log"

    def _create(self) -> None:
        programs = postgres_programs(self.state)
        shutil.rmtree(self.data, ignore_errors=True)
        private_folder(self.data)
        if disguise() is Disguise.NOBODY:
            shutil.chown(self.data, nobody().pw_uid, nobody().pw_gid)
        command = [str(programs / "initdb"), "-D", str(self.data), "-U", SUPERUSER, "-A", "trust", "-E", "UTF8"]
        command += ["--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        command += ["--no-sync"] if self.is_forgetful else []
        with self._log.open("ab") as log:
            made = subprocess.run(
                command, stdout=log, stderr=subprocess.STDOUT, check=False, cwd="/", preexec_fn=put_on(disguise())
            )
        if made.returncode != 0:
            shutil.rmtree(self.data, ignore_errors=True)
            raise CannotStart("postgres_start", detail=processes.tail(self._log))

    def _program(self) -> Program:
        settings = SETTINGS | (FORGETFUL if self.is_forgetful else {})
        sockets = self.sockets
        if disguise() is Disguise.NOBODY:
            shutil.chown(sockets, nobody().pw_uid, nobody().pw_gid)
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        argv = (str(postgres_programs(self.state) / "postgres"), "-D", str(self.data), "-k", str(sockets), *options)
        env = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return Program("postgres", argv, env, signal.SIGINT, put_on(disguise()))

    def _start_once(self) -> bool:
        """Start and wait until it answers; False when the process ended again, as a stale lock makes it."""
        process = processes.start(self._program(), records=self.state.records, logs=self.state.logs, cwd=Path("/"))
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if not process.is_running:
                return False
            if self.is_answering:
                return True
            time.sleep(0.05)
        return False

    def _adopt(self) -> None:
        """A server of this cluster that runs without our record, for instance after records were removed."""
        pid = self._locking_pid()
        if pid is None or self.process.is_running or not self._is_ours(pid):
            return
        self.process.adopt(pid, signal.SIGINT)

    def _remove_foreign_lock(self) -> None:
        """After kill -9 the lock names a dead server. If its number now belongs to another program, the lock lies."""
        pid = self._locking_pid()
        if pid is not None and processes.command_line(pid) and not self._is_ours(pid):
            (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _is_ours(self, pid: int) -> bool:
        line = processes.command_line(pid)
        return str(self.data) in line or line.startswith("postgres: ")

    def _locking_pid(self) -> int | None:
        try:
            return int((self.data / "postmaster.pid").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return None
