"""The lock under which everything about an incident is changed."""

from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.accounts.roles import Capability
from incidents.response.models import Incident
from incidents.response.refusals import NotPermitted


def lock(incident: Incident, *, by: User, capability: Capability) -> Incident:
    """The incident, locked until the transaction ends, if it exists for `by`. Raises NotPermitted."""
    visible = Incident.objects.visible_to(by).select_for_update(of=("self",))
    locked: Incident | None = visible.filter(pk=incident.pk).first() if by.can(capability) else None
    if locked is None:
        raise NotPermitted(_("Your roles do not allow this. Ask the lead or a manager."))
    return locked
