"""Who may decide about playbooks and mandatory tasks of an incident, beyond what a capability says."""

from airp.accounts.models import User
from airp.accounts.roles import Capability, Role
from incidents.response.models import Incident


def may_choose_playbooks(person: User, incident: Incident) -> bool:
    """Those who triage, and whoever leads the incident."""
    return person.can(Capability.TRIAGE) or incident.lead_id == person.pk


def may_waive(person: User, incident: Incident) -> bool:
    """Who decides that something mandatory will not be done: the lead, or a manager."""
    return incident.lead_id == person.pk or person.has_role(Role.MANAGER)
