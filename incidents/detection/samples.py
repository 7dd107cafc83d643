"""What may be kept of a refused item so that people can mend the sender: its shape, never what somebody wrote.

Names of fields and short codes stay; free text, references to people, secrets, mail addresses, phone and card numbers
do not. Pure: no Django, no clock.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from airp.outbound.redaction import HIDDEN, redact

LONGEST_SAMPLE = 600
LONGEST_VALUE = 64
LONGEST_NAME = 40
MOST_ENTRIES = 16
DEEPEST = 4
LARGEST_NUMBER = 10**11  # telephone and card numbers are longer, counts are shorter
MOST_WORDS = 3
# Fields that hold words of people or models, or point at a person, in any of the formats that we take.
PRIVATE_NAMES = frozenset(
    {"subject", "conversation", "complainant", "person", "user", "user_id", "email", "phone", "contact", "address"}
    | {"sample", "prompt", "output", "text", "body", "message", "messages", "content", "explanation", "comment", "note"}
    | {"description", "summary", "title", "input", "answer", "question", "details", "custom_details"}
    | {"attachments_urls"}
    | {"token", "password", "secret", "routing_key", "authorization", "api_key", "apikey"}
)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d([Tt ][\d:.]{5,18}([Zz]|[+-]\d\d:?\d\d)?)?")
_NUMBERS = (
    re.compile(r"(?<![\w.])\+?\(?\d[\d ()./-]{7,}\d"),  # telephone and card numbers, however they are grouped
    re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,}"),  # bank accounts
)


def sample_of(item: Any) -> str:
    """One refused item as JSON of at most 600 characters."""
    shown = json.dumps(_shown(item, depth=0), ensure_ascii=False).encode("utf-8", "replace").decode()
    return shown if len(shown) <= LONGEST_SAMPLE else f"{shown[: LONGEST_SAMPLE - 1]}…"


def sample_of_body(raw: bytes) -> str:
    """A body that nobody can parse: its size and its fingerprint, nothing of its content."""
    return f"{len(raw)} bytes, sha256 {hashlib.sha256(raw).hexdigest()}"


def _shown(value: Any, *, depth: int) -> Any:
    if isinstance(value, Mapping):
        return _shown_object(value, depth=depth) if depth < DEEPEST else "‹object›"
    if isinstance(value, list | tuple):
        return [_shown(each, depth=depth + 1) for each in value[:3]] if depth < DEEPEST else "‹list›"
    if isinstance(value, str):
        return _shown_text(value)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return value if abs(value) < LARGEST_NUMBER else "‹long number›"
    return "‹unreadable›"


def _shown_object(value: Mapping[Any, Any], *, depth: int) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for name, inner in list(value.items())[:MOST_ENTRIES]:
        known = _shown_text(str(name))[:LONGEST_NAME]
        shown[known] = _hidden(inner) if _is_private(str(name)) else _shown(inner, depth=depth + 1)
    if len(value) > MOST_ENTRIES:
        shown["…"] = f"{len(value) - MOST_ENTRIES} more"
    return shown


def _is_private(name: str) -> bool:
    last = re.split(r"[.\-/]", name.lower())[-1]
    return name.lower() in PRIVATE_NAMES or last in PRIVATE_NAMES


def _hidden(value: Any) -> str:
    return f"‹{len(value)} characters›" if isinstance(value, str) else f"‹{type(value).__name__}›"


def _shown_text(text: str) -> str:
    """Short codes as they are; whatever may be a sentence only by its length."""
    if _MOMENT.fullmatch(text):
        return text
    if len(text) > LONGEST_VALUE or len(text.split()) > MOST_WORDS:
        return f"‹{len(text)} characters›"
    shown = redact(text, limit=LONGEST_VALUE)
    for pattern in _NUMBERS:
        shown = pattern.sub(HIDDEN, shown)
    return shown
