"""What the incident page shows of this package."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from airp.outbound.models import DeliveryState
from airp.web.folds import Fold
from incidents.notification.levels import LevelState
from incidents.notification.models import Alert
from incidents.notification.queries import alerts_of, next_levels
from incidents.notification.work import call_work, is_mine
from incidents.response.models import Incident
from incidents.response.presence import may_have, rows_of

# For the page of an incident: incidents/response/presence.py
HAS_ALERTS = rows_of("incidents_alert")
HAS_CALLS = rows_of("incidents_escalationlevel", which=f"its.state = '{LevelState.WAITING.value}'")
TEMPLATE = "incidents/alerts.html#panel"
TONES = {
    DeliveryState.SENT: "good",
    DeliveryState.DEAD: "critical",
    DeliveryState.UNKNOWN: "high",
}


def alerts_panel(request: HttpRequest, incident: Incident, *, now: datetime) -> dict[str, Any]:
    """Who was told, when, by what and whether it arrived; and who is called next. Two queries."""
    levels = next_levels(incident) if may_have(incident, "calls") else []
    found = alerts_of(incident) if may_have(incident, "alerts") else []
    alerts = [row(alert) for alert in found]
    mine = [alert for alert in found if is_mine(alert, getattr(request, "user", None))]
    context = {
        "alerts": alerts,
        "next_levels": levels,
        "next_call_at": levels[0].due_at if levels else None,
        "is_overdue": bool(levels) and levels[0].due_at < now,
    }
    return {
        "template": TEMPLATE,
        "context": context,
        "fold": _fold(alerts, is_overdue=bool(context["is_overdue"])),
        "owed": [call_work(alert, incident) for alert in mine[-1:]],
    }


def _fold(alerts: list[dict[str, Any]], *, is_overdue: bool) -> Fold:
    """A call that did not go out in time, or did not arrive, stands open."""
    lost = sum(alert["tone"] == "critical" for alert in alerts)
    mark, tone = "", "info"
    if is_overdue:
        mark, tone = _("call overdue"), "high"
    elif lost:
        mark, tone = ngettext("%(n)d did not arrive", "%(n)d did not arrive", lost) % {"n": lost}, "critical"
    starts = "open" if mark else "shut"
    return Fold(name="alerts", title=_("Told"), count=len(alerts) or None, mark=mark, tone=tone, starts=starts)


def row(alert: Alert) -> dict[str, Any]:
    """One call as the panel shows it."""
    delivery = alert.delivery
    return {
        "id": alert.pk,
        "who": alert.recipient,
        "why": alert.get_reason_display(),
        "at": alert.raised_at,
        "answer": alert.get_state_display(),
        "channel": delivery.get_channel_display() if delivery else "",
        "fate": delivery.get_state_display() if delivery else _waits(alert),
        "tone": TONES.get(DeliveryState(delivery.state), "info")
        if delivery
        else ("info" if alert.mail_due_at else "high"),
    }


def _waits(alert: Alert) -> str:
    """An alert without a delivery waits to be mailed together with others, or was never to be mailed."""
    return _("Waiting to be mailed") if alert.mail_due_at else ""
