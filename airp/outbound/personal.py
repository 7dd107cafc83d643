"""A person's own channels besides mail: where a text reaches them, behind one secret address that is never shown."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from airp.accounts.models import User
from airp.accounts.secrets import EncryptedTextField
from airp.audit.models import record

ENDING_LENGTH = 4
MOST_CHANNELS = 5


class ChannelKind(models.TextChoices):
    SLACK = "slack", _("Slack-compatible webhook")
    APPRISE = "apprise", _("Another service, by its Apprise address")


class ChannelState(models.TextChoices):
    ACTIVE = "active", _("In use")
    REMOVED = "removed", _("Removed")


class PersonalChannel(models.Model):
    """One way to reach a person. Removed ones stay, without their address, because deliveries name them."""

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="channels")
    kind = models.CharField(_("kind"), max_length=10, choices=ChannelKind)
    name = models.CharField(_("name"), max_length=60)
    url = EncryptedTextField(_("address"))
    ending = models.CharField(max_length=ENDING_LENGTH)
    state = models.CharField(max_length=10, choices=ChannelState, default=ChannelState.ACTIVE)
    added_at = models.DateTimeField(_("added"))

    class Meta:
        verbose_name = _("channel of a person")
        verbose_name_plural = _("channels of people")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="active") | models.Q(url=""), name="removed_channel_keeps_no_address"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} …{self.ending}"

    @classmethod
    def add(cls, person: User, *, kind: ChannelKind, name: str, url: str, now: datetime) -> "PersonalChannel":
        """Keep an address that `checking.check_channel` let pass."""
        channel = cls.objects.create(
            person=person, kind=kind, name=name, url=url, ending=url[-ENDING_LENGTH:], added_at=now
        )
        channel._note("channel_added", now=now)
        return channel

    def remove(self, *, now: datetime) -> None:
        """Forget the address. What still waits for this channel ends as failed, visibly."""
        self.state, self.url = ChannelState.REMOVED, ""
        self.save(update_fields=["state", "url"])
        self._note("channel_removed", now=now)

    def _note(self, act: str, *, now: datetime) -> None:
        record(act=act, at=now, by=self.person, object_label=f"channel/{self.pk}", facts={"kind": str(self.kind)})
