"""What the incident page shows of detection: the breaches that led to it."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from airp.web.folds import Fold
from incidents.detection.queries import breach_row, breaches_of
from incidents.response.models import Incident
from incidents.response.presence import may_have, rows_of

# For the page of an incident: incidents/response/presence.py
HAS_BREACHES = rows_of("incidents_breach")


def breaches_panel(request: HttpRequest, incident: Incident, *, now: datetime) -> dict[str, Any] | None:
    """The breaches of the incident, newest first; nothing for one that people declared. One query, none without."""
    found = breaches_of(incident) if may_have(incident, "breaches") else []
    if not found:
        return None
    rows = [breach_row(breach) | {"threshold": breach.threshold} for breach in found]
    over = sum(breach.cleared_at is None for breach in found)
    mark = ngettext("%(n)d over its limit", "%(n)d over their limit", over) % {"n": over} if over else ""
    fold = Fold(name="breaches", title=_("Measured"), count=len(found), mark=mark, tone="high")
    return {"template": "incidents/breach.html#panel", "context": {"breaches": rows}, "fold": fold}
