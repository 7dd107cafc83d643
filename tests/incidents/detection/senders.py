"""What other systems send about their alerts: bodies and posts for the tests."""

import json
from datetime import datetime
from typing import Any

from django.test import Client

JSON = "application/json"


def send(url: str, body: Any, *, token: str = "", media: str = JSON, **headers: str) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    proof = {"authorization": f"Bearer {token}"} if token else {}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Client().post(url, raw, content_type=media, headers=proof | named)


def own(key: str = "k1", *, status: str = "firing", **fields: Any) -> dict[str, Any]:
    return {"title": "Refund answers went wrong", "status": status, "deduplication_key": key, **fields}


def event(key: str, action: str = "trigger", *, routing_key: str, **payload: Any) -> dict[str, Any]:
    """A PagerDuty event; acknowledge and resolve come without a payload."""
    said = {"routing_key": routing_key, "event_action": action, "dedup_key": key}
    if action != "trigger":
        return said
    known = {"summary": "Refund answers went wrong", "source": "gateway-1", "severity": "critical"}
    return said | {"payload": known | payload}


def alert(
    fingerprint: str = "f1", *, since: datetime, status: str = "firing", until: datetime | None = None, **labels: str
) -> dict[str, Any]:
    """One alert as Alertmanager writes it."""
    return {
        "status": status,
        "labels": {"alertname": "RefundErrors", "severity": "critical", **labels},
        "annotations": {"summary": "Refund answers went wrong", "description": "3 of 40 answers."},
        "startsAt": since.isoformat().replace("+00:00", "Z"),
        "endsAt": until.isoformat() if until else "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus.example.com/graph?g0.expr=up",
        "fingerprint": fingerprint,
    }


def group(*alerts: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """One notification of Alertmanager's webhook."""
    return {
        "version": "4",
        "groupKey": '{}:{alertname="RefundErrors"}',
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "airp",
        "groupLabels": {"alertname": "RefundErrors"},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager.example.com",
        "alerts": list(alerts),
        **fields,
    }
