"""What triage decided in the inbox: one act, a line for each item, with all that taking it back needs."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from airp.accounts.models import User
from incidents.response.models import Incident


class Deed(models.TextChoices):
    ACCEPT = "accept", _("Accepted")
    ATTACH = "attach", _("Attached")
    DECLINE = "decline", _("Declined")
    SNOOZE = "snooze", _("Put off")


class TriageAct(models.Model):
    """One press of a person, over one item or many."""

    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    deed = models.CharField(max_length=8, choices=Deed)
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["-at", "-id"], name="triage_acts_newest_first")]

    def __str__(self) -> str:
        return f"{self.deed} by {self.by_id}"

    def belongs_to(self, person: User) -> bool:
        return self.by_id == person.pk


class TriageLine(models.Model):
    """One item of an act: how it stood before, and the incident that it made or joined."""

    act = models.ForeignKey(TriageAct, on_delete=models.PROTECT, related_name="lines")
    kind = models.CharField(max_length=12)
    item = models.BigIntegerField()
    before = models.JSONField()
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, null=True, related_name="+")
    # The newest entry of an incident that this line declared: who touched it since is known by it. 0: it joined one.
    declared_seq = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["kind", "item"], name="triage_lines_of_an_item")]

    def __str__(self) -> str:
        return f"{self.kind} {self.item}"
