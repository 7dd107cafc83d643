"""The programs that `make test-peers` lets send to airp: found on the machine, or taken from Debian's packages.

A package is unpacked into the state folder and not installed, because installing would start its service.
"""

import os
import shutil
import subprocess
from pathlib import Path

from airp.local.failures import CannotStart
from airp.local.state import State, private_folder

# Debian's package -> (the variable that names the program for the tests, its name)
PACKAGES = {
    "prometheus": ("AIRP_PEER_PROMETHEUS", "prometheus"),
    "prometheus-alertmanager": ("AIRP_PEER_ALERTMANAGER", "prometheus-alertmanager"),
}
FETCH_SECONDS = 300


def programs(state: State) -> dict[str, str]:
    """Variables with the path of each program. Raises CannotStart with what was tried and the cure."""
    return {variable: program(state, package) for package, (variable, _name) in PACKAGES.items()}


def program(state: State, package: str) -> str:
    """The path of one package's program. Raises CannotStart with what was tried and the cure."""
    folder = private_folder(state.root.resolve() / "peers")
    variable, name = PACKAGES[package]
    unpacked = folder / package / "usr" / "bin" / name
    named = os.environ.get(variable) or shutil.which(name)
    if not named and not unpacked.exists():
        _unpack(folder, package)
    found = named or str(unpacked)
    ran = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        raise CannotStart("peers", detail=f"{found} does not start: {(ran.stderr or ran.stdout).strip()[:500]}")
    return found


def _unpack(folder: Path, package: str) -> None:
    print(f"Fetching Debian's {package}", flush=True)
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise CannotStart("peers", detail=f"{package} is not installed, and this machine has no apt-get to fetch it.")
    _run(["apt-get", "download", "-q", package], folder)
    (archive,) = sorted(folder.glob(f"{package}_*.deb"))[-1:]
    _run(["dpkg-deb", "-x", str(archive), str(folder / package)], folder)


def _run(command: list[str], folder: Path) -> None:
    try:
        ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=FETCH_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotStart("peers", detail=f"{' '.join(command)}: {error}") from None
    if ran.returncode != 0:
        raise CannotStart("peers", detail=f"{' '.join(command)}: {(ran.stderr or ran.stdout).strip()[-500:]}")
