"""Nothing leaves but through airp/outbound."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
DOOR = "airp/outbound/"
# The local set-up probes its own servers, runs the mail sink and plays the AI product of the demo.
EXEMPT = (DOOR, "airp/local/")
SENDING_MODULES = {
    "smtplib", "socket", "requests", "httpx", "httpcore", "aiohttp", "urllib3", "urllib.request", "http.client",
    "ftplib", "telnetlib", "socketserver", "apprise",
}  # fmt: skip
SENDING_NAMES = {
    "send_mail",
    "send_mass_mail",
    "mail_admins",
    "mail_managers",
    "EmailMessage",
    "EmailMultiAlternatives",
}


def sources() -> list[Path]:
    folders = ("airp", "incidents", "reviews")
    return [
        path for folder in folders for path in sorted((ROOT / folder).rglob("*.py")) if "migrations" not in path.parts
    ]


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def ways_out(source: str) -> set[str]:
    names = set(imported(ast.parse(source)))
    mail = {name for name in names if name.startswith("django.core.mail.") and name.rsplit(".", 1)[1] in SENDING_NAMES}
    modules = {name for name in names if name in SENDING_MODULES or name.split(".")[0] in SENDING_MODULES}
    attributes = {f".{name}" for name in SENDING_NAMES if re.search(rf"\bmail\.{name}\b", source)}
    return mail | modules | attributes


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_only_the_outbound_package_can_send():
    leaks = {name_of(p): ways_out(p.read_text()) for p in sources() if not name_of(p).startswith(EXEMPT)}
    assert {name: found for name, found in leaks.items() if found} == {}


@pytest.mark.parametrize(
    "leak",
    [
        "import smtplib",
        "import socket as s",
        "from urllib.request import urlopen",
        "from urllib import request",
        "import httpx",
        "from http import client",
        "from django.core.mail import send_mail",
        "from django.core import mail\nmail.send_mail()",
        "from django.core.mail import EmailMessage",
    ],
)
def test_the_check_sees_a_leak(leak):
    assert ways_out(leak)
