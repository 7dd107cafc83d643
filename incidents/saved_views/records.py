"""Saved views: a name for the filters of a list, for oneself or for everybody who reads that list."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from airp.accounts.models import User
from airp.accounts.roles import Capability


class ViewedList(models.TextChoices):
    """The lists that can be looked at through a saved view."""

    BOARD = "board", _("Board")
    TRIAGE = "triage", _("Triage")

    @property
    def demands(self) -> Capability:
        """What somebody needs to read the list at all."""
        return Capability.TRIAGE if self is ViewedList.TRIAGE else Capability.READ_INCIDENTS

    @property
    def url_name(self) -> str:
        return "incidents:triage_inbox" if self is ViewedList.TRIAGE else "incidents:board"


class Sharing(models.TextChoices):
    PRIVATE = "private", _("Only for me")
    SHARED = "shared", _("For everybody who reads this list")


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def standing(self) -> Self:
        return self.filter(deleted_at__isnull=True)

    def usable_by(self, person: User) -> Self:
        """A person's own and what others share, their own first, in their order."""
        own_first = models.Case(models.When(owner=person, then=0), default=1, output_field=models.IntegerField())
        found = self.standing().filter(Q(owner=person) | Q(sharing=Sharing.SHARED))
        return found.select_related("owner").order_by(own_first, "position", "id")


class SavedView(models.Model):
    """Filters as they stand in the address of the list."""

    viewed = models.CharField(_("list"), max_length=8, choices=ViewedList)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="saved_views")
    name = models.CharField(_("name"), max_length=40)
    query = models.CharField(_("filters"), max_length=500, blank=True)
    sharing = models.CharField(_("visible to"), max_length=8, choices=Sharing, default=Sharing.PRIVATE)
    position = models.PositiveIntegerField(_("position"))
    made_at = models.DateTimeField(_("made"))
    deleted_at = models.DateTimeField(_("deleted"), null=True)

    objects: ClassVar[SavedViewQuerySet] = SavedViewQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        constraints = [
            models.UniqueConstraint(
                "owner",
                "viewed",
                Lower("name"),
                name="one_saved_view_per_name",
                condition=Q(deleted_at__isnull=True),
            ),
        ]
        indexes = [
            models.Index(
                fields=["viewed", "id"],
                name="saved_views_shared",
                condition=Q(sharing="shared", deleted_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_shared(self) -> bool:
        return self.sharing == Sharing.SHARED


class DefaultView(models.Model):
    """The view in which a list opens for a person."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="default_views")
    viewed = models.CharField(max_length=8, choices=ViewedList)
    view = models.ForeignKey(SavedView, on_delete=models.PROTECT, related_name="defaults")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "viewed"], name="one_default_view_per_list"),
        ]

    def __str__(self) -> str:
        return f"{self.view_id} for {self.person_id}"
