"""The sweep over lanes: whose time has passed without anybody engaging them is noted once, and somebody is called.

Each lane is claimed by itself and looked at again under its lock, so any number of workers may sweep.
"""

from datetime import datetime

from django.db import transaction
from django.urls import reverse

from incidents.coordination.lane import IncidentLane
from incidents.response.kinds import Occasion
from incidents.response.models import Incident
from incidents.response.timeline import announce


def late_lanes(*, now: datetime, most: int) -> list[int]:
    """Ids of lanes that the sweep should look at, the longest late first."""
    late = IncidentLane.objects.late_and_untold().filter(due_at__lt=now).order_by("due_at", "id")
    return list(late.values_list("pk", flat=True)[:most])


@transaction.atomic
def note_lateness(lane_id: int, *, now: datetime) -> bool:
    """Note it on the timeline and call somebody. False when it is not late any more, or somebody was faster."""
    found = IncidentLane.objects.filter(pk=lane_id).values_list("incident", flat=True).first()
    if found is None:
        return False
    incident = Incident.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=found).first()
    if incident is None:
        return False
    claimed = IncidentLane.objects.select_for_update(of=("self",)).late_and_untold()
    lane = claimed.filter(pk=lane_id, due_at__lt=now).first()
    if lane is None or lane.due_at is None:
        return False
    lane.incident = incident
    lane.note_late(now=now)
    facts = {
        "lane": lane.pk,
        "name": lane.lane,
        "incident": incident.pk,
        "due_at": lane.due_at.isoformat(),
        "url": reverse("incidents:lane", args=[incident.reference, lane.lane]),
    }
    announce(Occasion.LANE_LATE, facts=facts, now=now)
    return True
