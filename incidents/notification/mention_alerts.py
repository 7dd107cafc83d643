"""Telling people that somebody named them in a note or an update.

The facts of the entry name them by id (`incidents/response/mentions.py`). Nobody is told in their place: a mention of
somebody who may no longer see the incident is nobody's.
"""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from incidents.notification.models import Alert, AlertState, Reason
from incidents.notification.urgency import priority_of
from incidents.response.mentions import mentioned_in
from incidents.response.models import Incident
from incidents.response.readers import readers_of
from incidents.response.timeline import PendingReaction, stream_of


def tell_mentioned(pending: PendingReaction, *, now: datetime) -> None:
    """One alert per entry and person, bundled into their next mail. Whoever wrote it is not told."""
    entry = pending.entry
    if entry is None or not mentioned_in(entry.facts):
        return
    incident = Incident.objects.select_for_update(of=("self",)).select_related("severity").get(pk=entry.incident_id)
    title = _("%(reference)s, entry %(n)d") % {"reference": incident.reference, "n": entry.seq}
    url = f"{reverse('incidents:incident', args=[incident.reference])}?entry={entry.seq}#entry-{entry.seq}"
    for person in readers_of(incident).filter(pk__in=mentioned_in(entry.facts) - {entry.actor_id}):
        Alert.objects.get_or_create(
            cause=f"{stream_of(incident.pk)}#{entry.seq}/mention",
            recipient=person,
            defaults={
                "incident": incident,
                "subject_key": f"{stream_of(incident.pk)}/mention",
                "reason": Reason.MENTIONED,
                "state": AlertState.TOLD,
                "title": (title if incident.is_restricted else f"{title}: {incident.title}")[:300],
                "url": url,
                "severity": incident.severity_slug,
                "priority": priority_of(incident),
                "raised_at": now,
                "mail_due_at": now,
            },
        )
