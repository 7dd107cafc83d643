"""Who an incident exists for. What a person may not see answers like something that does not exist."""

from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import BooleanField, F, Func, Q
from django.utils.translation import gettext_lazy as _

from airp.accounts.models import User
from airp.accounts.roles import Capability
from incidents.response.states import OPEN, UNDER_WAY, State


class Visibility(models.TextChoices):
    NORMAL = "normal", _("Normal")
    RESTRICTED = "restricted", _("Restricted")


class WorksOn(Func):
    """Whether the restricted incident with this id is a person's: as lead, by a role, as who declared it, by its system.

    By hand, as it stands in most queries of every page: built from querysets it takes longer to write than to run.
    PostgreSQL asks for the few ids once per query, and only when it meets a restricted incident.
    """

    output_field = BooleanField()
    template = """%(expressions)s IN (
        SELECT held.incident_id FROM incidents_roleholding AS held WHERE held.person_id = %(person)d
        UNION ALL
        SELECT own.id FROM incidents_incident AS own
        WHERE own.visibility = 'restricted' AND (own.lead_id = %(person)d OR own.declared_by_id = %(person)d)
        UNION ALL
        SELECT run.id FROM incidents_incident AS run
        JOIN incidents_ownership AS owned ON owned.system_id = run.system_id
        WHERE run.visibility = 'restricted' AND (owned.person_id = %(person)d OR owned.deputy_id = %(person)d)
    )"""

    def __init__(self, incident: str, *, person: int) -> None:
        super().__init__(F(incident), person=person)


def visible(user: User | AnonymousUser, *, to: str = "") -> Q:
    """The condition on the incident behind the path `to` (none: on the incident itself).

    Normal incidents for everybody who reads incidents; restricted ones for those who work on them. These are the
    lead, people with a role on the incident, who declared it, and the owners and deputies of its system. No role
    opens restricted incidents by itself, not even admin.
    """
    if not isinstance(user, User) or not user.can(Capability.READ_INCIDENTS):
        return Q(pk__in=[])
    prefix = f"{to}__" if to else ""
    return Q(**{f"{prefix}visibility": Visibility.NORMAL}) | Q(WorksOn(f"{prefix}pk", person=user.pk))


class IncidentQuerySet(models.QuerySet["Incident"]):  # type: ignore[name-defined] # noqa: F821
    """Every reading of incidents starts with `visible_to`."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Those that exist for a person (`visible`)."""
        if not isinstance(user, User) or not user.can(Capability.READ_INCIDENTS):
            return self.none()
        return self.filter(visible(user))

    def open(self) -> Self:
        return self.filter(state__in=OPEN)

    def under_way(self) -> Self:
        return self.filter(state__in=UNDER_WAY)

    def awaiting_triage(self) -> Self:
        return self.filter(state=State.REPORTED)
