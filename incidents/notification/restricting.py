"""An incident was restricted: what waits to leave about it says no more than it may, and to nobody outside.

What was sent while everybody could see it is out. Its subject is no longer shown to others on the pages of deliveries.
"""

from datetime import datetime

from django.db.models import Q

from airp.outbound.models import Clearance, Delivery
from airp.outbound.withholding import restrict, withhold
from incidents.notification.audience import may_be_told
from incidents.notification.models import Alert, AlertCopy, AlertState
from incidents.response.models import Incident
from incidents.response.timeline import PendingReaction, stream_of


def keep_inside(pending: PendingReaction, *, now: datetime) -> None:
    """Alerts to outsiders end; mails that wait are planned again, each in the words for a restricted incident."""
    if pending.entry is None:
        raise ValueError(f"{pending.kind} has no timeline entry")
    incidents = Incident.objects.select_for_update(of=("self",)).select_related("system", "lead", "declared_by")
    incident = incidents.get(pk=pending.entry.incident_id)
    if not incident.is_restricted:
        return
    about = Delivery.objects.filter(_is_about(incident))
    withheld = withhold(about.exclude(endpoint__clearance=Clearance.RESTRICTED))
    restrict(about)
    AlertCopy.objects.filter(delivery__in=withheld).delete()
    Alert.objects.filter(delivery__in=withheld).update(delivery=None, mail_due_at=now)
    end_for_outsiders(incident, now=now)


def end_for_outsiders(incident: Incident, *, now: datetime) -> None:
    """Nobody who may not see a restricted incident is asked for anything about it, or mailed."""
    alive = Alert.objects.filter(Q(state=AlertState.OPEN) | Q(delivery=None, mail_due_at__isnull=False))
    for alert in alive.filter(incident=incident).select_related("recipient"):
        if not may_be_told(incident, alert.recipient):
            alert.state, alert.ended_at, alert.mail_due_at = AlertState.WITHDRAWN, now, None
            alert.save(update_fields=["state", "ended_at", "mail_due_at"])


def _is_about(incident: Incident) -> Q:
    """Its events, and whatever carries one of its alerts, alone or among others."""
    alerts = Alert.objects.filter(incident=incident)
    copies = AlertCopy.objects.filter(alert__incident=incident)
    carrying = [alerts.filter(delivery__isnull=False).values("delivery"), copies.values("delivery")]
    return Q(subject_key=stream_of(incident.pk)) | Q(pk__in=carrying[0]) | Q(pk__in=carrying[1])
