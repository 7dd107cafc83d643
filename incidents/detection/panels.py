"""What the incident page shows of detection: the breaches that led to it."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from airp.web.folds import Fold
from incidents.detection.queries import breach_row, breaches_of
from incidents.response.models import Incident


def breaches_panel(request: HttpRequest, incident: Incident, *, now: datetime) -> dict[str, Any] | None:
    """The breaches of the incident, newest first; nothing for one that people declared. One query."""
    found = breaches_of(incident)
    if not found:
        return None
    rows = [breach_row(breach) | {"threshold": breach.threshold} for breach in found]
    over = sum(breach.cleared_at is None for breach in found)
    mark = ngettext("%(n)d over its limit", "%(n)d over their limit", over) % {"n": over} if over else ""
    fold = Fold(name="breaches", title=_("Measured"), count=len(found), mark=mark, tone="high")
    return {"template": "incidents/breach.html#panel", "context": {"breaches": rows}, "fold": fold}
