"""Whom a level calls: one table of targets for policies, for running escalations and for the words about both."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from airp.accounts.roles import CAPABILITIES, Capability, Role
from incidents.notification.rota.records import Rota
from incidents.systems.models import OwnershipRole


class Target(models.TextChoices):
    """Kinds of targets."""

    OWNER = "owner", gettext_lazy("Owner of the system")
    DEPUTY = "deputy", gettext_lazy("Deputy of the owner")
    SYSTEM_ROLE = "system_role", gettext_lazy("Another role on the system")
    PERSON = "person", gettext_lazy("A named person")
    ON_CALL = "on_call", gettext_lazy("Whoever is on call")
    ROLE = "role", gettext_lazy("Everybody with a role")


def callable_roles() -> list[tuple[str, str]]:
    """Roles whose people work on incidents."""
    return [(role.value, str(role.label)) for role in Role if Capability.READ_INCIDENTS in CAPABILITIES[role]]


# Which field a kind of target needs besides the kind.
NEEDED = {
    Target.SYSTEM_ROLE: "system_role",
    Target.PERSON: "person",
    Target.ON_CALL: "rota",
    Target.ROLE: "role",
}


class Aim(models.Model):
    """A target with what it needs: a person, a role, a role on the system, or a rota."""

    target = models.CharField(gettext_lazy("calls"), max_length=12, choices=Target)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=gettext_lazy("person"),
    )
    role = models.CharField(gettext_lazy("role"), max_length=20, blank=True, choices=callable_roles)
    system_role = models.CharField(gettext_lazy("role on the system"), max_length=16, blank=True, choices=OwnershipRole)
    rota = models.ForeignKey(
        Rota, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=gettext_lazy("rota")
    )

    class Meta:
        abstract = True

    def clean(self) -> None:
        """Exactly what the kind needs is given; the rest is emptied. Raises ValidationError at the field."""
        super().clean()
        needed = NEEDED.get(Target(self.target)) if self.target in Target.values else None
        for field in NEEDED.values():
            if field == needed and not getattr(self, field):
                raise ValidationError({field: _("“%(target)s” needs this.") % {"target": self.get_target_display()}})
            if field != needed:
                setattr(self, field, None if field in {"person", "rota"} else "")

    @property
    def name(self) -> str:
        """Whom it calls, in words that fit into a sentence."""
        if self.target == Target.ROLE:
            return _("everybody with the role %(role)s") % {"role": str(Role(self.role).label).lower()}
        if self.target == Target.SYSTEM_ROLE:
            return _("the system's %(role)s") % {"role": str(OwnershipRole(self.system_role).label).lower()}
        if self.target == Target.ON_CALL and self.rota is not None:
            return _("whoever is on call for %(rota)s") % {"rota": self.rota.name}
        if self.target == Target.PERSON and self.person is not None:
            return str(self.person.name)
        return {Target.OWNER: _("the owner"), Target.DEPUTY: _("the deputy")}.get(Target(self.target), self.target)

    @property
    def aim(self) -> dict[str, Any]:
        """The fields of the target, to copy it into another row."""
        return {
            "target": self.target,
            "person_id": self.person_id,
            "role": self.role,
            "system_role": self.system_role,
            "rota_id": self.rota_id,
        }
