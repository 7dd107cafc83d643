"""Bodies that are almost right: seeds with flipped, cut, doubled, swapped and spliced bytes. The same seed number
gives the same bodies."""

import random
from collections.abc import Callable, Iterator, Sequence

INTERESTING = [b"\x00", b"\xff", b"\x7f", b"\x80" * 9 + b"\x01", b"\xff" * 10, b"\xf0\x9f", b"NaN", b"1e999", b"-1"]
INTERESTING += [b"\xff\xff\xff\xff\x0f", b"[" * 64, b'{"a":' * 64, b'"', b"\\u0000", b"\\ud800", b"\x00\x00\xf0\x7f"]
LONGEST = 1 << 16


def bodies(seeds: Sequence[bytes], *, count: int, number: int = 1) -> Iterator[bytes]:
    """`count` mutations, each of one of the seeds by one to five steps."""
    dice = random.Random(number)
    for _ in range(count):
        body = dice.choice(seeds)
        for _step in range(dice.choice((1, 1, 1, 2, 3, 5))):
            body = dice.choice(STEPS)(dice, body, seeds)
        yield body[:LONGEST]


def _place(dice: random.Random, body: bytes) -> int:
    return dice.randint(0, len(body))


def _flip(dice: random.Random, body: bytes, _seeds: Sequence[bytes]) -> bytes:
    if not body:
        return b"\x00"
    at = dice.randrange(len(body))
    return body[:at] + bytes([body[at] ^ (1 << dice.randrange(8))]) + body[at + 1 :]


def _random_byte(dice: random.Random, body: bytes, _seeds: Sequence[bytes]) -> bytes:
    at = _place(dice, body)
    return body[:at] + dice.randbytes(dice.randint(1, 4)) + body[at + dice.randint(0, 4) :]


def _overwrite(dice: random.Random, body: bytes, _seeds: Sequence[bytes]) -> bytes:
    at = _place(dice, body)
    piece = dice.choice((*INTERESTING, dice.randbytes(dice.randint(1, 8))))
    return body[:at] + piece[: len(body) - at] + body[at + len(piece) :]


def _cut(dice: random.Random, body: bytes, _seeds: Sequence[bytes]) -> bytes:
    at = _place(dice, body)
    return body[:at] + body[at + dice.randint(1, 32) :]


def _truncate(dice: random.Random, body: bytes, _seeds: Sequence[bytes]) -> bytes:
    return body[: _place(dice, body)]


def _double(dice: random.Random, body: bytes, _seeds: Sequence[bytes]) -> bytes:
    start = _place(dice, body)
    piece = body[start : start + dice.randint(1, 64)] * dice.choice((1, 1, 1, 40))
    at = _place(dice, body)
    return body[:at] + piece + body[at:]


def _insert(dice: random.Random, body: bytes, _seeds: Sequence[bytes]) -> bytes:
    at = _place(dice, body)
    return body[:at] + dice.choice(INTERESTING) + body[at:]


def _splice(dice: random.Random, body: bytes, seeds: Sequence[bytes]) -> bytes:
    other = dice.choice(seeds)
    return body[: _place(dice, body)] + other[_place(dice, other) :]


STEPS: tuple[Callable[[random.Random, bytes, Sequence[bytes]], bytes], ...] = (
    *(_flip, _flip, _flip, _overwrite, _overwrite, _random_byte, _cut, _truncate, _double, _insert, _splice),
)
