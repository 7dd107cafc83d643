"""The table of processes that `make demo` runs, in the order they start."""

import importlib.util
import sys
from collections.abc import Mapping

from airp.local.processes import Program
from airp.local.state import State

QUEUES = "default,outbound,detection"


def programs(state: State, env: Mapping[str, str], *, web_port: int, mail_port: int) -> list[Program]:
    """All of airp's own processes. Without a broker, `run_loops` stands in for worker and beat."""
    table = [
        _python("mail", ("-m", "airp.local.mail_sink", str(mail_port), str(state.mail)), env),
        _python("web", web(web_port), env),
    ]
    if env.get("REDIS_URL"):
        table.append(_python("worker", worker(state), env))
        table.append(_python("beat", beat(state), env))
    else:
        table.append(_python("loops", ("manage.py", "run_loops"), env))
    if importlib.util.find_spec("airp.local.product"):
        table.append(_python("product", ("-m", "airp.local.product"), env))
    return table


def web(port: int) -> tuple[str, ...]:
    address = ("--host", "127.0.0.1", "--port", str(port))
    size = ("--workers", "2", "--blocking-threads", "4", "--workers-kill-timeout", "5")
    quiet = ("--log-level", "warning", "--no-ws")
    return ("-m", "granian", "--interface", "wsgi", *address, *size, *quiet, "airp.wsgi:application")


def worker(state: State) -> tuple[str, ...]:
    size = ("--pool", "prefork", "--concurrency", "2", "-O", "fair", "--queues", QUEUES)
    lean = ("--without-gossip", "--without-mingle", "--loglevel", "INFO")
    return ("-m", "celery", "-A", "airp.celery", "worker", *size, *lean, "--hostname", f"airp-{state.name}@%h")


def beat(state: State) -> tuple[str, ...]:
    schedule = str(state.records / "beat-schedule")
    return ("-m", "celery", "-A", "airp.celery", "beat", "--schedule", schedule, "--pidfile=", "--loglevel", "INFO")


def _python(name: str, arguments: tuple[str, ...], env: Mapping[str, str]) -> Program:
    return Program(name, (sys.executable, *arguments), env)
