"""People who sign in."""

from functools import cached_property
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import pghistory
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from airp.accounts.roles import Capability, Role, capabilities_of
from airp.accounts.time_zones import known_time_zones


def validate_time_zone(name: str) -> None:
    """Refuse a name that the time zone database does not know."""
    if name not in known_time_zones():
        raise ValidationError(_("%(name)s is no time zone. Use a name such as Europe/Oslo."), params={"name": name})


class UserManager(BaseUserManager["User"]):
    """Finds people by e-mail address, whatever its case."""

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username or "")

    def create_user(self, *, email: str, name: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email), name=name, **fields)
        user.set_password(password)
        user.save()
        return user

    def active_with_role(self, role: Role) -> models.QuerySet["User"]:
        return self.filter(is_active=True, roles__contains=[role.value]).order_by("name", "pk")


class Theme(models.TextChoices):
    SYSTEM = "system", _("As my device")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


@pghistory.track(exclude=["password", "last_login"])
class User(AbstractBaseUser):
    """A person. Rights come from `roles` alone (`airp.accounts.roles`)."""

    email = models.EmailField(_("e-mail address"), max_length=254)
    name = models.CharField(_("name"), max_length=120)
    roles = ArrayField(models.CharField(max_length=20, choices=Role), default=list, blank=True)
    is_approver = models.BooleanField(
        _("approver"),
        default=False,
        help_text=_("May be the second person for rollbacks and loosened thresholds."),
    )
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Switch off instead of deleting: the record keeps the name.")
    )
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[validate_time_zone])
    theme = models.CharField(_("theme"), max_length=8, choices=Theme, default=Theme.SYSTEM)
    has_shortcuts = models.BooleanField(_("single-key shortcuts"), default=True)
    joined_at = models.DateTimeField(_("joined"), default=timezone.now, editable=False)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.UniqueConstraint(Lower("email"), name="one_person_per_email_address"),
        ]

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"

    def clean(self) -> None:
        super().clean()
        self.email = type(self).objects.normalize_email(self.email)

    @cached_property
    def capabilities(self) -> frozenset[Capability]:
        if not self.is_active:
            return frozenset()
        given = capabilities_of(self.roles)
        return given | {Capability.APPROVE} if self.is_approver and Capability.READ_INCIDENTS in given else given

    def can(self, capability: Capability) -> bool:
        """Whether one of this person's roles gives the capability. Read anew with each request."""
        return capability in self.capabilities

    def has_role(self, role: Role) -> bool:
        return self.is_active and role.value in self.roles

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def short_name(self) -> str:
        """First name and initial, as lists show people."""
        first, _space, rest = self.name.partition(" ")
        return f"{first} {rest[0]}." if rest else first

    def get_full_name(self) -> str:
        return self.name

    # What Django admin asks of a user. Its model admins decide further (read-only, not registered at all).
    @property
    def is_staff(self) -> bool:
        return self.can(Capability.CONFIGURE)

    @property
    def is_superuser(self) -> bool:
        return False

    def has_perm(self, perm: str, obj: object | None = None) -> bool:
        return self.can(Capability.CONFIGURE)

    def has_module_perms(self, app_label: str) -> bool:
        return self.can(Capability.CONFIGURE)
