"""Bodies and rows for the bench of ingesting: a fleet of AI gateways as one Prometheus would write it."""

import struct
from collections.abc import Iterator
from datetime import datetime, timedelta

import cramjam
from django.utils import timezone

from incidents.detection.counting import Delta
from incidents.detection.sources import SignalSource
from incidents.systems.models import AISystem
from tests.incidents.detection.write_makers import number, piece

KEPT = "gen_ai_client_operation_duration_seconds_count"
DROPPED = "gen_ai_client_operation_duration_seconds_bucket"


def source() -> tuple[SignalSource, str]:
    """A source with its token."""
    system = AISystem.objects.create(slug="support-assistant", name="Support Assistant", purpose="Bench.")
    made = SignalSource.objects.create(name="Bench", system=system)
    return made, made.issue_token(by=None, now=timezone.now())


def fleet(*, series: int, kept_percent: int) -> list[bytes]:
    """The labels of each series, as they stand in a body: ten labels, about 300 bytes."""
    return [_labels(each, KEPT if each % 100 < kept_percent else DROPPED, kept_percent) for each in range(series)]


def _labels(each: int, metric: str, kept_percent: int) -> bytes:
    labels = {
        **{"__name__": metric, "gen_ai_operation_name": "chat", "gen_ai_provider_name": "openai", "job": "gateway"},
        **{"gen_ai_response_model": f"m-{each % 5}", "instance": f"10.0.{each // 250}.{each % 250}:9464"},
        **{
            "le": "0.64",
            "namespace": f"assistants-{kept_percent}",
            "pod": f"gateway-{each}",
            "server_address": "api.example.com",
        },
    }
    return b"".join(
        piece(1, piece(1, name.encode()) + piece(2, text.encode())) for name, text in sorted(labels.items())
    )


def bodies(labels: list[bytes], *, scrape: int, at: datetime, batch: int) -> Iterator[bytes]:
    """One scrape of all series, in requests of `batch` samples, packed as they are sent."""
    time = b"\x10" + number(int(at.timestamp() * 1_000))
    tail = b"\x12\x10\x09" + struct.pack("<d", 1_000.0 + scrape) + time
    for first in range(0, len(labels), batch):
        yield bytes(
            cramjam.snappy.compress_raw(b"".join(piece(1, each + tail) for each in labels[first : first + batch]))
        )


def deltas(*, series: int, minutes: int, now: datetime, first: int) -> dict[tuple[int, datetime], Delta]:
    """One delta for each series and minute."""
    start = now.replace(second=0, microsecond=0)
    return {
        (first + each, start - timedelta(minutes=back)): Delta(n=10, bad=1, n_raw=10)
        for each in range(series)
        for back in range(minutes)
    }
