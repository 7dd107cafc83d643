"""What the incident page shows of detection: the breaches that led to it."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest

from incidents.detection.queries import breach_row, breaches_of
from incidents.response.models import Incident


def breaches_panel(request: HttpRequest, incident: Incident, *, now: datetime) -> dict[str, Any] | None:
    """The breaches of the incident, newest first; nothing for one that people declared. One query."""
    found = breaches_of(incident)
    if not found:
        return None
    rows = [breach_row(breach) | {"threshold": breach.threshold} for breach in found]
    return {"template": "incidents/breach.html#panel", "context": {"breaches": rows}}
