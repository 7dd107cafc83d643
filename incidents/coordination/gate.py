"""What lanes hold back: an incident closes when every lane that it needs is settled or not needed."""

from django.urls import reverse
from django.utils.translation import gettext as _

from airp.accounts.models import User
from incidents.coordination.lane import IncidentLane
from incidents.coordination.lane_panel import lanes_for_the_page
from incidents.coordination.lane_states import LaneState
from incidents.response.gates import Obstacle
from incidents.response.lanes import Lane
from incidents.response.models import Incident

PLACES = {lane.value: place for place, lane in enumerate(Lane)}


def lanes_are_settled(incident: Incident, *, by: User) -> list[Obstacle]:
    """Each lane that is left, with who has it. One query."""
    left = [lane for lane in lanes_for_the_page(incident).values() if lane.is_unsettled]
    return [_obstacle(incident, lane) for lane in sorted(left, key=lambda lane: PLACES[lane.lane])]


def _obstacle(incident: Incident, lane: IncidentLane) -> Obstacle:
    words = {
        LaneState.NOT_ENGAGED: _("The lane %(lane)s is needed and nobody is engaged."),
        LaneState.ENGAGED: _("The lane %(lane)s is not settled yet; %(lead)s leads it."),
        LaneState.WAITING: _("The lane %(lane)s still waits for something; %(lead)s leads it."),
    }
    sentence = words[LaneState(lane.state)] % {
        "lane": lane.name.lower(),
        "lead": lane.lead.name if lane.lead else "",
    }
    url = reverse("incidents:lane", args=[incident.reference, lane.lane])
    return Obstacle(sentence, url=url, action=_("Open the lane"))
