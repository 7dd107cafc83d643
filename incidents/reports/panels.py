"""What the incident page shows of reports by colleagues."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.accounts.roles import Capability
from airp.web.folds import Fold
from incidents.reports.report import Report
from incidents.reports.states import Discretion
from incidents.response.models import Incident
from incidents.response.presence import may_have, rows_of

SHOWN = 10
# For the page of an incident: incidents/response/presence.py
HAS_REPORTS = rows_of("incidents_report")


def reports_panel(request: HttpRequest, incident: Incident, *, now: datetime) -> dict[str, Any] | None:
    """The reports of the incident, who reported them only where they let everybody know."""
    user = request.user
    if not isinstance(user, User) or not may_have(incident, "reports"):
        return None
    found = list(incident.reports.select_related("reporter").order_by("-received_at", "-pk")[:SHOWN])
    if not found:
        return None
    may_open = user.can(Capability.TRIAGE)
    rows = [_row(each, may_open=may_open) for each in found]
    fold = Fold(name="reports", title=_("Reports"), count=len(rows))
    return {"template": "incidents/human_report.html#panel", "context": {"rows": rows}, "fold": fold}


def _row(report: Report, *, may_open: bool) -> dict[str, Any]:
    is_named = report.discretion == Discretion.NAMED and report.reporter is not None
    return {
        "pk": report.pk,
        "reference": report.reference,
        "text": report.text[:300],
        "received_at": report.received_at,
        "reporter": report.reporter.name if is_named and report.reporter else "",
        "may_open": may_open,
    }
