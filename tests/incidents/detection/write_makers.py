"""Makers of remote write bodies, byte for byte as Prometheus writes them."""

import struct
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import cramjam
from django.test import Client

ADDRESS = "/ingest/prometheus/v1/write"
STALE = struct.unpack("<d", bytes.fromhex("020000000000f07f"))[0]


def number(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def piece(field: int, raw: bytes) -> bytes:
    return bytes([field << 3 | 2]) + number(len(raw)) + raw


def sample(value: float, at: datetime | int) -> bytes:
    """Zeros are left out, as Go's marshaller does."""
    at_ms = at if isinstance(at, int) else round(at.timestamp() * 1_000)
    raw = b"\x09" + struct.pack("<d", value) if value or value != value else b""
    return raw + (b"\x10" + number(at_ms) if at_ms else b"")


def series(labels: Mapping[str, str], samples: Iterable[tuple[float, datetime | int]]) -> bytes:
    pairs = sorted(labels.items())
    raw = b"".join(piece(1, piece(1, name.encode()) + piece(2, value.encode())) for name, value in pairs)
    return piece(1, raw + b"".join(piece(2, sample(value, at)) for value, at in samples))


def named(metric: str, /, **labels: str) -> dict[str, str]:
    return {"__name__": metric, "job": "support-assistant", "instance": "10.0.0.1:9090"} | labels


def post(token: str, body: bytes, **headers: str) -> Any:
    """Post an unpacked body, packed as a snappy block."""
    packed = bytes(cramjam.snappy.compress_raw(body))
    return post_packed(token, packed, **headers)


def post_packed(token: str, packed: bytes, **headers: str) -> Any:
    sent = {"authorization": f"Bearer {token}", "content-encoding": "snappy", "content-type": "application/x-protobuf"}
    sent |= {"x-prometheus-remote-write-version": "0.1.0"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    return Client().post(ADDRESS, packed, content_type=sent["content-type"], headers=sent)


def written(answer: Any) -> str:
    return answer.headers["X-Prometheus-Remote-Write-Samples-Written"]
