"""Mentions: somebody was named in a note or an update, and it waits for them until they look or wave it off."""

from datetime import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy

from airp.accounts.models import User
from incidents.response.mentions import mentioned_in
from incidents.response.models import Incident
from incidents.response.readers import readers_of
from incidents.response.timeline import PendingReaction, TimelineEntry
from incidents.response.visibility import ExistsFor


class MentionQuerySet(models.QuerySet["Mention"]):
    def waiting(self) -> Self:
        return self.filter(seen_at__isnull=True, dismissed_at__isnull=True)

    def visible_to(self, person: User) -> Self:
        """A mention hides with its incident, also from whom it names."""
        return self.filter(ExistsFor(person, path="incident__"), person=person)


class Mention(models.Model):
    """One person named in one entry."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="mentions")
    entry = models.ForeignKey(TimelineEntry, on_delete=models.PROTECT, related_name="mentions")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="mentions")
    at = models.DateTimeField(gettext_lazy("mentioned"))
    seen_at = models.DateTimeField(gettext_lazy("incident opened"), null=True)
    dismissed_at = models.DateTimeField(gettext_lazy("dismissed"), null=True)

    objects: ClassVar[MentionQuerySet] = MentionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = gettext_lazy("mention")
        verbose_name_plural = gettext_lazy("mentions")
        constraints = [
            models.UniqueConstraint(fields=["entry", "person"], name="one_mention_per_entry_and_person"),
        ]
        indexes = [
            models.Index(
                fields=["person", "-id"],
                name="mentions_waiting",
                condition=models.Q(seen_at__isnull=True, dismissed_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} in entry {self.entry_id}"


def note_mentions(pending: PendingReaction, *, now: datetime) -> None:
    """What was said names people: it waits for each who may see the incident, but for whoever said it."""
    entry = pending.entry
    if entry is None or not mentioned_in(entry.facts):
        return
    named = mentioned_in(entry.facts) - {entry.actor_id}
    people = readers_of(entry.incident).filter(pk__in=named)
    Mention.objects.bulk_create(
        [Mention(incident=entry.incident, entry=entry, person=person, at=entry.happened_at) for person in people],
        ignore_conflicts=True,
    )


def look_at(incident: Incident, *, by: User, now: datetime) -> int:
    """`by` opened the incident: what named them there waits no longer."""
    return Mention.objects.waiting().filter(incident=incident, person=by).update(seen_at=now)


def dismiss(mention: Mention, *, now: datetime) -> None:
    """Whom it names waves it off. Twice is once."""
    Mention.objects.waiting().filter(pk=mention.pk).update(dismissed_at=now)


def take_dismissal_back(mention: Mention) -> None:
    """It waits again."""
    Mention.objects.filter(pk=mention.pk).update(dismissed_at=None)
