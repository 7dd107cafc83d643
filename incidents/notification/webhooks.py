"""What other systems hear: thin events with references and facts, never titles, samples or people."""

from datetime import datetime
from typing import Any

from django.conf import settings

from airp.outbound.planning import plan_webhooks
from incidents.notification.wording import incident_url
from incidents.response.kinds import Kind
from incidents.response.models import Incident
from incidents.response.timeline import PendingReaction, TimelineEntry, stream_of
from incidents.response.visibility import Visibility

# Other systems know states, not how they came about.
TYPES = {Kind.MERGED.value: "incident.dismissed", Kind.UNMERGED.value: "incident.reopened"}
BREACH_FACTS = ("breach", "origin", "system", "severity", "policy", "decision", "due_at")


def tell_endpoints(pending: PendingReaction, *, now: datetime) -> None:
    """One event per endpoint that chose the type and is cleared for the incident's visibility. None of a drill."""
    entry = pending.entry
    if entry is None:
        raise ValueError(f"{pending.kind} has no timeline entry")
    incident = Incident.objects.select_related("system").get(pk=entry.incident_id)
    if incident.is_drill:
        return
    plan_webhooks(
        cause=f"{stream_of(incident.pk)}#{entry.seq}",
        type=TYPES.get(entry.kind, f"incident.{entry.kind}"),
        data=_data(incident, entry),
        occurred_at=entry.happened_at,
        subject_key=stream_of(incident.pk),
        entry_seq=entry.seq,
        visibility=incident.visibility,
        now=now,
    )


def tell_endpoints_of_breach(pending: PendingReaction, *, now: datetime) -> None:
    """The same for a breach, which belongs to no incident yet."""
    facts = pending.facts
    data = {name: facts[name] for name in BREACH_FACTS if name in facts}
    if facts.get("url"):
        data["url"] = f"{settings.BASE_URL}{facts['url']}"
    plan_webhooks(
        cause=f"breach/{facts['breach']}/{pending.kind}/{pending.noted_at.isoformat()}",
        type=pending.kind.replace("_", ".", 1),
        data=data,
        occurred_at=pending.noted_at,
        subject_key=f"breach/{facts['breach']}",
        visibility=Visibility.NORMAL,
        now=now,
    )


def _data(incident: Incident, entry: TimelineEntry) -> dict[str, Any]:
    return {
        "reference": incident.reference,
        "url": incident_url(incident),
        "system": incident.system.slug,
        "severity": entry.facts.get("to") if entry.kind.startswith("severity_") else incident.severity_slug,
        "state": entry.state_after,
        "actor_roles": sorted(entry.actor.roles) if entry.actor else ["machine"],
        "entry": entry.seq,
        "changed": {name: value for name, value in entry.facts.items() if isinstance(value, str)},
    }
