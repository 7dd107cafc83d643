"""`make test` and its like: the checks, then the tests against a server pair of their own."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from airp.local import environment, peers, processes, upkeep, valkey
from airp.local.chromium import chromium
from airp.local.failures import CannotStart
from airp.local.postgres import OWNER, Cluster
from airp.local.processes import Process
from airp.local.state import CHECKOUT, State

# Tests wait for clocks, browsers and processes: one more of them than there are cores leaves few idle.
MORE_WORKERS, MOST_WORKERS = 1, 8
LONGEST_REPORT_LINES = 60
FOREIGN = ("AIRP_", "DATABASE_", "REDIS_", "DJANGO_", "PG")
# How far the tests go that usually go a little way (docs/developing.md)
MEASURES = ("AIRP_TEST_RACES", "AIRP_TEST_WALKS", "AIRP_TEST_FIRST_WALK")
TEMPLATE_PREFIX = "airp_template_"
PACKAGES = ("airp", "incidents", "reviews")
PRODUCTION = {
    "AIRP_DEPLOYMENT": "production",
    "AIRP_SECRET_KEY": "only-for-this-check-" + "0123456789abcdefghijklmnopqrstuvwxyz" * 2,
    "AIRP_BASE_URL": "https://airp.example",
    "AIRP_ALLOWED_HOSTS": "airp.example",
}


def test(state: State, chosen: Sequence[str]) -> int:
    """Checks and all tests, or without checks the tests that were asked for. Returns pytest's exit code."""
    browser = chromium()
    with TestServers(state) as servers, ThreadPoolExecutor(max_workers=1) as beside:
        # Making the template and checking use one core each.
        prepared = beside.submit(servers.for_databases)
        if not chosen and _lint(servers.env):
            return 1
        env = prepared.result() | {"AIRP_CHROMIUM": browser}
        command = [sys.executable, "-m", "pytest", *([] if {"-n", "-p"} & set(chosen) else _spread()), *chosen]
        return subprocess.run(command, cwd=CHECKOUT, env=env, check=False).returncode


def _spread() -> list[str]:
    """How pytest shares the files of tests out to processes."""
    workers = min((os.cpu_count() or 1) + MORE_WORKERS, MOST_WORKERS)
    return ["-n", str(workers), "--dist", "loadfile", "--no-loadscope-reorder"]


def test_peers(state: State, chosen: Sequence[str]) -> int:
    """Real clients against a running airp, those from Debian's packages too. Returns pytest's exit code."""
    found = peers.programs(state)
    with TestServers(state) as servers:
        command = [sys.executable, "-m", "pytest", *(chosen or ["tests/peers"])]
        env = {**servers.for_databases(), **found}
        return subprocess.run(command, cwd=CHECKOUT, env=env, check=False).returncode


def fuzz(chosen: Sequence[str]) -> int:
    """Throw mutated bodies at the parsers: no database, no server. Returns 0 when every one was answered."""
    return subprocess.run([sys.executable, "-m", "tests.fuzz", *chosen], cwd=CHECKOUT, check=False).returncode


def lint(state: State) -> int:
    with TestServers(state) as servers:
        return _lint(servers.env)


def bench(state: State, chosen: Sequence[str]) -> int:
    with TestServers(state, is_forgetful=False) as servers:
        env = servers.for_databases()
        upkeep.prepare_database(servers.state, env)
        return subprocess.run(
            [sys.executable, "-m", "tests.bench", *chosen], cwd=CHECKOUT, env=env, check=False
        ).returncode


def given_to_tests(environment: Mapping[str, str]) -> dict[str, str]:
    """Nothing of the caller's airp reaches the tests, but how far they should go."""
    return {name: value for name, value in environment.items() if name in MEASURES or not name.startswith(FOREIGN)}


class TestServers:
    """PostgreSQL and Valkey for one run, and `env`, the settings with which to reach them."""

    __test__ = False  # not a test, whatever pytest thinks of its name

    def __init__(self, state: State, *, is_forgetful: bool = True) -> None:
        self.state = State(state.root / ("test" if is_forgetful else "bench"))
        self.cluster = Cluster(self.state, is_forgetful=is_forgetful)

    def __enter__(self) -> "TestServers":
        self.lock = self.state.locked()
        self.lock.__enter__()
        self.cluster.start()
        self.cluster.create_roles()
        valkey.start(self.state)
        self.env = self._env()
        return self

    def __exit__(self, *_: object) -> None:
        processes.stop([Process("valkey", self.state.records), self.cluster.process])
        self.lock.__exit__(None, None, None)

    def _env(self) -> dict[str, str]:
        given = given_to_tests(os.environ)
        owner = self.cluster.url(OWNER)
        return environment.base(self.state, web_port=8000, mail_port=2525, given=given) | {
            "DATABASE_URL": owner,
            "DATABASE_OWNER_URL": owner,
            "REDIS_URL": "",
            "AIRP_OUTBOUND_LOOPBACK": "refused",
            "AIRP_TEST_STATE_DIR": str(self.state.root),
        }

    def for_databases(self) -> dict[str, str]:
        """`env`, and the migrated template from which tests copy their databases. Takes long the first time."""
        return self.env | {"AIRP_TEST_TEMPLATE": self._template(self.env)}

    def _template(self, env: Mapping[str, str]) -> str:
        """A database on the present migrations, kept while they stay the same; the ones of older migrations go."""
        wanted = TEMPLATE_PREFIX + upkeep.migrations_digest()[:16]
        old = {name for name in self.cluster.databases() if name.startswith(TEMPLATE_PREFIX) and name != wanted}
        for name in old:
            self.cluster.drop_database(name)
        if self.state.note("template") != wanted:
            self.cluster.drop_database(wanted)
            self.cluster.create_database(wanted)
            upkeep.say("Making the tests' template database")
            upkeep.manage(
                {**env, "DATABASE_URL": self.cluster.url(OWNER, wanted)}, "prepare_database", cure="migration"
            )
            self.state.remember("template", wanted)
        return wanted


def _lint(env: Mapping[str, str]) -> int:
    """Run every check, two at a time; print those that found something. Returns how many did."""
    started_at = time.monotonic()
    with ThreadPoolExecutor(max_workers=2) as pool:
        found = list(pool.map(lambda check: _check(*check), _checks(env)))
    failed = [text for text in found if text]
    print(
        "\n".join(failed) if failed else f"{len(found)} checks: all well ({time.monotonic() - started_at:.0f} s)",
        flush=True,
    )
    return len(failed)


def _checks(env: Mapping[str, str]) -> list[tuple[str, list[str], Mapping[str, str]]]:
    """Name, command, environment; the slow ones first."""
    templates = [str(path.relative_to(CHECKOUT)) for path in sorted((CHECKOUT / "templates").glob("**/*.html"))]
    manage = [sys.executable, "manage.py"]
    checks = [
        ("types (mypy)", [_tool("mypy")], env),
        ("migrations", [*manage, "makemigrations", "--check", "--dry-run"], env),
        ("settings of production", [*manage, "check", "--deploy", "--fail-level", "WARNING"], {**env, **PRODUCTION}),
        ("layers (import-linter)", [_tool("lint-imports")], env),
        ("dependencies (deptry)", [_tool("deptry"), "."], env),
        ("ruff", [_tool("ruff"), "check", "."], env),
        ("ruff format", [_tool("ruff"), "format", "--check", "."], env),
    ]
    if templates:
        checks.append(("templates (djade)", [_tool("djade"), "--check", "--target-version", "6.0", *templates], env))
    return [(name, command, values) for name, command, values in checks]


def _check(name: str, command: list[str], env: Mapping[str, str]) -> str:
    """Empty when well, else what the check said."""
    if not Path(command[0]).exists():
        raise CannotStart("unhealthy", detail=f"{command[0]} is missing; run: make distclean && make test")
    ran = subprocess.run(command, cwd=CHECKOUT, env=dict(env), capture_output=True, text=True, check=False)
    said = (ran.stdout + ran.stderr).strip().splitlines()
    return "" if ran.returncode == 0 else "\n".join([f"--- {name}", *said[-LONGEST_REPORT_LINES:], ""])


def _tool(name: str) -> str:
    return str(Path(sys.executable).parent / name)
