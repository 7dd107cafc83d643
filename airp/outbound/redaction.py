"""Makes foreign text fit to be stored and shown: no secrets, no control characters, no flood."""

import re

ANSWER_LIMIT = 2048
ERROR_LIMIT = 500
HIDDEN = "[hidden]"

_PATTERNS = (
    re.compile(r"whsec_[A-Za-z0-9+/=_-]+"),
    re.compile(r"airp_[A-Za-z0-9]{8}_[A-Za-z0-9_-]+"),
    re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}"),
    re.compile(r"(?i)\b(password|passwd|secret|token|api[_-]?key|authorization)\b[\"']?\s*[:=]\s*[\"']?[^\s\"',;&]+"),
    re.compile(r"\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"),
    re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}"),
    re.compile(r"\b[A-Za-z0-9+/_-]{40,}={0,2}"),
)
_UNSHOWABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


def redact(text: str, *, limit: int = ERROR_LIMIT) -> str:
    """The text without addresses, keys and invisible characters, cut to `limit` characters."""
    shown = without_invisible(text[: limit * 4])
    for pattern in _PATTERNS:
        shown = pattern.sub(HIDDEN, shown)
    return shown[:limit]


def without_invisible(text: str) -> str:
    """The text with a mark in place of control characters and of those that turn the reading direction."""
    return _UNSHOWABLE.sub("�", text)


def redact_answer(body: bytes) -> str:
    """The first 2 KiB of an answer, readable and redacted."""
    return redact(body[:ANSWER_LIMIT].decode("utf-8", "replace"), limit=ANSWER_LIMIT)
