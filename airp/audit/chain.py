"""The one hash chain of the product: streams of records in which no link can be altered or dropped unseen.

A link's hash is SHA-256 over 0x02, the hash of the link before it and the canonical JSON of its body, so an
edited, removed or reordered record breaks every later hash. Bodies hold no personal text: such text goes in as
a salted commitment (`commit_to`), so it can be erased later while the chain still verifies.

Canonical JSON follows RFC 8785 for the types we use (text, whole numbers, booleans, null, lists, objects):
keys sorted by UTF-16 code units, no white space, UTF-8. Floats are refused: two programs print them unlike.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LINK_PREFIX = b"\x02"
GENESIS = bytes(32)
SALT_BYTES = 16


class UnhashableBody(ValueError):
    """A body holds something that has no canonical form, such as a float or a date object."""


@dataclass(frozen=True, slots=True)
class Link:
    """A place in a stream: its number (from 1), the hash before it and its own."""

    seq: int
    prev_hash: bytes
    hash: bytes


def canonical(body: Mapping[str, Any]) -> bytes:
    """The one byte form of a body. Raises UnhashableBody for values without a canonical form."""
    return json.dumps(
        _ordered(body), ensure_ascii=False, separators=(",", ":"), allow_nan=False, sort_keys=False
    ).encode()


def link_hash(prev_hash: bytes, body: Mapping[str, Any]) -> bytes:
    """SHA-256(0x02 || prev_hash || canonical(body))."""
    return hashlib.sha256(LINK_PREFIX + prev_hash + canonical(body)).digest()


def new_salt() -> bytes:
    return secrets.token_bytes(SALT_BYTES)


def commit_to(text: str, salt: bytes) -> str:
    """Hex SHA-256(salt || text): proves a text without holding it."""
    return hashlib.sha256(salt + text.encode()).hexdigest()


def _ordered(value: Any) -> Any:
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, Mapping):
        return {key: _ordered(value[key]) for key in sorted(value, key=_utf16)}
    if isinstance(value, list | tuple):
        return [_ordered(item) for item in value]
    raise UnhashableBody(f"{type(value).__name__} has no canonical form; write it as text.")


def _utf16(key: Any) -> bytes:
    if not isinstance(key, str):
        raise UnhashableBody("keys must be text")
    return key.encode("utf-16-be")
