"""Alertmanager's webhook, version 4: each alert of a group becomes a report, or the reason why not. Pure.

An alert is known by its fingerprint, and one firing of it from the next by its start; repeats are normal.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from incidents.detection.parsers.reports import (
    MAX_DESCRIPTION,
    MAX_SEVERITY,
    MAX_TITLE,
    Act,
    Report,
    cut,
    facts_of,
    moment_of,
    one_line,
    payload_hash,
    web_address,
)
from incidents.detection.parsers.signals import Unacceptable
from incidents.detection.parsers.strict_json import NotJson, flaw_in, read_single

LONGEST_TEXT = 1 << 20
MAX_ALERTS = 1_000
KNOWN = frozenset(
    ("version", "groupKey", "truncatedAlerts", "status", "receiver", "groupLabels", "commonLabels")
    + ("commonAnnotations", "externalURL", "routeLabels", "notification_reason", "alerts")
)


@dataclass(slots=True)
class Group:
    """One notification: what each alert says by its place, what was refused, and how many Alertmanager left out."""

    reports: list[tuple[int, Report]] = field(default_factory=list)
    refused: list[tuple[int, Unacceptable]] = field(default_factory=list)
    truncated: int = 0
    unknown_fields: int = 0


def read_group(raw: bytes) -> Group:
    """Raises NotJson when the body is not this format at all."""
    body = read_single(raw)
    alerts = body.get("alerts")
    if body.get("version") != "4" or not isinstance(alerts, list):
        raise NotJson('This is not the webhook of Alertmanager: "version" must be "4" and "alerts" a list.')
    if len(alerts) > MAX_ALERTS:
        raise NotJson(f"A notification may hold {MAX_ALERTS} alerts: set max_alerts in webhook_configs.")
    left_out = body.get("truncatedAlerts")
    group = Group(truncated=left_out if isinstance(left_out, int) else 0, unknown_fields=len(body.keys() - KNOWN))
    for index, alert in enumerate(alerts):
        try:
            group.reports.append((index, _report(alert)))
        except Unacceptable as error:
            group.refused.append((index, error))
    return group


def _report(alert: Any) -> Report:
    if (flaw := flaw_in(alert, longest=LONGEST_TEXT)) is not None:
        raise Unacceptable(flaw.code, flaw.detail)
    if not isinstance(alert, dict):
        raise Unacceptable("not_an_object", "each alert must be a JSON object")
    if alert.get("status") not in (Act.FIRING, Act.RESOLVED):
        raise Unacceptable("unknown_status", "the status of an alert must be firing or resolved")
    labels, annotations = _texts(alert, "labels"), _texts(alert, "annotations")
    started_at = moment_of(alert.get("startsAt"))
    return Report(
        act=Act(alert["status"]),
        key=_fingerprint(alert, labels),
        payload_hash=payload_hash(alert),
        title=_title(labels, annotations),
        description=cut(annotations.get("description") or annotations.get("message", ""), MAX_DESCRIPTION),
        severity=cut(labels.get("severity", ""), MAX_SEVERITY),
        names=tuple(labels.items()),
        source_url=web_address(alert.get("generatorURL")),
        facts=facts_of(labels),
        started_at=started_at,
        ended_at=moment_of(alert.get("endsAt")),
        episode=started_at,
    )


def _texts(alert: Mapping[str, Any], field_name: str) -> dict[str, str]:
    given = alert.get(field_name) or {}
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise Unacceptable("bad_text", f"{field_name} must be an object of texts")
    return given


def _fingerprint(alert: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    given = alert.get("fingerprint")
    if isinstance(given, str) and 0 < len(given) <= 64:
        return given
    return hashlib.sha256(json.dumps(labels, sort_keys=True).encode()).hexdigest()[:16]


def _title(labels: Mapping[str, str], annotations: Mapping[str, str]) -> str:
    candidates = (annotations.get("summary"), annotations.get("title"), labels.get("alertname"))
    title = next((one_line(text) for text in candidates if text and one_line(text)), "Alert without a name")
    return cut(title, MAX_TITLE)
