"""Reads of alerts and rungs."""

from incidents.notification.levels import EscalationLevel, LevelState
from incidents.notification.models import Alert
from incidents.response.models import Incident


def alerts_of(incident: Incident) -> list[Alert]:
    """Who was called about an incident, in order, with the delivery of each call."""
    alerts = Alert.objects.filter(incident=incident).select_related("recipient", "delivery").order_by("raised_at", "pk")
    return list(alerts.defer("delivery__body"))


def next_levels(incident: Incident) -> list[EscalationLevel]:
    """The levels that are called next, together, if nobody acknowledges before."""
    levels = EscalationLevel.objects.filter(incident=incident, state=LevelState.WAITING)
    rows = list(levels.select_related("person", "rota").order_by("number", "place"))
    return [level for level in rows if level.number == rows[0].number]
