"""Where webhooks may go: the hosts that admins allow, and the endpoints people configured on them."""

import base64
import secrets
from datetime import datetime, timedelta

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from airp.accounts.models import User
from airp.accounts.secrets import EncryptedTextField
from airp.outbound.addresses import OutboundRefused, host_of, parse_target

SECRET_PREFIX = "whsec_"  # noqa: S105 - the mark of a Standard Webhooks secret, not a secret
SECRET_BYTES = 32
OLD_SECRET_DAYS = 7

EVENT_TYPES = (
    "incident.declared",
    "incident.acknowledged",
    "incident.triaged",
    "incident.severity_raised",
    "incident.severity_lowered",
    "incident.contained",
    "incident.resolved",
    "incident.closed",
    "incident.dismissed",
    "incident.reopened",
    "incident.handed_over",
    "breach.opened",
    "breach.decided",
    "breach.cleared",
    "breach.unanswered",
    "review.opened",
    "review.signed_off",
    "action.overdue",
    "action.verified",
    "delivery.dead",
)
PING = "test.ping"


def new_secret() -> str:
    """A signing secret in the form of Standard Webhooks: `whsec_` and base64 of 32 random bytes."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


@pghistory.track()
class AllowedHost(models.Model):
    """A host that requests may go to. What is not listed is refused, whatever it resolves to."""

    name = models.CharField(
        _("host"),
        max_length=253,
        unique=True,
        help_text=_("Such as hooks.example.com. Subdomains are not included."),
    )
    reason = models.CharField(_("why"), max_length=200, help_text=_("Who receives what there."))

    class Meta:
        verbose_name = _("allowed host")
        verbose_name_plural = _("allowed hosts")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        try:
            self.name = host_of(self.name)
        except OutboundRefused as error:
            raise ValidationError({"name": str(error)}) from error

    @classmethod
    def covers(cls, host: str) -> bool:
        return cls.objects.filter(name=host).exists()


class EndpointState(models.TextChoices):
    ACTIVE = "active", _("Active")
    DISABLED = "disabled", _("Disabled")


class Clearance(models.TextChoices):
    """Which incidents an endpoint may hear of."""

    NORMAL = "normal", _("Normal incidents only")
    RESTRICTED = "restricted", _("Restricted incidents too")


class EndpointQuerySet(models.QuerySet["Endpoint"]):
    """Which endpoints hear of something."""

    def listening_to(self, event_type: str, *, visibility: str) -> "EndpointQuerySet":
        """Active endpoints that chose the type and are cleared for incidents of that visibility."""
        listening = self.filter(state=EndpointState.ACTIVE, types__contains=[event_type])
        if visibility != Clearance.NORMAL:
            listening = listening.filter(clearance=Clearance.RESTRICTED)
        return listening.order_by("pk")


@pghistory.track(exclude=["secret", "previous_secret"])
class Endpoint(models.Model):
    """A receiver of signed webhooks."""

    name = models.CharField(_("name"), max_length=120)
    url = models.URLField(_("address"), max_length=500, help_text=_("https, port 443 or 8443, on an allowed host."))
    secret = EncryptedTextField(_("signing secret"), default=new_secret, editable=False)
    previous_secret = EncryptedTextField(default="", editable=False)
    previous_secret_until = models.DateTimeField(null=True, editable=False)
    types = ArrayField(
        models.CharField(max_length=60, choices=[(name, name) for name in EVENT_TYPES]),
        verbose_name=_("types"),
        help_text=_("Which events are sent."),
    )
    state = models.CharField(_("state"), max_length=10, choices=EndpointState, default=EndpointState.ACTIVE)
    clearance = models.CharField(_("clearance"), max_length=10, choices=Clearance, default=Clearance.NORMAL)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, editable=False, related_name="+")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = EndpointQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook endpoint")
        verbose_name_plural = _("webhook endpoints")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse an address that the door would refuse too: better at saving than at the first alert."""
        super().clean()
        try:
            target = parse_target(self.url)
        except OutboundRefused as error:
            raise ValidationError({"url": str(error)}) from error
        if not AllowedHost.covers(target.host):
            raise ValidationError({"url": _("%s is not on the list of allowed hosts.") % target.host})

    def secrets_at(self, now: datetime) -> list[str]:
        """The secrets to sign with: two while the receiver moves from the old one to the new one."""
        if self.previous_secret and self.previous_secret_until and now < self.previous_secret_until:
            return [self.secret, self.previous_secret]
        return [self.secret]

    def change_secret(self, *, now: datetime) -> str:
        """Give the endpoint a new secret; the old one signs along for a week. Returns the new one."""
        self.previous_secret = self.secret
        self.previous_secret_until = now + timedelta(days=OLD_SECRET_DAYS)
        self.secret = new_secret()
        self.save(update_fields=["secret", "previous_secret", "previous_secret_until"])
        return self.secret

    def disable(self) -> None:
        self.state = EndpointState.DISABLED
        self.save(update_fields=["state"])
