"""Reads of alerts of other systems for the pages of a breach and of a source."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from airp.accounts.models import User
from incidents.detection.breaches import Breach
from incidents.detection.foreign_alerts import AlertSeverity, ForeignAlert, SeverityOrigin
from incidents.detection.sources import SignalSource

SAID, LATELY = 5, 20
TONES = {
    AlertSeverity.CRITICAL: "critical",
    AlertSeverity.ERROR: "high",
    AlertSeverity.WARNING: "moderate",
    AlertSeverity.INFO: "low",
}


def said_about(breach: Breach) -> list[dict[str, Any]]:
    """What senders said about the alert that a breach stands for, the newest firing first. One query."""
    found = breach.alerts.select_related("source").order_by("-first_seen_at", "-pk")[:SAID]
    return [_row(alert) for alert in found]


def heard_lately(source: SignalSource, user: User) -> list[dict[str, Any]]:
    """The alerts that a source told about last, as far as the person may see them. One query."""
    found = ForeignAlert.objects.visible_to(user).filter(source=source).select_related("system", "breach__incident")
    return [_row(alert) for alert in found.order_by("-last_seen_at", "-pk")[:LATELY]]


def _row(alert: ForeignAlert) -> dict[str, Any]:
    severity = AlertSeverity(alert.severity)
    return {
        "alert": alert,
        "severity": severity.label,
        "tone": TONES[severity],
        "sent": _sent(alert),
        "state": _state(alert),
        "state_tone": "good" if alert.resolved_at else "critical",
        "url": reverse("incidents:breach", args=[alert.breach_id]) if alert.breach_id else "",
    }


def _sent(alert: ForeignAlert) -> str:
    """How the sender's word became ours; empty where it is the same one."""
    word = alert.severity_sent
    match SeverityOrigin(alert.severity_origin):
        case SeverityOrigin.SENT:
            return ""
        case SeverityOrigin.MAPPED:
            return _("sent as “%(word)s”, read by the map of the source") % {"word": word}
        case SeverityOrigin.ASSUMED if word:
            return _("sent as “%(word)s”, which is not known here, so taken as a warning") % {"word": word}
        case _:
            return _("sent without a severity, so taken as a warning")


def _state(alert: ForeignAlert) -> str:
    if alert.resolved_at is not None:
        return _("Resolved by the sender")
    return _("Open, acknowledged over there") if alert.acknowledged_at else _("Open")
