"""Who may speak for a lane, beyond what a capability says."""

from airp.accounts.models import User
from airp.accounts.roles import Capability, Role
from incidents.coordination.lane_states import LaneMove, Who
from incidents.response.lanes import Lane
from incidents.response.models import Incident

ROLES: dict[str, Role] = {
    Lane.TECHNICAL: Role.RESPONDER,
    Lane.LEGAL: Role.LEGAL,
    Lane.POLICY: Role.POLICY,
    Lane.EDITORIAL: Role.EDITORIAL,
    Lane.COMMUNICATIONS: Role.COMMUNICATIONS,
}


def is_of_the_lane(person: User, incident: Incident, *, lane: str, lead_id: int | None) -> bool:
    """The lane's role, the lane's lead, or whoever leads the incident."""
    return person.has_role(ROLES[lane]) or person.pk in {lead_id, incident.lead_id}


def is_responsible(person: User, incident: Incident) -> bool:
    """Who decides that something needed is not needed: whoever leads the incident, or a manager."""
    return incident.lead_id == person.pk or person.has_role(Role.MANAGER)


def may_take(move: LaneMove, person: User, incident: Incident, *, lane: str, lead_id: int | None) -> bool:
    """Whether the person may take this move of a lane, whatever its state."""
    if not person.can(Capability.ANNOTATE):
        return False
    if move.who is Who.RESPONSIBLE:
        return is_responsible(person, incident)
    return is_of_the_lane(person, incident, lane=lane, lead_id=lead_id)
