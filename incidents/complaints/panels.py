"""What other pages show of complaints: that of an incident, that of a breach, and the number in the navigation."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.accounts.roles import Capability
from airp.web.folds import Fold
from incidents.complaints.complaint import Complaint
from incidents.complaints.filters import Filters
from incidents.complaints.queries import WAITING_TALLY, drawn, listed, people_of, with_people
from incidents.detection.breaches import Breach
from incidents.detection.parsers.signals import SignalKind
from incidents.response.models import Incident
from incidents.response.presence import OF_THE_ROW, may_have, rows_of

SHOWN = 10
# For the page of an incident: incidents/response/presence.py
HAS_COMPLAINTS = (
    f"({rows_of('incidents_complaint')} OR EXISTS (SELECT 1 FROM incidents_complaint AS its"  # noqa: S608 - ours
    f" JOIN incidents_breach AS found ON found.id = its.breach_id WHERE found.incident_id = {OF_THE_ROW}))"
)


def complaints_panel(request: HttpRequest, incident: Incident, *, now: datetime) -> dict[str, Any] | None:
    """How many people complained, and the newest of it; nothing before the first. The incident was fetched for them."""
    if not isinstance(request.user, User) or not may_have(incident, "complaints"):
        return None
    rows = listed(request.user).filter(pk__in=Complaint.objects.of_incident(incident).values("pk"))
    all_of_them = Complaint.objects.visible_to(request.user).of_incident(incident)
    newest = drawn(with_people(rows, all_of_them).order_by("-received_at", "-id")[:SHOWN])
    if not newest:
        return None
    figures = newest[0]["figures"]
    return {
        "template": "incidents/complaints.html#panel",
        "context": {"rows": newest, "figures": figures, "now": now},
        "fold": Fold(name="complaints", title=_("Complaints"), count=figures["complaints"]),
    }


def breach_complaints_panel(request: HttpRequest, breach: Breach, *, now: datetime) -> dict[str, Any] | None:
    """What was attached to the breach; for a threshold over complaints also the way to all of its category."""
    if not isinstance(request.user, User):
        return None
    counts_complaints = breach.version.kind == SignalKind.COMPLAINT
    attached = Complaint.objects.visible_to(request.user).filter(breach=breach)
    newest = drawn(listed(request.user).filter(breach=breach).order_by("-received_at", "-id")[:SHOWN])
    if not newest and not counts_complaints:
        return None
    filters = Filters(state="all", system=breach.threshold.system.slug, category=breach.version.category)
    all_url = filters.address() if counts_complaints else ""
    context = {"rows": newest, "figures": people_of(attached), "all_url": all_url}
    return {"template": "incidents/complaints.html#panel", "context": context}


def complaint_counts(request: HttpRequest) -> dict[str, Any]:
    """New complaints that nobody has looked at, for those who may."""
    person = request.user
    if not isinstance(person, User) or not person.can(Capability.READ_INCIDENTS):
        return {}
    return {"tallies": {"complaints": WAITING_TALLY}}
