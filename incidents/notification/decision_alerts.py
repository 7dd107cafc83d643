"""Telling whoever decided that a decision is to be looked at again. The timeline says it with facts:
`decision` (id), `number`, `person` (who decided); the question stands in the words of the entry."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from airp.accounts.models import User
from incidents.notification.audience import reachable
from incidents.notification.models import Alert, AlertState, Reason
from incidents.notification.urgency import priority_of
from incidents.response.models import Incident
from incidents.response.timeline import PendingReaction, stream_of


def tell_decider(pending: PendingReaction, *, now: datetime) -> None:
    """The date has come. One alert per fact and person; it asks for no answer."""
    entry = pending.entry
    if entry is None:
        raise ValueError(f"{pending.kind} has no timeline entry")
    incidents = Incident.objects.select_for_update(of=("self",)).select_related("system", "lead", "declared_by")
    incident = incidents.get(pk=entry.incident_id)
    if not incident.is_open:
        return
    facts = entry.facts
    named = _("%(reference)s, decision %(number)d") % {"reference": incident.reference, "number": facts["number"]}
    title = named if incident.is_restricted else f"{named}: {entry.words}"
    for person in reachable(incident, [User.objects.filter(pk=facts["person"]).first()]):
        Alert.objects.get_or_create(
            cause=f"{stream_of(incident.pk)}#{entry.seq}",
            recipient=person,
            defaults={
                "incident": incident,
                "subject_key": f"decision/{facts['decision']}",
                "reason": Reason.DECISION_DUE,
                "state": AlertState.TOLD,
                "title": title[:300],
                "url": reverse("incidents:decision", args=[facts["decision"]]),
                "severity": incident.severity_slug,
                "priority": priority_of(incident),
                "raised_at": now,
                "mail_due_at": now,
            },
        )
