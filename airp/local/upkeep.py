"""What must run before the processes start: migrations, grants and the demo's story, each only when it changed."""

import hashlib
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from airp.local.environment import as_owner
from airp.local.failures import CannotStart
from airp.local.state import CHECKOUT, State

PACKAGES = ("airp", "incidents", "reviews")
SEED_COMMANDS = tuple(f"{place}/management/commands/seed_demo.py" for place in ("airp/local", *PACKAGES))


def digest(paths: Iterable[Path]) -> str:
    """One hash over names and contents."""
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(str(path.relative_to(CHECKOUT)).encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def migrations_digest() -> str:
    """Changes whenever `migrate` could have something to do: our migrations, or the packages and their migrations."""
    own = [path for package in PACKAGES for path in (CHECKOUT / package).glob("**/migrations/*.py")]
    grants = CHECKOUT / "airp/audit/management/commands/grant_app_role.py"
    return digest([*own, grants, CHECKOUT / "requirements.txt", CHECKOUT / "airp/settings.py"])


def code_digest() -> str:
    """Changes with any edit, so that a second `make demo` restarts the processes on the new code. Reads no contents."""
    files = [path for package in (*PACKAGES, "templates") for path in (CHECKOUT / package).glob("**/*.*")]
    marks = (f"{path}:{path.stat().st_mtime_ns}" for path in sorted(files) if path.suffix != ".pyc")
    return hashlib.sha256("\n".join(marks).encode()).hexdigest()


def prepare_database(state: State, env: Mapping[str, str]) -> None:
    """Migrate and grant as the owner, unless that was done for these very files and this database."""
    done = hashlib.sha256(f"{env['DATABASE_URL']} {migrations_digest()}".encode()).hexdigest()
    if state.note("migrated") == done:
        return
    say("Bringing the database up to date")
    manage(as_owner(env), "prepare_database", cure="migration")
    state.remember("migrated", done)


def seed(state: State, env: Mapping[str, str]) -> None:
    """Write the demo's story once per database, if there is one."""
    done = hashlib.sha256(env["DATABASE_URL"].encode()).hexdigest()
    if state.note("seeded") == done or not any((CHECKOUT / place).exists() for place in SEED_COMMANDS):
        return
    say("Writing the demo's story")
    manage(env, "seed_demo", cure="seed")
    state.remember("seeded", done)


def manage(env: Mapping[str, str], *command: str, cure: str) -> None:
    """Run a management command. Raises CannotStart with its last words when it fails."""
    ran = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=CHECKOUT,
        env=dict(env),
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode != 0:
        words = (ran.stdout + ran.stderr).strip().splitlines()
        raise CannotStart(cure, detail="\n".join(words[-15:]))


def say(text: str) -> None:
    print(text, flush=True)
