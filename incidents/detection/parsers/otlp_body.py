"""What both encodings of OTLP are walked into: metrics and log records of one resource and scope.

Points and log records stay small pieces until they are read one by one with the official messages, so that no body
takes more memory than its own size and a little. Pure: no Django, no clock.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from google.protobuf.message import Message
from opentelemetry.proto.common.v1.common_pb2 import KeyValue

from incidents.detection.parsers.signals import Unacceptable

MAX_PARTS = 50_000
MAX_PIECE_BYTES = 64 * 1024
MAX_ATTRIBUTES = 128
SHAPES = {5: "gauge", 7: "sum", 9: "histogram", 10: "exponentialHistogram", 11: "summary"}


class NotOtlp(ValueError):
    """The body is no OTLP request: nothing of it can be told apart."""


class TooMany(ValueError):
    """The body has more parts than one request may have."""


class Reader(Protocol):
    """Reads one piece into a message. Raises Unacceptable."""

    def __call__[Read: Message](self, piece: Any, message: Read) -> Read: ...


@dataclass(frozen=True, slots=True)
class Stream:
    """One metric of one resource and scope with its points, not read yet."""

    resource: dict[str, str]
    scope: str
    name: str
    shape: str
    temporality: int
    is_monotonic: bool
    points: list[Any]
    read: Reader


@dataclass(frozen=True, slots=True)
class Records:
    """The log records of one resource and scope, not read yet."""

    resource: dict[str, str]
    scope: str
    records: list[Any]
    read: Reader


@dataclass(slots=True)
class Budget:
    left: int = MAX_PARTS

    def spend(self, parts: int = 1) -> None:
        self.left -= parts
        if self.left < 0:
            raise TooMany(f"one request may hold {MAX_PARTS} points, records and other parts; send smaller batches")


def texts_of(attributes: Any) -> dict[str, str]:
    """Attributes with plain values, as text; lists and bytes tell nothing apart. Raises Unacceptable."""
    if len(attributes) > MAX_ATTRIBUTES:
        raise Unacceptable("too_long", f"it has more than {MAX_ATTRIBUTES} attributes")
    return {each.key: text for each in attributes if (text := _text(each))}


def _text(attribute: KeyValue) -> str:
    value = attribute.value
    match value.WhichOneof("value"):
        case "string_value":
            return value.string_value
        case "bool_value":
            return "true" if value.bool_value else "false"
        case "int_value":
            return str(value.int_value)
        case "double_value":
            return repr(value.double_value)
    return ""
