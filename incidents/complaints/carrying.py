"""The complaints of a duplicate: carried to the incident that it is merged into, and brought back."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from airp.accounts.models import User
from incidents.complaints.complaint import Complaint
from incidents.complaints.states import State
from incidents.response.locking import claim
from incidents.response.mergers import Carried, Merger
from incidents.response.models import Incident


def carry(duplicate: Incident, survivor: Incident, *, by: User, now: datetime) -> Carried:
    """Those that somebody still owes an answer; the others stay with the record of the duplicate."""
    waiting = claim(Complaint.objects.filter(incident=duplicate, state=State.ATTACHED))
    for complaint in waiting:
        complaint.carry_to(survivor, by=by, now=now)
    return [{"complaint": complaint.pk} for complaint in waiting]


def bring_back(carried: Carried, *, duplicate: Incident, survivor: Incident, by: User, now: datetime) -> None:
    """Those that are still there, however they stand now."""
    moved = [each["complaint"] for each in carried]
    for complaint in claim(Complaint.objects.filter(pk__in=moved, incident=survivor)):
        complaint.carry_to(duplicate, by=by, now=now)


COMPLAINTS = Merger("complaints", _("complaints"), carry, bring_back)
