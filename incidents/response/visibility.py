"""Who an incident exists for. What a person may not see answers like something that does not exist."""

from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from airp.accounts.models import User
from airp.accounts.roles import Capability
from incidents.response.people import RoleHolding
from incidents.response.states import OPEN, UNDER_WAY, State
from incidents.systems.models import Ownership


class Visibility(models.TextChoices):
    NORMAL = "normal", _("Normal")
    RESTRICTED = "restricted", _("Restricted")


class IncidentQuerySet(models.QuerySet["Incident"]):  # type: ignore[name-defined] # noqa: F821
    """Every reading of incidents starts with `visible_to`."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Normal incidents for everybody who reads incidents; restricted ones for those who work on them.

        These are the lead, people with a role on the incident, who declared it, and the owners and deputies
        of its system. No role opens restricted incidents by itself, not even admin.
        """
        if not isinstance(user, User) or not user.can(Capability.READ_INCIDENTS):
            return self.none()
        return self.filter(Q(visibility=Visibility.NORMAL) | self._works_on(user))

    def _works_on(self, user: User) -> Q:
        holds_role = RoleHolding.objects.filter(incident=OuterRef("pk"), person=user)
        owns = Ownership.objects.filter(system=OuterRef("system")).filter(Q(person=user) | Q(deputy=user))
        return Q(lead=user) | Q(declared_by=user) | Exists(holds_role) | Exists(owns)

    def open(self) -> Self:
        return self.filter(state__in=OPEN)

    def under_way(self) -> Self:
        return self.filter(state__in=UNDER_WAY)

    def awaiting_triage(self) -> Self:
        return self.filter(state=State.REPORTED)
