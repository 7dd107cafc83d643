"""The first step of every make target: from any python3 (3.9 or newer) to airp's own environment.

Runs before anything is installed, so it uses the standard library alone and no syntax newer than 3.9.
It makes .tools/ (uv), .venv/ (Python 3.13 and the hash-locked packages), then hands over to `airp.local`.
A step whose inputs did not change is skipped.
"""

from __future__ import annotations

import fcntl
import glob
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOOLS = os.path.join(ROOT, ".tools")
VENV = os.path.join(ROOT, ".venv")
VENV_PYTHON = os.path.join(VENV, "bin", "python")
STAMP = os.path.join(VENV, ".airp-packages.json")
UV_LOCK = os.path.join(ROOT, "airp", "local", "requirements-uv.txt")
LOCKS = {"run": "requirements.txt", "dev": "requirements-dev.txt"}
WANTED_PYTHON = "3.13"
ACCEPTED_PYTHONS = ("3.12", "3.14")
NEEDS_DEV = {"test", "test-peers", "fuzz", "lint", "bench"}
NEEDS_NOTHING_NEW = {"down", "status", "clean", "distclean"}
# These redirect uv or Python into a foreign environment.
MISLEADING = ("UV_PYTHON", "VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH", "UV_PROJECT_ENVIRONMENT", "CONDA_PREFIX")

# With it, each of the many processes would compile Django and the whole project again.
COSTLY = "PYTHONDONTWRITEBYTECODE"


class Stuck(Exception):
    """Set-up cannot go on. The text says what is missing and what to do."""


def main(arguments: list[str]) -> None:
    command = arguments[0] if arguments else "demo"
    for name in (*MISLEADING, COSTLY):
        os.environ.pop(name, None)
    os.chdir(ROOT)
    try:
        if command not in NEEDS_NOTHING_NEW:
            prepare("dev" if command in NEEDS_DEV else "run")
        elif not os.path.exists(VENV_PYTHON):
            forget_folders(command)
            return
    except Stuck as stuck:
        sys.exit("\nairp cannot be set up: " + str(stuck))
    if command == "distclean":
        subprocess.run([VENV_PYTHON, "-m", "airp.local", "clean"], check=True)
        forget_folders(command)
        return
    os.execv(VENV_PYTHON, [VENV_PYTHON, "-m", "airp.local", command, *arguments[1:]])


def prepare(kind: str) -> None:
    """Bring .tools and .venv up to date for `kind` ("run" or "dev")."""
    os.makedirs(TOOLS, exist_ok=True)
    with open(os.path.join(TOOLS, "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp = read_stamp()
        if is_synced(kind, stamp):
            return
        uv = ensure_uv()
        ensure_venv(uv)
        sync(uv, "dev" if stamp.get("kind") == "dev" else kind)


def is_synced(kind: str, stamp: dict[str, str]) -> bool:
    """The development packages contain the running ones, so a demo after a test installs nothing."""
    if not os.path.exists(VENV_PYTHON) or stamp.get("kind") not in {kind, "dev"}:
        return False
    return stamp.get("hash") == lock_hash(stamp["kind"])


def read_stamp() -> dict[str, str]:
    try:
        with open(STAMP) as file:
            loaded = json.load(file)
    except (OSError, ValueError):
        return {}
    return loaded if isinstance(loaded, dict) else {}


def lock_hash(kind: str) -> str:
    with open(os.path.join(ROOT, LOCKS[kind]), "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def ensure_uv() -> str:
    """The path of a working uv: ours, freshly made if need be, else the machine's."""
    with open(UV_LOCK, "rb") as file:
        folder = os.path.join(TOOLS, "uv-" + hashlib.sha256(file.read()).hexdigest()[:12])
    places = [os.path.join(folder, "bin", "uv"), os.path.join(folder, "flat", "bin", "uv")]
    for place in places:
        if answers([place, "--version"]):
            return place
    say("Fetching uv, the installer")
    errors = [install_uv(python, folder) for python in pythons_for_tools()]
    for place in places:
        if answers([place, "--version"]):
            return place
    own = shutil.which("uv")
    if own and answers([own, "--version"]):
        return own
    raise Stuck(
        "uv could not be installed with pip.\n"
        + "\n".join(error for error in errors if error)
        + "\nCheck that the package registry can be reached (proxy: HTTPS_PROXY, own mirror: PIP_INDEX_URL and"
        + " UV_DEFAULT_INDEX), and that pip exists: apt-get install python3-venv python3-pip"
    )


def pythons_for_tools() -> Iterator[str]:
    """Interpreters that may be able to run pip, the present one first."""
    yield sys.executable
    for name in ("python3.13", "python3.12", "python3.14", "python3.11", "/usr/bin/python3"):
        found = shutil.which(name)
        if found and answers([found, "-c", "import sys; sys.exit(sys.version_info < (3, 9))"]):
            yield found


def install_uv(python: str, folder: str) -> str:
    """Try a virtual environment, then a plain target folder. Returns the error, empty when it worked."""
    if os.path.exists(os.path.join(folder, "done")):
        return ""
    shutil.rmtree(folder, ignore_errors=True)
    pinned = ["install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r", UV_LOCK]
    made = run([python, "-m", "venv", folder])
    if made.returncode == 0:
        made = run([os.path.join(folder, "bin", "python"), "-m", "pip", *pinned])
    if made.returncode != 0:
        made = run([python, "-m", "pip", *pinned, "--target", os.path.join(folder, "flat")])
    if made.returncode == 0:
        with open(os.path.join(folder, "done"), "w"):
            return ""
    return f"  {python}: {(made.stderr or made.stdout).strip()[-600:]}"


def ensure_venv(uv: str) -> None:
    if answers([VENV_PYTHON, "-c", "import sys; sys.exit(not (3, 12) <= sys.version_info < (3, 15))"]):
        return
    python = find_python(uv)
    say("Making .venv with " + python)
    made = run([uv, "venv", "--quiet", "--clear", "--no-project", "--python", python, VENV])
    if made.returncode != 0:
        raise Stuck("the virtual environment could not be made.\n" + made.stderr)


def find_python(uv: str) -> str:
    """An installed 3.13, else one fetched by uv, else an installed 3.12 or 3.14."""
    found = installed(uv, WANTED_PYTHON)
    if found:
        return found
    say("Fetching Python " + WANTED_PYTHON)
    os.environ["UV_PYTHON_INSTALL_DIR"] = os.path.join(TOOLS, "python")
    fetched = run([uv, "python", "install", "--no-bin", WANTED_PYTHON])
    found = installed(uv, WANTED_PYTHON)
    if found:
        return found
    for version in ACCEPTED_PYTHONS:
        found = installed(uv, version)
        if found:
            say(f"Python {WANTED_PYTHON} could not be fetched; using {version}")
            return found
    raise Stuck(
        "there is no Python 3.12 to 3.14 here, and fetching 3.13 failed.\n  "
        + fetched.stderr.strip()[-600:]
        + "\nInstall one (apt-get install python3.13, brew install python@3.13, or pyenv install 3.13) and try again."
    )


def installed(uv: str, version: str) -> str:
    """The path of an installed interpreter that works, or nothing. pyenv's are found even when not activated."""
    pyenv = os.environ.get("PYENV_ROOT", os.path.expanduser("~/.pyenv"))
    places = sorted(glob.glob(os.path.join(pyenv, "versions", version + ".*", "bin", "python")), reverse=True)
    places += [os.path.join(folder, "python" + version) for folder in os.environ.get("PATH", "").split(os.pathsep)]
    for place in places:
        if answers([place, "-c", "import ssl, sqlite3, zlib"]):
            return place
    found = run([uv, "python", "find", "--no-python-downloads", "--no-project", "--system", version])
    return found.stdout.strip() if found.returncode == 0 else ""


def sync(uv: str, kind: str) -> None:
    say("Installing the packages of " + LOCKS[kind])
    if os.path.exists(STAMP):
        os.remove(STAMP)
    lock = os.path.join(ROOT, LOCKS[kind])
    command = [uv, "pip", "sync", "--quiet", "--require-hashes", "--python", VENV_PYTHON, lock]
    done = run(command)
    if done.returncode != 0:
        done = run([*command[:3], "--native-tls", *command[3:]])  # a company's own certificate authority
    if done.returncode != 0:
        raise Stuck(
            "the packages could not be installed.\n"
            + done.stderr.strip()[-1500:]
            + "\nCheck the disk (600 MB are needed) and the network (proxy: HTTPS_PROXY, mirror: UV_DEFAULT_INDEX)."
        )
    with open(STAMP, "w") as file:
        json.dump({"kind": kind, "hash": lock_hash(kind)}, file)


def forget_folders(command: str) -> None:
    """`clean` and `distclean` where no environment exists, so nothing of ours can be running."""
    if command in {"clean", "distclean"}:
        shutil.rmtree(os.environ.get("AIRP_STATE_DIR") or os.path.join(ROOT, ".state"), ignore_errors=True)
    if command == "distclean":
        if not os.path.islink(VENV):
            shutil.rmtree(VENV, ignore_errors=True)
        shutil.rmtree(TOOLS, ignore_errors=True)
    say(
        {"down": "Nothing is running.", "status": "Nothing is running. Start it with: make demo"}.get(command, "Clean.")
    )


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(command, check=False, text=True, capture_output=True)
    except OSError as error:
        return subprocess.CompletedProcess(command, 127, "", str(error))


def answers(command: list[str]) -> bool:
    return run(command).returncode == 0


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
