"""The settings that the local processes run with; what the caller's environment says wins."""

import os
from collections.abc import Mapping

from airp.local import valkey
from airp.local.postgres import APP, OWNER, Cluster
from airp.local.state import CHECKOUT, State, private_folder

ORGANISATION = "Halden Travel"


def base(state: State, *, web_port: int, mail_port: int, given: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Everything but database and broker."""
    private_folder(state.root / "static")
    defaults = {
        "AIRP_DEPLOYMENT": "local",
        "AIRP_ORGANISATION": ORGANISATION,
        "AIRP_OUTBOUND_LOOPBACK": "allowed",
        **state.secrets(),
    }
    fixed = {
        "AIRP_STATE_DIR": str(state.root),
        "AIRP_BASE_URL": f"http://127.0.0.1:{web_port}",
        "AIRP_SMTP_HOST": "127.0.0.1",
        "AIRP_SMTP_PORT": str(mail_port),
        "DJANGO_SETTINGS_MODULE": "airp.settings",
        "PYTHONUNBUFFERED": "1",
        "C_FORCE_ROOT": "1",  # Celery warns about root, who owns nothing here but the demo
    }
    return defaults | dict(given) | fixed


def database(state: State, given: Mapping[str, str] = os.environ) -> dict[str, str]:
    """DATABASE_URL of the processes and DATABASE_OWNER_URL of migrations: the caller's, else the embedded ones."""
    if url := given.get("DATABASE_URL"):
        return {"DATABASE_URL": url, "DATABASE_OWNER_URL": given.get("DATABASE_OWNER_URL") or url}
    cluster = Cluster(state)
    return {"DATABASE_URL": cluster.url(APP), "DATABASE_OWNER_URL": cluster.url(OWNER)}


def broker(state: State, given: Mapping[str, str] = os.environ) -> dict[str, str]:
    """REDIS_URL: the caller's (empty means no broker at all), else the embedded one's."""
    if "REDIS_URL" in given:
        return {"REDIS_URL": given["REDIS_URL"]}
    return {"REDIS_URL": valkey.url(state)}


def as_owner(env: Mapping[str, str]) -> dict[str, str]:
    """The same settings for a process that migrates."""
    return {**env, "DATABASE_URL": env["DATABASE_OWNER_URL"]}


def for_commands(state: State) -> dict[str, str]:
    """What a management command needs that is run beside the demo."""
    noted = state.note("port") or "8000", state.note("mail-port") or "2525"
    env = base(state, web_port=int(noted[0]), mail_port=int(noted[1]))
    return env | database(state) | broker(state) | {"PYTHONPATH": str(CHECKOUT)}
