"""Strict JSON for hostile senders: one flawed item is marked and never spoils its neighbours.

Python's parser takes NaN, infinities, duplicate keys and whole numbers of any size, all of which other programs
read differently or not at all. Here each of them becomes a `Flaw` in the place of the value, and `flaw_in` finds
it, together with what PostgreSQL cannot store (NUL, lone surrogates) and what is nested or written too long.
Pure: no Django, no clock.
"""

import json
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

MAX_DEPTH = 20
MAX_INTEGER = 2**53
MAX_TEXT = 10_000
MAX_INTEGER_DIGITS = 17
MAX_WIDE_DIGITS = 20
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},]', re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")


class NotJson(ValueError):
    """The body is no JSON at all, so no item of it can be told apart."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why a value was refused: a code of the ingest answers and a sentence."""

    code: str
    detail: str


TOO_DEEP = Flaw("too_deep", f"nested deeper than {MAX_DEPTH} levels")
NUL_INSIDE = Flaw("bad_text", "holds a NUL character")
SURROGATE_INSIDE = Flaw("bad_text", "holds half of a surrogate pair")


def read_array(raw: bytes) -> list[Any]:
    """The items of a JSON array, or of a single object as an array of one. Raises NotJson."""
    text = _decode(raw)
    try:
        found = _read(text)
    except RecursionError:
        return [_read_item(part) for part in _split(text)]
    except ValueError as error:
        raise NotJson(f"This is no JSON: {error}.") from None
    if isinstance(found, list):
        return found
    if isinstance(found, dict | Flaw):
        return [found]
    raise NotJson("Send a JSON array of objects.")


def read_lines(raw: bytes) -> list[Any]:
    """The items of newline-delimited JSON; a line that is no JSON becomes a Flaw. Blank lines do not count."""
    return [_read_line(line) for line in raw.split(b"\n") if line.strip()]


def read_object(raw: bytes) -> dict[str, Any]:
    """One JSON object whose whole numbers may have 64 bits, as protocol buffers write them. Raises NotJson."""
    try:
        found = _read(_decode(raw), integer=_wide_integer)
    except (ValueError, RecursionError) as error:
        raise NotJson(f"This is no JSON: {str(error) or 'nested too deeply'}.") from None
    if isinstance(found, dict):
        return found
    raise NotJson(f"This is no JSON object{': ' + found.detail if isinstance(found, Flaw) else ''}.")


def read_single(raw: bytes) -> dict[str, Any]:
    """The one object that a body is. Raises NotJson; what is wrong inside is left to `flaw_in`."""
    found = read_array(raw)
    if raw.lstrip()[:1] != b"{" or len(found) != 1:
        raise NotJson("Send one JSON object.")
    if isinstance(found[0], Flaw):
        raise NotJson(f"This is no usable JSON: {found[0].detail}.")
    return dict(found[0])


def flaw_in(item: Any, *, longest: int = MAX_TEXT) -> Flaw | None:
    """The first thing in an item that must be refused, or None. `longest` is how long a text in it may be."""
    return next(_flaws(item, 1, longest), None)


def _decode(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotJson(f"This is no UTF-8: byte {error.start} is wrong.") from None


def _read(text: str, *, integer: Callable[[str], int | Flaw] | None = None) -> Any:
    # Raw control characters are let through here and refused per item where they matter (NUL).
    hooks: dict[str, Any] = {"parse_constant": _constant, "parse_int": integer or _integer, "parse_float": _float}
    return json.loads(text, strict=False, object_pairs_hook=_object, **hooks)


def _read_item(text: str) -> Any:
    try:
        return _read(text)
    except RecursionError:
        return TOO_DEEP
    except ValueError as error:
        raise NotJson(f"This is no JSON: {error}.") from None


def _read_line(line: bytes) -> Any:
    try:
        return _read_item(_decode(line))
    except NotJson as error:
        return Flaw("not_json", str(error))


def _split(text: str) -> list[str]:
    """The items of an array as text, found by its brackets alone: for bodies too deep to be parsed whole."""
    depth, start, parts = 0, 0, []
    for token in _TOKENS.finditer(text):
        mark = token.group()
        if mark in "[{":
            depth += 1
            start = token.end() if depth == 1 else start
        elif mark in "]}":
            depth -= 1
        if (depth == 0 and mark in "]}") or (depth == 1 and mark == ","):
            parts.append(text[start : token.start()])
            start = token.end()
    if depth != 0 or not text.lstrip().startswith("["):
        raise NotJson("This is no JSON: brackets do not match, or it is nested too deeply.")
    return parts


def _constant(name: str) -> Flaw:
    return Flaw("bad_number", f"{name} is no number")


def _integer(digits: str) -> int | Flaw:
    if len(digits) <= MAX_INTEGER_DIGITS and abs(int(digits)) <= MAX_INTEGER:
        return int(digits)
    return Flaw("bad_number", "a whole number is beyond 2^53")


def _wide_integer(digits: str) -> int | Flaw:
    if len(digits) <= MAX_WIDE_DIGITS and -(2**63) <= int(digits) < 2**64:
        return int(digits)
    return Flaw("bad_number", "a whole number has more than 64 bits")


def _float(digits: str) -> float | Flaw:
    number = float(digits)
    return number if math.isfinite(number) else Flaw("bad_number", "a number is too large")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any] | Flaw:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    return Flaw("duplicate_key", "a key stands twice in one object")


def _flaws(value: Any, depth: int, longest: int) -> Iterator[Flaw]:
    match value:
        case Flaw():
            yield value
        case str():
            yield from _text_flaws(value, longest)
        case dict() | list() if depth > MAX_DEPTH:
            yield TOO_DEEP
        case dict():
            for key, inner in value.items():
                yield from _text_flaws(key, longest)
                yield from _flaws(inner, depth + 1, longest)
        case list():
            for inner in value:
                yield from _flaws(inner, depth + 1, longest)


def _text_flaws(text: str, longest: int) -> Iterator[Flaw]:
    if "\x00" in text:
        yield NUL_INSIDE
    if not text.isascii() and _SURROGATE.search(text):
        yield SURROGATE_INSIDE
    if len(text) > longest:
        yield Flaw("too_long", f"a text is longer than {longest} characters")
