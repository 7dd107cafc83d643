"""Finds a Chromium for the browser tests, or gets one."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from airp.local.failures import CannotStart

# The shell without windows first: it draws a page for two thirds of the work.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_PROGRAMS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
CACHES = ("~/.cache/ms-playwright", "~/Library/Caches/ms-playwright")
IN_CACHE = (
    "chromium*/chrome-linux*/chrome",
    "chromium*/chrome-mac*/*.app/Contents/MacOS/*",
    "chromium*/*/headless_shell",
)
DEBIAN = ("chromium-headless-shell", "chromium")
INSTALL = ("apt-get", "install", "-y", "-q", "--no-install-recommends")
INSTALL_SECONDS = 300


def chromium() -> str:
    """The path of a browser that starts. Raises CannotStart with what was tried."""
    if found := _found():
        return found
    print("Fetching Chromium for the browser tests", flush=True)
    tried = [_attempt([sys.executable, "-m", "playwright", "install", "chromium"])]
    if not _found() and os.getuid() == 0 and shutil.which("apt-get"):
        tried.append(_attempt(["apt-get", "update", "-q"]))
        for name in DEBIAN:
            tried += [] if _found() else [_attempt([*INSTALL, name])]
    if found := _found():
        return found
    raise CannotStart("chromium", detail="\n".join(tried))


def _found() -> str:
    return next((path for path in _candidates() if _starts(path)), "")


def _candidates() -> list[str]:
    named = os.environ.get("AIRP_CHROMIUM")
    if named:
        return [named]
    installed = [path for name in NAMES if (path := shutil.which(name))]
    roots = [Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or place).expanduser() for place in CACHES]
    cached = [str(path) for root in roots for pattern in IN_CACHE for path in sorted(root.glob(pattern), reverse=True)]
    return [*installed, *(path for path in MAC_PROGRAMS if Path(path).exists()), *cached]


def _starts(path: str) -> bool:
    try:
        return subprocess.run([path, "--version"], capture_output=True, check=False, timeout=30).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _attempt(command: list[str]) -> str:
    """Run it; one line on how it went."""
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        ran = subprocess.run(command, capture_output=True, check=False, text=True, env=env, timeout=INSTALL_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{' '.join(command)}: {error}"
    last = (ran.stderr or ran.stdout).strip().splitlines()[-1:] or ["no output"]
    return f"{' '.join(command)}: {'done' if ran.returncode == 0 else last[0]}"
