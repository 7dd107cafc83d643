"""Who an incident exists for. What a person may not see answers like something that does not exist."""

from typing import Any, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Func
from django.utils.translation import gettext_lazy as _

from airp.accounts.models import User
from airp.accounts.roles import Capability
from incidents.response.states import OPEN, UNDER_WAY, State


class Visibility(models.TextChoices):
    NORMAL = "normal", _("Normal")
    RESTRICTED = "restricted", _("Restricted")


class ExistsFor(Func):
    """True for incidents that exist for a person. `path` leads to the incident, such as `review__incident__`.

    Normal ones exist for everybody who reads incidents; restricted ones for the lead, people with a role on the
    incident, who declared it, and the owners and deputies of its system. Written as SQL because every list and
    count asks for it: building the same from subqueries cost more than the database's answer.
    """

    output_field = models.BooleanField()
    SQL = (
        "({visibility} = 'normal' OR {lead} IS NOT DISTINCT FROM %s OR {declarer} IS NOT DISTINCT FROM %s"
        " OR EXISTS (SELECT 1 FROM incidents_roleholding held WHERE held.incident_id = {pk} AND held.person_id = %s)"
        " OR EXISTS (SELECT 1 FROM incidents_ownership owned WHERE owned.system_id = {system}"
        " AND %s IN (owned.person_id, owned.deputy_id)))"
    )

    def __init__(self, person: User, *, path: str = "") -> None:
        names = ("visibility", "lead_id", "declared_by_id", "pk", "system_id")
        super().__init__(*(F(f"{path}{name}") for name in names))
        self.person_id = person.pk

    def as_sql(self, compiler: Any, connection: Any, **_extra: Any) -> tuple[str, tuple[Any, ...]]:  # type: ignore[override]
        columns = [compiler.compile(column)[0] for column in self.get_source_expressions()]
        names = ("visibility", "lead", "declarer", "pk", "system")
        return self.SQL.format(**dict(zip(names, columns, strict=True))), (self.person_id,) * self.SQL.count("%s")


class IncidentQuerySet(models.QuerySet["Incident"]):  # type: ignore[name-defined] # noqa: F821
    """Every reading of incidents starts with `visible_to`."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """What exists for a person. No role opens restricted incidents by itself, not even admin."""
        if not isinstance(user, User) or not user.can(Capability.READ_INCIDENTS):
            return self.none()
        return self.filter(ExistsFor(user))

    def told_to(self, user: User | AnonymousUser) -> Self:
        """What a person reads of in plain words, who need not work on incidents. Restricted ones hide as anywhere."""
        if not isinstance(user, User) or not user.can(Capability.READ_STATUS):
            return self.none()
        return self.filter(ExistsFor(user))

    def open(self) -> Self:
        return self.filter(state__in=OPEN)

    def under_way(self) -> Self:
        return self.filter(state__in=UNDER_WAY)

    def awaiting_triage(self) -> Self:
        return self.filter(state=State.REPORTED)
