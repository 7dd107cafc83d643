"""How PostgreSQL, which refuses user id 0, runs when root types `make demo`.

First choice: a user namespace that maps root to user 1000 for that one process; files stay root's. Where the
kernel forbids that: the user nobody, with cluster and binaries in a folder outside the checkout.
"""

import os
import pwd
import subprocess
import sys
from collections.abc import Callable
from enum import StrEnum
from functools import cache

from airp.local.failures import CannotStart

NAMESPACED_USER = 1000


class Disguise(StrEnum):
    """As whom a program that refuses root is run."""

    NONE = "none"  # an ordinary user typed make
    NAMESPACE = "namespace"
    NOBODY = "nobody"


@cache
def disguise() -> Disguise:
    """The way that works on this machine. Raises CannotStart when none does."""
    if os.getuid() != 0:
        return Disguise.NONE
    for choice in (Disguise.NAMESPACE, Disguise.NOBODY):
        if _works(choice):
            return choice
    raise CannotStart("root_refused")


def put_on(choice: Disguise) -> Callable[[], None] | None:
    """What the child does between fork and exec, for `subprocess`."""
    return {Disguise.NONE: None, Disguise.NAMESPACE: _enter_namespace, Disguise.NOBODY: _become_nobody}[choice]


def nobody() -> pwd.struct_passwd:
    return pwd.getpwnam("nobody")


def _works(choice: Disguise) -> bool:
    if choice is Disguise.NAMESPACE and not hasattr(os, "unshare"):
        return False
    test = [sys.executable, "-I", "-S", "-c", "import os, sys; sys.exit(os.geteuid() == 0)"]
    if choice is Disguise.NOBODY:  # cannot read our interpreter when the checkout is root's alone
        test = ["/bin/sh", "-c", 'test "$(id -u)" != 0']
    try:
        return subprocess.run(test, check=False, preexec_fn=put_on(choice)).returncode == 0
    except (subprocess.SubprocessError, OSError):
        return False


def _enter_namespace() -> None:
    os.unshare(os.CLONE_NEWUSER)
    for name, content in (
        ("setgroups", "deny"),
        ("uid_map", f"{NAMESPACED_USER} 0 1"),
        ("gid_map", f"{NAMESPACED_USER} 0 1"),
    ):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(content)


def _become_nobody() -> None:
    person = nobody()
    os.setgroups([])
    os.setgid(person.pw_gid)
    os.setuid(person.pw_uid)
