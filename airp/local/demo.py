"""`make demo`, `make down`, `make status` and `make clean`."""

import http.client
import subprocess
import sys
import time
from collections.abc import Mapping
from http import HTTPStatus

import psycopg

from airp.local import environment, logins, processes, upkeep, valkey
from airp.local.failures import CannotStart
from airp.local.postgres import Cluster
from airp.local.processes import Process
from airp.local.programs import programs
from airp.local.state import CHECKOUT, State

HEALTHY_SECONDS = 90.0
POLL_SECONDS = 0.25
APPLICATION = ("product", "beat", "worker", "loops", "web", "mail")
SERVERS = ("valkey", "postgres")
PATHS = ("/health/ready", "/sign-in/")


def up(state: State) -> None:
    """Start whatever does not run, wait until all of it is healthy, and print where to go."""
    started_at = time.monotonic()
    with state.locked():
        _stop_old_code(state)
        web = Process("web", state.records)
        kept = state.note("port")
        port = int(kept) if web.is_running and kept.isdigit() else _free_port_after(web, state)
        mail = Process("mail", state.records)
        kept = state.note("mail-port")
        mail_port = int(kept) if mail.is_running and kept.isdigit() else state.any_port("mail-port")
        env = environment.base(state, web_port=port, mail_port=mail_port)
        env |= start_servers(state)
        upkeep.prepare_database(state, env)
        upkeep.seed(state, env)
        for program in programs(state, env, web_port=port, mail_port=mail_port):
            processes.start(program, records=state.records, logs=state.logs, cwd=CHECKOUT)
        state.remember("code", upkeep.code_digest())
        wait_until_healthy(state, port)
    print(f"\nairp is ready after {time.monotonic() - started_at:.1f} s: http://127.0.0.1:{port}/\n")
    print(logins.table())
    print("\n  make status shows the processes, make down stops them, make clean forgets everything.")


def start_servers(state: State) -> dict[str, str]:
    """Start the embedded servers that nobody gave an address for. Returns the addresses of both."""
    addresses = environment.database(state) | environment.broker(state)
    if addresses["DATABASE_URL"] == environment.database(state, {})["DATABASE_URL"]:
        cluster = Cluster(state)
        if not cluster.process.is_running:
            upkeep.say("Starting PostgreSQL")
        cluster.start()
        cluster.create_roles()
    else:
        _check_database(addresses["DATABASE_OWNER_URL"])
    if addresses["REDIS_URL"] == valkey.url(state):
        valkey.start(state)
    elif addresses["REDIS_URL"]:
        _check_broker(addresses["REDIS_URL"])
    return addresses


def down(state: State) -> None:
    """Stop what we started: first the processes of airp together, then the servers they use."""
    with state.locked():
        running = [name for name in (*APPLICATION, *SERVERS) if Process(name, state.records).is_running]
        stubborn = _stop(state, APPLICATION)
        stubborn += processes.stop([Process(name, state.records) for name in SERVERS])
    print(f"Stopped: {', '.join(running)}." if running else "Nothing was running.")
    if stubborn:
        print(f"Had to be killed: {', '.join(stubborn)}.")


def clean(state: State) -> None:
    """Stop everything and remove the state."""
    if state.root.exists():
        down(state)
        state.remove()
    print(f"Removed {state.root}.")


def status(state: State) -> bool:
    """Print each process. True when all that should run does and the site is healthy."""
    if not state.root.exists():
        print("Nothing is running. Start it with: make demo")
        return False
    port = state.note("port")
    recorded = [Process(path.stem, state.records) for path in sorted(state.records.glob("*.json"))]
    for process in recorded:
        print(f"  {process.name:<10} {'running' if process.is_running else 'ended':<8} pid {process.pid or '-'}")
    web_runs = Process("web", state.records).is_running
    troubles = _troubles(port) if web_runs else []
    is_well = web_runs and not troubles and all(process.is_running for process in recorded)
    if web_runs:
        print(f"  address    http://127.0.0.1:{port}/  {'healthy' if not troubles else '; '.join(troubles)}")
    elif not any(process.is_running for process in recorded):
        print("Nothing is running. Start it with: make demo")
    print(f"  logs       {state.root / 'logs'}")
    return is_well


def wait_until_healthy(state: State, port: int, *, patience: float = HEALTHY_SECONDS) -> None:
    """Raises CannotStart with the end of the logs when the site does not become healthy in time."""
    deadline = time.monotonic() + patience
    troubles = list(PATHS)
    while troubles:
        ended = [path.stem for path in state.records.glob("*.json") if not Process(path.stem, state.records).is_running]
        troubles = _troubles(port)
        if ended or (troubles and time.monotonic() > deadline):
            words = [f"Ended: {', '.join(ended)}" if ended else "; ".join(troubles)]
            words += [
                f"--- {name}\n{processes.tail(state.logs / f'{name}.log')}" for name in ended or ("web", "worker")
            ]
            raise CannotStart("unhealthy", detail="\n".join([*words, f"Logs: {state.logs}"]))
        time.sleep(POLL_SECONDS if troubles else 0)


def _trouble(port: int | str, path: str) -> str:
    """What is wrong with an address of the site, in a few words; empty when it answers 200."""
    line = http.client.HTTPConnection("127.0.0.1", int(port or 0), timeout=10)
    try:
        line.request("GET", path)
        answer = line.getresponse()
        said = answer.read(500).decode(errors="replace") if path.startswith("/health") else ""
    except (OSError, http.client.HTTPException) as error:
        return f"{path} does not answer ({error})"
    finally:
        line.close()
    return "" if answer.status == HTTPStatus.OK else f"{path} answers {answer.status} {said}".strip()


def _troubles(port: int | str) -> list[str]:
    return [problem for path in PATHS if (problem := _trouble(port, path))]


def _free_port_after(web: Process, state: State) -> int:
    """Workers of a killed server hold its port; they go first."""
    web.kill()
    deadline = time.monotonic() + 2
    while web.has_orphans and time.monotonic() < deadline:
        time.sleep(0.05)
    return state.web_port()


def _stop(state: State, names: tuple[str, ...]) -> list[str]:
    """A web server that is still starting would lose the signal, so it is given the time to get ready."""
    port = state.note("port")
    deadline = time.monotonic() + 5
    if Process("web", state.records).is_running and "web" in names:
        while _trouble(port, "/health/live") and time.monotonic() < deadline:
            time.sleep(0.1)
    return processes.stop([Process(name, state.records) for name in names])


def _stop_old_code(state: State) -> None:
    if state.note("code") not in {"", upkeep.code_digest()}:
        if any(Process(name, state.records).is_running for name in APPLICATION):
            upkeep.say("The code changed: restarting")
        _stop(state, APPLICATION)


def _check_database(url: str) -> None:
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError as error:
        raise CannotStart("database_away", detail=str(error).strip()) from error


def _check_broker(url: str) -> None:
    """In a process of its own, because importing the client would slow down every start."""
    ping = "import redis, sys; redis.from_url(sys.argv[1], socket_connect_timeout=5).ping()"
    ran = subprocess.run([sys.executable, "-c", ping, url], capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        raise CannotStart("broker_away", detail="".join(ran.stderr.splitlines()[-1:]))


def manage(env: Mapping[str, str], arguments: list[str]) -> int:
    """Run a management command beside the demo, as the processes' own database role."""
    ran = subprocess.run([sys.executable, "manage.py", *arguments], cwd=CHECKOUT, env=dict(env), check=False)
    return ran.returncode
