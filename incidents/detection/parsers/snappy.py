"""Snappy blocks, as remote write packs its bodies. How much one says to hold is read before any of it is unpacked."""

import cramjam

from incidents.detection.parsers.wire import NotProtobuf, varint

LONGEST_PREFIX = 5


class NotSnappy(ValueError):
    """The body is no snappy block."""


class TooLarge(ValueError):
    """The block says that it holds more than is taken."""


def unpack(raw: bytes, most: int) -> bytes:
    """The content of a block. Raises TooLarge before unpacking anything, and NotSnappy."""
    try:
        size, _at = varint(raw, 0, min(len(raw), LONGEST_PREFIX))
    except NotProtobuf:
        raise NotSnappy("The body is no snappy block.") from None
    if size > most:
        raise TooLarge(f"The unpacked body may have {most // 1024} KiB. Nothing was stored.")
    try:
        return bytes(cramjam.snappy.decompress_raw(raw))
    except cramjam.DecompressionError:
        raise NotSnappy("The body is no snappy block.") from None
