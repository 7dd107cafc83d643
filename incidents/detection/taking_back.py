"""Taking a decision on a breach back, right after it was made: the question is open again. Mixed into Breach."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from django.db import transaction
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.audit.models import record
from incidents.detection.announcing import tell
from incidents.detection.deciding import Deciding, Decision
from incidents.response.kinds import Kind, Occasion
from incidents.response.models import Incident
from incidents.response.refusals import NotPermitted, WrongState
from incidents.response.timeline import append

if TYPE_CHECKING:
    from incidents.detection.breaches import Breach

TIMES = ("decision_due_at", "hold_until", "decided_at")


class TakingBack(Deciding):
    """The one way back. The record keeps both: the decision, and that it was taken back."""

    class Meta:
        abstract = True

    @property
    def standing(self) -> dict[str, Any]:
        """What `take_back` needs to put it back."""
        breach = cast("Breach", self)
        times = {name: at.isoformat() if (at := getattr(breach, name)) else None for name in TIMES}
        words = {"decision": str(breach.decision), "verdict": str(breach.verdict), "reason": breach.reason}
        return times | words | {"decided_by": breach.decided_by_id}

    @transaction.atomic
    def take_back(self, before: Mapping[str, Any], *, by: User, now: datetime) -> None:
        """Put it as it stood before the last decision, which must be this person's own."""
        breach = self._locked()
        if not breach.may_be_decided_by(by):
            raise NotPermitted(_("Your roles do not allow deciding on breaches. Ask the owner or a manager."))
        if breach.decision == Decision.NONE or breach.decided_by_id != by.pk:
            raise WrongState(_("Somebody decided on this breach since. Open it to see how it stands."))
        left, breach.incident = breach.incident, None
        for name in TIMES:
            setattr(breach, name, datetime.fromisoformat(before[name]) if before[name] else None)
        breach.decision, breach.verdict, breach.reason = before["decision"], before["verdict"], before["reason"]
        breach.decided_by_id = before["decided_by"]
        breach.save(update_fields=["incident", "decision", "verdict", "reason", "decided_by", *TIMES])
        breach.decisions.create(at=now, by=by, decision=Decision.NONE, reason=_("The decision was taken back."))
        record(act="breach.taken_back", at=now, by=by, object_label=str(breach), facts={"breach": breach.pk})
        _tell_incident(breach, left, by=by, now=now)
        if breach.decision == Decision.NONE:
            tell(Occasion.BREACH_OPENED, breach, now=now, again="taken_back")


def _tell_incident(breach: "Breach", left: Incident | None, *, by: User, now: datetime) -> None:
    if left is not None:
        locked = Incident.objects.select_for_update().get(pk=left.pk)
        append(locked, kind=Kind.BREACH_DETACHED, by=by, now=now, facts={"breach": breach.pk})
