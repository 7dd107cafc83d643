"""A cause that came back: an incident that a threshold declares is linked to the one that it follows."""

from datetime import datetime

from django.utils.translation import gettext as _

from incidents.linking.link import Link
from incidents.linking.linking import link
from incidents.response.models import Incident
from incidents.response.relations import Relation
from incidents.response.timeline import PendingReaction


def link_recurrence(pending: PendingReaction, *, now: datetime) -> None:
    """Declared: the last incident of the same dedup key, or the one that took it over, came back as this one."""
    if pending.entry is None:
        raise ValueError(f"{pending.kind} has no timeline entry")
    fresh = Incident.objects.get(pk=pending.entry.incident_id)
    earlier = earlier_of(fresh)
    if earlier is None or Link.objects.filter(source=fresh, target=earlier, relation=Relation.RECURRENCE).exists():
        return
    reason = _("The same threshold, or one with the same cause, is over its limit again after the earlier one ended.")
    link(Relation.RECURRENCE, fresh, earlier, by=None, now=now, reason=reason)


def earlier_of(fresh: Incident) -> Incident | None:
    if not fresh.dedup_key:
        return None
    same = Incident.objects.filter(dedup_key=fresh.dedup_key, pk__lt=fresh.pk).select_related("merged_into")
    last = same.order_by("-pk").first()
    return last.merged_into or last if last is not None else None
