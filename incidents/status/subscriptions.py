"""Who wants a mail when an incident changes: one row from asking for it until the end of it."""

from datetime import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.core import signing
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy

from airp.accounts.models import User
from incidents.response.models import Incident

SALT = "incidents.status-subscription"


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def standing(self) -> Self:
        return self.filter(ended_at__isnull=True)


class Subscription(models.Model):
    """One person's wish to hear of one incident."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="subscriptions")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField(gettext_lazy("since"))
    ended_at = models.DateTimeField(gettext_lazy("ended"), null=True)

    objects: ClassVar[SubscriptionQuerySet] = SubscriptionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = gettext_lazy("subscription")
        verbose_name_plural = gettext_lazy("subscriptions")
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "person"],
                name="one_standing_subscription_per_person",
                condition=models.Q(ended_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} to incident {self.incident_id}"

    @property
    def end_url(self) -> str:
        """The signed address by which the mail ends it. It opens nothing else."""
        return settings.BASE_URL + reverse("incidents:status_unsubscription", args=[signing.dumps(self.pk, salt=SALT)])

    @classmethod
    def of_token(cls, token: str) -> "Subscription | None":
        """The subscription behind a token; None unless we signed it."""
        try:
            pk = signing.loads(token, salt=SALT)
        except signing.BadSignature:
            return None
        return cls.objects.select_related("incident", "person").filter(pk=pk).first()

    def end(self, *, now: datetime) -> None:
        """No more mails. Ending it twice changes nothing."""
        type(self).objects.standing().filter(pk=self.pk).update(ended_at=now)


def subscribe(incident: Incident, *, person: User, now: datetime) -> Subscription:
    """The caller has fetched the incident as one that exists for the person. Asking twice is asking once."""
    found, _made = Subscription.objects.standing().get_or_create(
        incident=incident, person=person, ended_at=None, defaults={"since": now}
    )
    return found
