"""OTLP as protobuf, walked down to single points and log records.

Field 1 of a request holds resources; of a resource 1 is the resource and 2 its scopes; of a scope 1 is the scope and
2 its metrics or log records. Pure: no Django, no clock.
"""

from collections.abc import Iterator

from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from incidents.detection.parsers.otlp_body import MAX_PIECE_BYTES, SHAPES, Budget, NotOtlp, Records, Stream, texts_of
from incidents.detection.parsers.signals import Unacceptable
from incidents.detection.parsers.wire import BYTES, VARINT, Field, NotProtobuf, fields


def binary_streams(raw: bytes) -> Iterator[Stream]:
    """The metrics of a protobuf request. Raises NotOtlp or TooMany."""
    budget = Budget()
    try:
        for resource, scope, metric in _leaves(raw, budget):
            yield _binary_stream(raw, metric, resource, scope, budget)
    except (NotProtobuf, UnicodeDecodeError) as error:
        raise NotOtlp(f"This is no OTLP message: {error}.") from None


def binary_records(raw: bytes) -> Iterator[Records]:
    """The log records of a protobuf request. Raises NotOtlp or TooMany."""
    budget = Budget()
    try:
        for resource, scope, record in _leaves(raw, budget):
            yield Records(resource, scope, [raw[record.start : record.end]], read_binary)
    except (NotProtobuf, UnicodeDecodeError) as error:
        raise NotOtlp(f"This is no OTLP message: {error}.") from None


def read_binary[Read: Message](piece: bytes, message: Read) -> Read:
    if len(piece) > MAX_PIECE_BYTES:
        raise Unacceptable("too_long", f"it is longer than {MAX_PIECE_BYTES // 1024} KiB")
    try:
        message.ParseFromString(piece)
    except DecodeError:
        raise Unacceptable("not_otlp", "it cannot be decoded") from None
    return message


def _leaves(raw: bytes, budget: Budget) -> Iterator[tuple[dict[str, str], str, Field]]:
    for owner in _messages(raw, 0, len(raw), 1, budget):
        resource = _resource(raw, owner)
        for scope in _messages(raw, owner.start, owner.end, 2, budget):
            name = _scope_name(raw, scope)
            for leaf in _messages(raw, scope.start, scope.end, 2, budget):
                yield resource, name, leaf


def _messages(raw: bytes, start: int, end: int, number: int, budget: Budget) -> Iterator[Field]:
    for each in fields(raw, start, end):
        if each.number == number and each.kind == BYTES:
            budget.spend()
            yield each


def _last(raw: bytes, within: Field, number: int) -> bytes:
    found = [each for each in fields(raw, within.start, within.end) if each.number == number and each.kind == BYTES]
    return raw[found[-1].start : found[-1].end] if found else b""


def _resource(raw: bytes, owner: Field) -> dict[str, str]:
    try:
        return texts_of(read_binary(_last(raw, owner, 1), Resource()).attributes)
    except Unacceptable as error:
        raise NotProtobuf(f"of a resource: {error.detail}") from None


def _scope_name(raw: bytes, scope: Field) -> str:
    piece = _last(raw, scope, 1)
    return _last(piece, Field(1, BYTES, 0, len(piece)), 1)[:MAX_PIECE_BYTES].decode()


def _binary_stream(raw: bytes, metric: Field, resource: dict[str, str], scope: str, budget: Budget) -> Stream:
    name, shape, data = "", "", None
    for each in fields(raw, metric.start, metric.end):
        if each.number == 1 and each.kind == BYTES:
            name = raw[each.start : each.end].decode()
        elif each.number in SHAPES and each.kind == BYTES:
            shape, data = SHAPES[each.number], each
    points: list[bytes] = []
    plain = {2: 0, 3: 0}
    for each in fields(raw, data.start, data.end) if data else ():
        if each.number == 1 and each.kind == BYTES:
            budget.spend()
            points.append(raw[each.start : each.end])
        elif each.kind == VARINT and each.number in plain:
            plain[each.number] = each.start
    return Stream(resource, scope, name, shape, plain[2], bool(plain[3]), points, read_binary)
