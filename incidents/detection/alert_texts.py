"""What is kept of the words of a foreign alert or change: figures and names of machines stay, people and keys do not.

It happens before anything is stored, so that pages, mails, webhooks and evidence get nothing else to show. There is no
original to reveal: the sender has it, and the link of the alert leads there.
"""

import hmac
import re
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.conf import settings

from airp.outbound.redaction import without_invisible
from incidents.detection.parsers.reports import (
    MAX_DESCRIPTION,
    MAX_FACT,
    MAX_SEVERITY,
    MAX_TITLE,
    MAX_URL,
    Report,
    cut,
    one_line,
)
from incidents.response.redacting import redact

HIDDEN = "[hidden]"
HIDDEN_KEY = "hidden:"
KEY_BYTES = 16
# Whatever stands under such a name points at a person or opens a door.
PRIVATE_NAMES = frozenset(
    {"user", "username", "user_id", "userid", "customer", "customer_id", "email", "mail", "phone", "contact", "address"}
    | {"person", "complainant", "first_name", "last_name", "full_name", "ip", "client_ip", "remote_addr"}
    | {"token", "access_token", "password", "secret", "routing_key", "authorization", "api_key", "apikey", "key", "sig"}
    | {"signature", "cookie", "session", "session_id", "sessionid"}
)
_LONGEST_PART = 20
_NAME = re.compile(rf"[a-z0-9]{{1,{_LONGEST_PART}}}(?:[-_/][a-z0-9]{{0,{_LONGEST_PART}}})+")
_WORD = re.compile(r"[g-z]{3}|[a-z]{5}")
_FIGURE = re.compile(r"(?:0|[1-9]\d{0,8})|(?:0|[1-9]\d*)\.\d+")
_DECIMAL = re.compile(r"(?:0|[1-9]\d*)\.\d+")
_MACHINE = re.compile(r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
# What a parser cut in the middle: half an address is not seen to be one.
_CUT_WORD = re.compile(r"\S{1,80}…$")
_HOUR = re.compile(r"\d{1,2}")


def is_harmless(found: str) -> bool:
    """Whether a run of marks that might be a key or a telephone number is a name, a figure, a machine or a time."""
    parts = found.strip(" \t\n()./-").split()
    if len(parts) == 1:
        part = parts[0]
        return bool(_FIGURE.fullmatch(part) or _MACHINE.fullmatch(part) or _is_name(found))
    with_hour = [part for part in parts if not _HOUR.fullmatch(part)] if any(map(_DATE.fullmatch, parts)) else parts
    return bool(parts) and all(_is_apart(part) for part in with_hour)


def kept_text(text: str, longest: int) -> str:
    """A text of a sender as it may be stored, shown and mailed."""
    whole = _CUT_WORD.sub(_without_half, without_invisible(text.replace("\r\n", "\n")))
    return cut(redact(whole, spares=is_harmless), longest)


def _without_half(found: re.Match[str]) -> str:
    """The cut word, if it is letters only."""
    return found.group() if found.group().removesuffix("…").isalpha() else "…"


def kept_url(url: str) -> str:
    """The address without the values of parameters that are private by their name or by what they hold."""
    if not url:
        return ""
    parts = urlsplit(url)
    path = redact(parts.path, spares=lambda _found: True)
    query = urlencode(
        [(name, _kept_value(name, value, MAX_URL)) for name, value in parse_qsl(parts.query, keep_blank_values=True)]
    )
    fragment = redact(parts.fragment, spares=is_harmless)
    kept = urlunsplit((parts.scheme, parts.netloc, path, query, fragment))
    return kept if path == parts.path and fragment == parts.fragment and len(kept) <= MAX_URL else ""


def kept_key(key: str) -> str:
    """The key itself, or a keyed hash of one that holds an address or a number of a person."""
    if redact(key, spares=_is_code) == key == without_invisible(key):
        return key
    return HIDDEN_KEY + hmac.digest(settings.PERSON_KEY.encode(), f"alert/{key}".encode(), "sha256")[:KEY_BYTES].hex()


def kept_facts(facts: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((kept_text(name, MAX_FACT), _kept_value(name, value, MAX_FACT)) for name, value in facts)


def kept_report(report: Report) -> Report:
    """What a sender says, as it may be stored. What it means, its system and its times, is not touched."""
    return replace(
        report,
        key=kept_key(report.key),
        title=kept_text(one_line(report.title), MAX_TITLE),
        description=kept_text(report.description, MAX_DESCRIPTION),
        severity=kept_text(report.severity, MAX_SEVERITY),
        source_url=kept_url(report.source_url),
        facts=kept_facts(report.facts),
    )


def _kept_value(name: str, value: str, longest: int) -> str:
    last = re.split(r"[.\-/]", name.lower())[-1]
    return HIDDEN if value and {name.lower(), last} & PRIVATE_NAMES else kept_text(value, longest)


def _is_code(found: str) -> bool:
    """Keys are made by machines: a long one is what it is for."""
    return is_harmless(found) or any(mark.isalpha() for mark in found)


def _is_name(found: str) -> bool:
    """Small letters in short parts with a word among them, as pods and files are called. Random keys are not so."""
    return bool(_NAME.fullmatch(found) and _WORD.search(found))


def _is_apart(part: str) -> bool:
    """A piece that is complete by itself, unlike a group of a telephone number."""
    return bool(_DECIMAL.fullmatch(part) or _MACHINE.fullmatch(part) or _DATE.fullmatch(part))
