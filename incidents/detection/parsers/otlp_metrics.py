"""Metrics of OTLP: from a request's body to signals (delta) and readings of counters (cumulative). Pure."""

import math
from typing import Any

from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    ExponentialHistogramDataPoint,
    HistogramDataPoint,
    NumberDataPoint,
)

from incidents.detection.parsers.naming import Naming, Rule
from incidents.detection.parsers.otlp_binary import binary_streams
from incidents.detection.parsers.otlp_body import Stream, texts_of
from incidents.detection.parsers.otlp_json import json_streams
from incidents.detection.parsers.placing import (
    JUST_BEFORE,
    Parsed,
    Place,
    identity,
    moment,
    places,
    plain_labels,
    signal,
    whole,
)
from incidents.detection.parsers.signals import Bounds, Unacceptable

DELTA, CUMULATIVE = 1, 2
NO_RECORDED_VALUE = 1
MESSAGES = {
    "sum": NumberDataPoint,
    "histogram": HistogramDataPoint,
    "exponentialHistogram": ExponentialHistogramDataPoint,
}


def read_metrics(raw: bytes, naming: Naming, bounds: Bounds, *, is_json: bool) -> Parsed:
    """Everything that a request's metrics say. Raises NotOtlp or TooMany when nothing of it can be taken."""
    parsed = Parsed()
    for stream in json_streams(raw) if is_json else binary_streams(raw):
        rules = naming.rules_of(stream.name)
        if not rules:
            parsed.dropped += len(stream.points)
            parsed.items += len(stream.points)
            continue
        _read_stream(stream, rules, parsed, naming, bounds)
    return parsed


def _read_stream(stream: Stream, rules: tuple[Rule, ...], parsed: Parsed, naming: Naming, bounds: Bounds) -> None:
    resource = list(stream.resource.items())
    for piece in stream.points:
        index = parsed.items
        parsed.items += 1
        try:
            _check(stream)
            point = stream.read(piece, MESSAGES[stream.shape]())
            if point.flags & NO_RECORDED_VALUE:
                continue
            attributes = texts_of(point.attributes)
            where = places(naming, rules, plain_labels([*resource, *attributes.items()]), bounds)
            _count(stream, index, point, attributes, where, parsed, bounds)
        except Unacceptable as error:
            parsed.refuse(index, error, {"metric": stream.name, "resource": stream.resource})


def _check(stream: Stream) -> None:
    if stream.shape not in MESSAGES:
        raise Unacceptable("not_a_counter", f"{stream.name[:100]} is a {stream.shape or 'metric without data'}")
    if stream.shape == "sum" and not stream.is_monotonic:
        raise Unacceptable("not_a_counter", f"{stream.name[:100]} may fall, so it counts nothing")
    if stream.temporality not in {DELTA, CUMULATIVE}:
        raise Unacceptable("no_temporality", "its aggregation temporality is neither delta nor cumulative")


def _count(
    stream: Stream,
    index: int,
    point: Any,
    attributes: dict[str, str],
    where: tuple[Place, ...],
    parsed: Parsed,
    bounds: Bounds,
) -> None:
    at = moment(point.time_unix_nano, bounds) - JUST_BEFORE
    start_ns, value = point.start_time_unix_nano or None, _value(point)
    if not where:
        parsed.dropped += 1
        return
    series = identity(
        sorted(stream.resource.items()), stream.scope, stream.name, stream.shape, sorted(attributes.items())
    )
    if stream.temporality == CUMULATIVE:
        counter = int.from_bytes(series[:8], signed=True)
        parsed.readings.append((index, counter, start_ns, point.time_unix_nano, value, where))
        return
    key = identity(series, start_ns, point.time_unix_nano)
    n = whole(value)
    parsed.signals.extend((index, signal(place, key=key, at=at, n=n, bounds=bounds)) for place in where)


def _value(point: Any) -> float:
    """The value of a sum, or how many a histogram counted. Raises Unacceptable."""
    if not isinstance(point, NumberDataPoint):
        return float(point.count)
    match point.WhichOneof("value"):
        case "as_int":
            value = float(point.as_int)
        case "as_double":
            value = point.as_double
        case _:
            raise Unacceptable("missing_field", "it has no value")
    if not math.isfinite(value) or value < 0:
        raise Unacceptable("bad_number", "a counter must be a number that is not negative")
    return value
