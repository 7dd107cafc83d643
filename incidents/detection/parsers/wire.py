"""The wire format of protocol buffers, walked without building messages: sizes are known before anything is unpacked.

A message of two bytes may cost a hundred in memory, so what strangers send is first walked and counted here, and
only small pieces are given to the generated messages. Pure: no Django, no clock.
"""

from collections.abc import Iterator
from typing import NamedTuple

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
_FIXED_SIZES = {FIXED64: 8, FIXED32: 4}
MAX_VARINT_BYTES = 10


class NotProtobuf(ValueError):
    """The bytes do not follow the wire format."""


class Field(NamedTuple):
    """One field: its number and kind; a varint's value is `start`, the others' bytes lie from `start` to `end`."""

    number: int
    kind: int
    start: int
    end: int


def fields(raw: bytes, at: int = 0, end: int | None = None) -> Iterator[Field]:
    """The fields of the message that lies in raw[at:end], in order. Raises NotProtobuf."""
    end = len(raw) if end is None else end
    while at < end:
        key, at = varint(raw, at, end)
        number, kind = key >> 3, key & 7
        if number == 0:
            raise NotProtobuf("a field has the number 0")
        if kind == BYTES:
            size, at = varint(raw, at, end)
        elif kind == VARINT:
            value, at = varint(raw, at, end)
            yield Field(number, kind, value, at)
            continue
        else:
            size = _FIXED_SIZES.get(kind, -1)
            if size < 0:
                raise NotProtobuf(f"a field has the kind {kind}")
        if at + size > end:
            raise NotProtobuf("a field is longer than its message")
        yield Field(number, kind, at, at + size)
        at += size


def varint(raw: bytes, at: int, end: int) -> tuple[int, int]:
    """The number that begins at `at`, and the place after it. Raises NotProtobuf."""
    if at >= end:
        raise NotProtobuf("the message is cut off")
    value = raw[at]
    if value < 0x80:
        return value, at + 1
    value &= 0x7F
    for place in range(1, MAX_VARINT_BYTES):
        if at + place >= end:
            raise NotProtobuf("the message is cut off")
        byte = raw[at + place]
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return value & 0xFFFF_FFFF_FFFF_FFFF, at + place + 1
    raise NotProtobuf("a number has more than ten bytes")
