"""What people outside the team read of an incident, in words written for them. The newest version stands."""

from datetime import datetime

import pgtrigger
from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from airp.accounts.models import User
from airp.accounts.roles import Capability
from incidents.response.kinds import Kind
from incidents.response.models import Incident
from incidents.response.refusals import AlreadyDone, EditConflict, NotPermitted
from incidents.response.timeline import TimelineEntry, append

LONGEST = 1_000


class StatusWords(models.Model):
    """One version. An empty part means: say what follows from the record."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="status_words")
    number = models.PositiveIntegerField(gettext_lazy("version"))
    entry = models.OneToOneField(TimelineEntry, on_delete=models.PROTECT, related_name="status_words")
    happened = models.TextField(gettext_lazy("what happened"), blank=True)
    advice = models.TextField(gettext_lazy("what people can do"), blank=True)
    at = models.DateTimeField(gettext_lazy("when"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = gettext_lazy("words of a status page")
        verbose_name_plural = gettext_lazy("words of status pages")
        constraints = [
            models.UniqueConstraint(fields=["incident", "number"], name="one_wording_per_version"),
        ]
        triggers = [pgtrigger.Protect(name="no_rewrite", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"words {self.number} of incident {self.incident_id}"


@transaction.atomic
def word_status(
    incident: Incident, *, happened: str, advice: str, by: User, now: datetime, expected: int
) -> StatusWords:
    """Say it in plain words. `expected` is the version that `by` has seen, 0 for none.

    Raises NotPermitted, EditConflict or AlreadyDone.
    """
    visible = Incident.objects.visible_to(by).select_for_update(of=("self",))
    locked = visible.filter(pk=incident.pk).first() if by.can(Capability.ANNOTATE) else None
    if locked is None:
        raise NotPermitted(_("Your roles do not allow this. Ask the lead or a manager."))
    newest = locked.status_words.order_by("-number").first()
    number = newest.number if newest else 0
    if expected != number:
        raise EditConflict(expected=expected, found=number)
    happened, advice = happened.strip(), advice.strip()
    if (happened, advice) == ((newest.happened, newest.advice) if newest else ("", "")):
        raise AlreadyDone(_("Nothing was changed."))
    text = "\n\n".join(filter(None, [happened, advice]))
    entry = append(locked, kind=Kind.STATUS_WORDED, by=by, now=now, facts={"version": number + 1}, text=text)
    return StatusWords.objects.create(
        incident=locked, number=number + 1, entry=entry, happened=happened, advice=advice, at=now, by=by
    )
