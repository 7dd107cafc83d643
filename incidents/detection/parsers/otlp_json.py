"""OTLP as JSON, walked down to single points and log records: lowerCamelCase names, 64-bit numbers as text or number.
Pure: no Django, no clock."""

import base64
import binascii
from collections.abc import Iterator
from typing import Any

from google.protobuf.json_format import ParseDict, ParseError
from google.protobuf.message import Message
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from incidents.detection.parsers.otlp_body import SHAPES, Budget, NotOtlp, Records, Stream, texts_of
from incidents.detection.parsers.signals import Unacceptable
from incidents.detection.parsers.strict_json import NotJson, flaw_in, read_object


def json_streams(raw: bytes) -> Iterator[Stream]:
    """The metrics of a JSON request. Raises NotOtlp or TooMany."""
    budget = Budget()
    for resource, scope, metric in _json_leaves(raw, "resourceMetrics", "scopeMetrics", "metrics", budget):
        shape = next((name for name in SHAPES.values() if isinstance(metric.get(name), dict)), "")
        data = metric.get(shape) or {}
        points = _list(data, "dataPoints")
        budget.spend(len(points))
        temporality, is_monotonic = data.get("aggregationTemporality"), data.get("isMonotonic") is True
        yield Stream(
            resource,
            scope,
            _name(metric),
            shape,
            temporality if isinstance(temporality, int) else 0,
            is_monotonic,
            points,
            read_json,
        )


def json_records(raw: bytes) -> Iterator[Records]:
    """The log records of a JSON request. Raises NotOtlp or TooMany."""
    budget = Budget()
    for resource, scope, record in _json_leaves(raw, "resourceLogs", "scopeLogs", "logRecords", budget):
        yield Records(resource, scope, [record], read_json)


def read_json[Read: Message](piece: Any, message: Read) -> Read:
    if (flaw := flaw_in(piece)) is not None:
        raise Unacceptable(flaw.code, flaw.detail)
    if not isinstance(piece, dict):
        raise Unacceptable("not_an_object", "it must be a JSON object")
    try:
        ParseDict(_with_ids_in_base64(piece), message, ignore_unknown_fields=True)
    except (ParseError, TypeError, ValueError, AttributeError) as error:
        raise Unacceptable("not_otlp", f"it cannot be decoded: {str(error)[:200]}") from None
    return message


def _with_ids_in_base64(piece: dict[str, Any]) -> dict[str, Any]:
    """OTLP writes the ids of traces and spans in hex where protobuf's JSON has base64."""
    try:
        ids = {
            name: base64.b64encode(bytes.fromhex(piece[name])).decode()
            for name in ("traceId", "spanId")
            if isinstance(piece.get(name), str)
        }
    except (ValueError, binascii.Error):
        raise Unacceptable("bad_text", "an id of a trace or span is no hex") from None
    return piece | ids


def _json_leaves(
    raw: bytes, owners: str, scopes: str, leaves: str, budget: Budget
) -> Iterator[tuple[dict[str, str], str, dict[str, Any]]]:
    try:
        body = read_object(raw)
    except NotJson as error:
        raise NotOtlp(str(error)) from None
    for owner in _objects(body, owners, budget):
        resource = _json_resource(owner)
        for scope in _objects(owner, scopes, budget):
            inner = scope.get("scope")
            name = _name(inner) if isinstance(inner, dict) else ""
            for leaf in _objects(scope, leaves, budget):
                yield resource, name, leaf


def _json_resource(owner: dict[str, Any]) -> dict[str, str]:
    try:
        return texts_of(read_json(owner.get("resource") or {}, Resource()).attributes)
    except Unacceptable as error:
        raise NotOtlp(f"This is no OTLP message: of a resource: {error.detail}.") from None


def _objects(holder: dict[str, Any], name: str, budget: Budget) -> Iterator[dict[str, Any]]:
    for each in _list(holder, name):
        budget.spend()
        if not isinstance(each, dict):
            raise NotOtlp(f"This is no OTLP message: {name} must hold objects.")
        yield each


def _list(holder: dict[str, Any], name: str) -> list[Any]:
    found = holder.get(name) or []
    if not isinstance(found, list):
        raise NotOtlp(f"This is no OTLP message: {name} must be a list.")
    return found


def _name(holder: dict[str, Any]) -> str:
    name = holder.get("name")
    return name if isinstance(name, str) else ""
