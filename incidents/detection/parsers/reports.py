"""What another system says about an alert of its own, whatever format it came in; and our own alert format.

Pure: no Django, no clock.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from incidents.detection.parsers.signals import Unacceptable
from incidents.detection.parsers.strict_json import flaw_in

MAX_KEY = 255
MAX_TITLE = 1024
MAX_DESCRIPTION = 4_000
MAX_URL = 2_000
MAX_SEVERITY = 64
MAX_FACTS = 32
MAX_FACT = 256
REQUIRED = ("title", "status", "deduplication_key")
KNOWN = frozenset((*REQUIRED, "system", "description", "source_url", "severity", "metadata"))
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:?\d\d)")


class Act(StrEnum):
    """What the sender says has happened to its alert."""

    FIRING = "firing"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Report:
    """One thing that a sender says about one alert of its own.

    `system` must be a name that we know; `names` are labels in which a system may be named. With `episode` the sender
    tells one firing of the same alert from the next by when it started.
    """

    act: Act
    key: str
    payload_hash: bytes
    title: str = ""
    description: str = ""
    severity: str = ""
    system: str = ""
    names: tuple[tuple[str, str], ...] = ()
    source_url: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    started_at: datetime | None = None
    ended_at: datetime | None = None
    episode: datetime | None = None
    unknown_fields: int = 0


def read_report(item: Any) -> Report:
    """One alert of our own format. Raises Unacceptable with the first thing that is wrong."""
    if (flaw := flaw_in(item)) is not None:
        raise Unacceptable(flaw.code, flaw.detail)
    if not isinstance(item, dict):
        raise Unacceptable("not_an_object", "each item must be a JSON object")
    for field in REQUIRED:
        if item.get(field) in (None, ""):
            raise Unacceptable("missing_field", f"{field} is required")
    if not isinstance(item["title"], str) or not item["title"].strip():
        raise Unacceptable("bad_text", "title must be a text that says something")
    if item["status"] not in (Act.FIRING, Act.RESOLVED):
        raise Unacceptable("unknown_status", "status must be firing or resolved")
    metadata = item.get("metadata")
    if metadata is not None and not isinstance(metadata, dict):
        raise Unacceptable("bad_text", "metadata must be an object")
    return Report(
        act=Act(item["status"]),
        key=text_of(item, "deduplication_key", MAX_KEY),
        payload_hash=payload_hash(item),
        title=one_line(text_of(item, "title", MAX_TITLE)),
        description=text_of(item, "description", MAX_DESCRIPTION),
        severity=text_of(item, "severity", MAX_SEVERITY),
        system=text_of(item, "system", MAX_FACT),
        source_url=web_address(item.get("source_url")),
        facts=facts_of(metadata or {}),
        unknown_fields=len(item.keys() - KNOWN),
    )


def text_of(item: Mapping[str, Any], field: str, longest: int) -> str:
    """A text that may be absent. Raises Unacceptable for anything else, and for one that is too long."""
    given = item.get(field)
    if given is None:
        return ""
    if not isinstance(given, str):
        raise Unacceptable("bad_text", f"{field} must be text")
    if len(given) > longest:
        raise Unacceptable("too_long", f"{field} is longer than {longest} characters")
    return given


def payload_hash(item: Any) -> bytes:
    return hashlib.sha256(json.dumps(item, sort_keys=True, separators=(",", ":")).encode()).digest()


def moment_of(given: Any) -> datetime | None:
    """A time with a zone, or None for anything else: an alert is never lost because of its clock."""
    if not isinstance(given, str) or not _MOMENT.fullmatch(given):
        return None
    try:
        at = datetime.fromisoformat(given.upper().replace(" ", "T")).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return at if at.year > 1970 else None


def one_line(text: str) -> str:
    return " ".join(text.split())


def cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def web_address(given: Any) -> str:
    """An http(s) address without a password in it, or nothing: it becomes a link on a page."""
    if not isinstance(given, str) or len(given) > MAX_URL or not given.isprintable() or " " in given:
        return ""
    try:
        parts = urlsplit(given)
    except ValueError:
        return ""
    return given if parts.scheme in {"http", "https"} and parts.netloc and "@" not in parts.netloc else ""


def facts_of(given: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Short texts by name, sorted; what is no plain value is written as JSON. At most 32, each cut to fit."""
    found = ((cut(one_line(name), MAX_FACT), cut(_plain(value), MAX_FACT)) for name, value in sorted(given.items()))
    return tuple((name, value) for name, value in found if name and value)[:MAX_FACTS]


def texts_of(given: Mapping[str, Any], names: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Those of these names that hold a text."""
    return tuple((name, given[name]) for name in names if isinstance(given.get(name), str) and given[name])


def _plain(value: Any) -> str:
    if value is None:
        return ""
    return one_line(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
