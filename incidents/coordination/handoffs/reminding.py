"""The sweep over handoffs: whoever was asked is reminded once, and silence at the deadline is noted for all to see."""

from datetime import datetime

from django.db import transaction

from incidents.coordination.handoffs.handoff import Handoff
from incidents.response.kinds import Occasion
from incidents.response.timeline import announce


def due_handoffs(*, now: datetime, most: int) -> list[int]:
    """Ids of handoffs that the sweep should look at."""
    due = Handoff.objects.offered().filter(remind_at__lte=now).order_by("remind_at", "id")
    return list(due.values_list("pk", flat=True)[:most])


@transaction.atomic
def remind_of_handoff(handoff_id: int, *, now: datetime) -> bool:
    """Queue the reminder, and at the deadline note the silence. False when it is not so any more."""
    handoff = Handoff.objects.filter(pk=handoff_id).first()
    if handoff is None:
        return False
    handoff.lock()
    if not handoff.is_offered or handoff.remind_at is None or handoff.remind_at > now:
        return False
    if now >= handoff.due_at:
        handoff.pass_deadline(now=now)
        return True
    handoff.remind_at = handoff.due_at
    handoff.save(update_fields=["remind_at"])
    announce(Occasion.HANDOFF_DUE, facts=handoff.news(), now=now)
    return True
