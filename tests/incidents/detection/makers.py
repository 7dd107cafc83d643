"""Makers of sources, signals, thresholds and time for the tests of detection."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import Client

from incidents.classification.models import HarmKind, SeverityLevel
from incidents.classification.shipped import install
from incidents.detection.choices import Mode
from incidents.detection.sources import SignalSource
from incidents.detection.thresholds import Threshold
from incidents.detection.versions import ThresholdVersion
from incidents.systems.models import AISystem
from tests import factories

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SIGNALS = "/ingest/v1/signals"


def system(slug: str = "support-assistant") -> AISystem:
    return AISystem.objects.get_or_create(slug=slug, defaults={"name": slug.title(), "purpose": "Answers customers."})[
        0
    ]


def source(name: str = "Gateway", **fields: Any) -> SignalSource:
    return SignalSource.objects.create(name=name, **{"lateness_seconds": 0, **fields})


def item(number: int = 1, *, at: datetime, **fields: Any) -> dict[str, Any]:
    return {"id": f"s{number}", "ts": at.isoformat(), "system": "support-assistant", "kind": "violation", **fields}


def post(
    token: str, body: Any, *, client: Client | None = None, media: str = "application/json", **headers: str
) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"authorization": f"Bearer {token}"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return (client or Client()).post(SIGNALS, raw, content_type=media, headers=headers)


def severity(slug: str = "SEV2") -> SeverityLevel:
    if not SeverityLevel.objects.exists():
        install()
    return SeverityLevel.objects.get(slug=slug)


def threshold(name: str = "Refund promises", *, mode: Mode = Mode.ACTIVE, **fields: Any) -> Threshold:
    owner = factories.person("tess")
    return Threshold.objects.create(name=name, system=system(), owner=owner, mode=mode, **fields)


def version(of: Threshold, *, now: datetime, **fields: Any) -> ThresholdVersion:
    """A ratio of violations to traffic beyond 2 % of at least 50 in 5 minutes, unless said otherwise."""
    known: dict[str, Any] = {
        "kind": "violation",
        "denominator_kind": "traffic",
        "metric": "ratio",
        "limit": 20_000,
        "min_samples": 50,
        "confidence": "none",
        "window_seconds": 300,
        "eval_delay_seconds": 0,
        "keep_firing_seconds": 0,
        "severity": severity(),
        "harm_kind": HarmKind.objects.get(slug="unauthorised_commitment"),
    }
    return of.add_version(ThresholdVersion(**{**known, **fields}), by=None, now=now, reason="Measured in February.")
