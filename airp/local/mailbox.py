"""The mails that the demo's mail server took, read from its folder."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from django.conf import settings

SHOWN = 200
NAME = re.compile(r"\d{8}T\d{12}-[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as the pages show it."""

    name: str
    at: datetime
    sender: str
    to: str
    subject: str
    body: str = ""


def newest() -> list[Mail]:
    """The latest mails, newest first."""
    names = sorted((path.stem for path in _folder().glob("*.eml") if NAME.fullmatch(path.stem)), reverse=True)
    return [mail for name in names[:SHOWN] if (mail := read(name)) is not None]


def read(name: str) -> Mail | None:
    """One mail by its name, or None."""
    if not NAME.fullmatch(name):
        return None
    try:
        raw = (_folder() / f"{name}.eml").read_bytes()
    except OSError:
        return None
    message = message_from_bytes(raw, policy=policy.default)
    return Mail(
        name=name,
        at=datetime.strptime(name.partition("-")[0], "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC),
        sender=str(message.get("From", "")),
        to=str(message.get("To", "")),
        subject=str(message.get("Subject", "")),
        body=_text(message),
    )


def _text(message: EmailMessage) -> str:
    part = message.get_body(preferencelist=("plain", "html"))
    if part is None:
        return ""
    try:
        return str(part.get_content())
    except (LookupError, UnicodeDecodeError):
        return ""


def _folder() -> Path:
    return Path(settings.STATE_DIR) / "mail"
