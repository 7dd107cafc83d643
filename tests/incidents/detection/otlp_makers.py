"""Makers of OTLP bodies: what an exporter would send, in protobuf or JSON."""

import gzip
import json
from datetime import datetime
from typing import Any

from django.test import Client
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

DELTA, CUMULATIVE = 1, 2
PROTOBUF, JSON = "application/x-protobuf", "application/json"
SERVICE = {"service.name": "support-assistant"}


def nanoseconds(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000) * 1_000


def attributes(pairs: dict[str, Any]) -> list[KeyValue]:
    return [KeyValue(key=key, value=_value(value)) for key, value in pairs.items()]


def _value(value: Any) -> AnyValue:
    match value:
        case bool():
            return AnyValue(bool_value=value)
        case int():
            return AnyValue(int_value=value)
        case float():
            return AnyValue(double_value=value)
    return AnyValue(string_value=value)


def metrics(*points: dict[str, Any], resource: dict[str, Any] | None = None) -> ExportMetricsServiceRequest:
    """One metric for each point: name, shape, temporality, value, at, start, and its attributes."""
    request = ExportMetricsServiceRequest()
    owner = request.resource_metrics.add()
    owner.resource.attributes.extend(attributes(SERVICE if resource is None else resource))
    scope = owner.scope_metrics.add()
    for point in points:
        metric = scope.metrics.add(name=point.get("name", "airp.requests"))
        data = getattr(metric, point.get("shape", "sum"))
        if hasattr(data, "aggregation_temporality"):
            data.aggregation_temporality = point.get("temporality", DELTA)
        if hasattr(data, "is_monotonic"):
            data.is_monotonic = point.get("is_monotonic", True)
        made = data.data_points.add()
        made.time_unix_nano = nanoseconds(point["at"])
        made.start_time_unix_nano = nanoseconds(point["start"]) if "start" in point else 0
        made.flags = point.get("flags", 0)
        made.attributes.extend(attributes(point.get("attributes", {})))
        _set(made, point.get("value", 1))
    return request


def _set(point: Any, value: Any) -> None:
    if hasattr(point, "count"):
        point.count, point.sum = value, value / 2
    elif isinstance(value, float):
        point.as_double = value
    elif value is not None:
        point.as_int = value


def logs(*records: dict[str, Any], resource: dict[str, Any] | None = None) -> ExportLogsServiceRequest:
    """One record for each: event, at, trace_id, span_id, body, and its attributes."""
    request = ExportLogsServiceRequest()
    owner = request.resource_logs.add()
    owner.resource.attributes.extend(attributes(SERVICE if resource is None else resource))
    scope = owner.scope_logs.add()
    for record in records:
        made = scope.log_records.add(event_name=record.get("event", ""), time_unix_nano=nanoseconds(record["at"]))
        made.trace_id, made.span_id = record.get("trace_id", b""), record.get("span_id", b"")
        made.body.string_value = record.get("body", "")
        made.attributes.extend(attributes(record.get("attributes", {})))
    return request


def as_json(request: Any) -> bytes:
    """As exporters write JSON: enums as numbers, ids in hex."""
    body = MessageToDict(request, use_integers_for_enums=True)
    for owner in body.get("resourceLogs", []):
        for scope in owner["scopeLogs"]:
            for record, made in zip(
                scope["logRecords"], request.resource_logs[0].scope_logs[0].log_records, strict=True
            ):
                record["traceId"], record["spanId"] = made.trace_id.hex(), made.span_id.hex()
    return json.dumps(body).encode()


def post(token: str, request: Any, *, media: str = PROTOBUF, is_packed: bool = False, path: str = "") -> Any:
    """Post a request (or bytes) to the address of its kind."""
    where = path or ("logs" if isinstance(request, ExportLogsServiceRequest) else "metrics")
    raw = request if isinstance(request, bytes) else as_json(request) if media == JSON else request.SerializeToString()
    # Django's client names no type for an empty body.
    headers = {"authorization": f"Bearer {token}", "content-type": media} | (
        {"content-encoding": "gzip"} if is_packed else {}
    )
    body = gzip.compress(raw) if is_packed else raw
    return Client().post(f"/ingest/otlp/v1/{where}", body, content_type=media, headers=headers)


def partial(answer: Any, *, of_logs: bool = False) -> tuple[int, str]:
    """How many were rejected, and the words."""
    made = (ExportLogsServiceResponse if of_logs else ExportMetricsServiceResponse).FromString(answer.content)
    if not made.HasField("partial_success"):
        return 0, ""
    told = made.partial_success
    return (told.rejected_log_records if of_logs else told.rejected_data_points), told.error_message
