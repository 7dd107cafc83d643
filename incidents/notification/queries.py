"""Reads of alerts and rungs."""

from incidents.notification.models import Alert, EscalationLevel, LevelState
from incidents.response.models import Incident


def alerts_of(incident: Incident) -> list[Alert]:
    """Who was called about an incident, in order, with the delivery of each call."""
    alerts = Alert.objects.filter(incident=incident).select_related("recipient", "delivery").order_by("raised_at", "pk")
    return list(alerts.defer("delivery__body"))


def next_level(incident: Incident) -> EscalationLevel | None:
    """The rung that is climbed next, if nobody acknowledges before."""
    levels = EscalationLevel.objects.filter(incident=incident, state=LevelState.WAITING)
    return levels.select_related("person").order_by("number").first()
