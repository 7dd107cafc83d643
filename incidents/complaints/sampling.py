"""Complaints of an incident as samples of the harm: their words can be taken over into the vault."""

from datetime import datetime

from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.accounts.roles import Capability
from airp.audit.models import record
from incidents.complaints.complaint import Complaint
from incidents.complaints.queries import excerpt
from incidents.impact.keeping import Draft
from incidents.impact.providers import Offer, Provider, origin
from incidents.impact.samples import Found
from incidents.response.models import Incident
from incidents.response.refusals import NotPermitted

NAME = "complaint"
SHOWN = 20


def offers(incident: Incident, *, by: User) -> list[Offer]:
    """Those of the incident that have words, for people who may read originals of complaints."""
    if not by.can(Capability.REVEAL_COMPLAINTS):
        return []
    found = Complaint.objects.visible_to(by).of_incident(incident).exclude(text="").order_by("-received_at", "-pk")
    rows = found.values_list("reference", "text", "received_at")[:SHOWN]
    return [Offer(reference, reference, excerpt(text), at) for reference, text, at in rows]


def take(incident: Incident, key: str, *, by: User, now: datetime) -> Draft:
    """The complainant's words without the contact; recorded beside the complaint. Raises NotPermitted."""
    visible = Complaint.objects.visible_to(by).of_incident(incident).select_related("original")
    complaint = visible.filter(reference=key).exclude(text="").first() if by.can(Capability.REVEAL_COMPLAINTS) else None
    if complaint is None:
        raise NotPermitted(_("Choose a complaint of this incident whose original you may read."))
    record(act="complaint.sampled", at=now, by=by, object_label=key, facts={"incident": incident.pk})
    return Draft(
        output=complaint.original.text,
        source=key,
        language=complaint.language,
        happened_at=complaint.happened_at,
        found=Found.COMPLAINT,
        taken_from=origin(NAME, key),
    )


COMPLAINTS = Provider(offers=offers, take=take)
