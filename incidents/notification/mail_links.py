"""Acknowledging from a mail: a signed link that one person may use once, for one incident, for a day.

Only the signature opens it and only the row lets it act; the link itself is kept nowhere but in the mail that waits
to leave. Opening it changes nothing: mail scanners open links.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.db import models, transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from airp.accounts.models import User
from airp.accounts.roles import Capability
from airp.web import times
from incidents.response.kinds import Way
from incidents.response.models import Incident
from incidents.response.refusals import Refusal

SALT = "incidents.acknowledge-by-mail"
VALID_FOR = timedelta(hours=24)


class LinkRefused(Exception):
    """The link acknowledges nothing (any more). The sentence says why and what to do."""


class AcknowledgeLink(models.Model):
    """One link: whose, for which incident, until when, and when it was used."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField(gettext_lazy("issued"))
    expires_at = models.DateTimeField(gettext_lazy("ends"))
    used_at = models.DateTimeField(gettext_lazy("used"), null=True)

    class Meta:
        verbose_name = gettext_lazy("link to acknowledge")
        verbose_name_plural = gettext_lazy("links to acknowledge")

    def __str__(self) -> str:
        return f"{self.incident_id} for {self.person_id}"

    @classmethod
    def issue(cls, incident: Incident, person: User, *, now: datetime) -> str:
        """The address of a new link."""
        link = cls.objects.create(incident=incident, person=person, issued_at=now, expires_at=now + VALID_FOR)
        token = signing.dumps(link.pk, salt=SALT)
        return settings.BASE_URL + reverse("incidents:acknowledge_by_mail", args=[token])

    @classmethod
    def of_token(cls, token: str) -> "AcknowledgeLink | None":
        """The link behind a token; None unless we signed it."""
        try:
            pk = signing.loads(token, salt=SALT)
        except signing.BadSignature:
            return None
        return cls.objects.select_related("incident__acknowledged_by", "person").filter(pk=pk).first()

    def check_usable(self, *, now: datetime) -> None:
        """Raises LinkRefused when it cannot acknowledge."""
        incident, person = self.incident, self.person
        if not person.can(Capability.TRIAGE) or not Incident.objects.visible_to(person).filter(pk=incident.pk).exists():
            raise LinkRefused(_("Your roles no longer allow this. Nothing was changed; ask a manager."))
        if self.used_at is not None:
            raise LinkRefused(_("This link was used at %(at)s.") % {"at": times.absolute(self.used_at)})
        if now >= self.expires_at:
            raise LinkRefused(_("This link ended at %(at)s.") % {"at": times.absolute(self.expires_at)})

    @transaction.atomic
    def use(self, *, now: datetime) -> None:
        """Acknowledge as its person. Raises LinkRefused, and LinkRefused too where the incident refuses."""
        link = AcknowledgeLink.objects.select_for_update(of=("self",)).select_related("incident", "person")
        row = link.get(pk=self.pk)
        row.check_usable(now=now)
        try:
            row.incident.acknowledge(by=row.person, now=now, way=Way.MAIL_LINK)
        except Refusal as refusal:
            raise LinkRefused(str(refusal)) from refusal
        row.used_at = now
        row.save(update_fields=["used_at"])
