"""The permission registry: what each address demands. Filled in `airp/permissions.py`, read here by name.

Two questions are asked of a request. May this *person* use the address at all: the capability, checked for
every request by `AccessMiddleware`; a miss is 403. Does this *object* exist for the person: the object rule,
applied where the view fetches the object (`Incident.objects.visible_to(user)`); a miss is 404, the same answer
as for an unknown id. The generated matrix test walks every address, role, object and verb against this table.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings
from django.utils.module_loading import import_string

from airp.accounts.roles import Capability


class ObjectRule(StrEnum):
    """How the object in an address is fetched, if it names one."""

    NONE = "none"  # the address names no object
    VISIBLE_INCIDENT = "visible_incident"  # through Incident.objects.visible_to(user)
    VISIBLE_REVIEW = "visible_review"  # through the incident of the review
    VISIBLE_BREACH = "visible_breach"  # a breach of a restricted incident hides with it
    VISIBLE_COMPLAINT = "visible_complaint"  # a complaint of a restricted incident hides with it
    VISIBLE_REPORT = "visible_report"  # a report of a restricted incident hides with it
    OPEN = "open"  # every person with the capability sees every such object
    OWN = "own"  # only what belongs to the person


@dataclass(frozen=True, slots=True)
class Access:
    """What an address demands: a capability for reading, one for changing, and the object rule."""

    read: Capability | None
    change: Capability | None = None
    object_rule: ObjectRule = ObjectRule.NONE

    def demanded(self, method: str) -> Capability | None:
        """The capability for an HTTP method; None means the method is not offered here."""
        return self.read if method in {"GET", "HEAD", "OPTIONS"} else self.change


def registry() -> dict[str, Access]:
    """URL name -> access. A key `namespace:*` covers a foreign app's whole namespace, such as the admin's."""
    loaded: dict[str, Access] = import_string(settings.PERMISSION_REGISTRY)
    return loaded


def access_for(view_name: str) -> Access | None:
    """The declared access of a URL name, or None when nobody declared it."""
    table = registry()
    if view_name in table:
        return table[view_name]
    namespace, _colon, _name = view_name.partition(":")
    return table.get(f"{namespace}:*")
