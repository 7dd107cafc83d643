"""Looking at a complaint later, and taking a decision back right after it was made. Mixed into Complaint."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from airp.accounts.models import User
from incidents.complaints.handling import Handling
from incidents.complaints.states import State, Verb
from incidents.detection.breaches import Breach
from incidents.response.kinds import Kind
from incidents.response.locking import lock_incidents
from incidents.response.models import Incident
from incidents.response.refusals import ImpossibleTime

if TYPE_CHECKING:
    from incidents.complaints.complaint import ComplaintEntry

LONGEST_SNOOZE = timedelta(days=7)


class PuttingOff(Handling):
    """Snooze, take back."""

    class Meta:
        abstract = True

    @property
    def standing(self) -> dict[str, Any]:
        """What `take_back` needs to put it back."""
        complaint = self._complaint
        until = complaint.snoozed_until
        return self._place() | {
            "state": str(complaint.state),
            "close_reason": str(complaint.close_reason),
            "snoozed_until": until.isoformat() if until else None,
        }

    @transaction.atomic
    def snooze(self, *, until: datetime, by: User, now: datetime) -> "ComplaintEntry":
        """Look at it later, within a week. Raises ImpossibleTime for another moment."""
        complaint, _move = self._begin(Verb.SNOOZE, by=by)
        if not now < until <= now + LONGEST_SNOOZE:
            raise ImpossibleTime(_("Choose a time from now on and at most a week ahead."))
        complaint.snoozed_until = until
        facts = {"until": until.isoformat()}
        return self._done(Verb.SNOOZE, None, "snoozed_until", by=by, now=now, facts=facts)

    @transaction.atomic
    def take_back(self, before: Mapping[str, Any], *, by: User, now: datetime) -> "ComplaintEntry":
        """Put it as it stood before a decision, which `standing` told."""
        complaint, _move = self._begin(Verb.TAKE_BACK, by=by)
        incident = Incident.objects.filter(pk=before["incident"]).first() if before["incident"] else None
        if complaint.incident_id != before["incident"]:
            lock_incidents([complaint.incident_id, before["incident"]])
            self._tell_incident(complaint.incident, Kind.COMPLAINT_DETACHED, by=by, now=now)
            self._tell_incident(incident, Kind.COMPLAINT_ATTACHED, by=by, now=now)
        complaint.incident = incident
        complaint.breach = Breach.objects.filter(pk=before["breach"]).first() if before["breach"] else None
        complaint.close_reason = before["close_reason"]
        until = before["snoozed_until"]
        complaint.snoozed_until = datetime.fromisoformat(until) if until else None
        fields = ("incident", "breach", "close_reason", "snoozed_until")
        return self._done(Verb.TAKE_BACK, State(before["state"]), *fields, by=by, now=now)
