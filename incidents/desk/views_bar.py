"""The saved views above a list, read together with the systems that its filter offers: one query."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Value
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from airp.accounts.models import User
from incidents.desk.choices import systems
from incidents.desk.filters import WHOLE
from incidents.desk.views_forms import ViewForm
from incidents.saved_views.records import DefaultView, SavedView, Sharing, ViewedList

SYSTEM = "system"  # in place of the sharing of a view


@dataclass(frozen=True, slots=True)
class Kept:
    """One saved view as its row says it, or a system of the filter."""

    pk: int
    name: str
    query: str
    sharing: str
    owner_id: int
    owner: str
    position: int
    is_default: bool

    @property
    def is_shared(self) -> bool:
        return self.sharing == Sharing.SHARED


@dataclass(frozen=True, slots=True)
class Bar:
    """A person's views of a list, then those that others share; and the systems as (slug, name)."""

    viewed: ViewedList
    views: tuple[Kept, ...]
    systems: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, user: User, viewed: ViewedList) -> "Bar":
        mine = DefaultView.objects.filter(person=user, viewed=viewed, view=OuterRef("pk"))
        usable = SavedView.objects.usable_by(user).filter(viewed=viewed).annotate(is_default=Exists(mine)).order_by()
        views = usable.values_list(
            "pk", "name", "query", "sharing", "owner_id", "owner__name", "position", "is_default"
        )
        watched = (
            systems()
            .order_by()
            .values_list(
                Value(0),
                "name",
                "slug",
                Value(SYSTEM),
                Value(0),
                Value(""),
                Value(0),
                Value(False),  # noqa: FBT003
            )
        )
        rows = [Kept(*values) for values in views.union(watched, all=True)]
        kept = [row for row in rows if row.sharing != SYSTEM]
        return cls(
            viewed,
            tuple(sorted(kept, key=lambda row: (row.owner_id != user.pk, row.position, row.pk))),
            tuple((row.query, row.name) for row in sorted(rows, key=lambda row: row.name) if row.sharing == SYSTEM),
        )

    def redirection(self, request: HttpRequest) -> str:
        """Where the bare address of the list leads: to the person's default view, if there is one."""
        default = next((view for view in self.views if view.is_default), None)
        return address_of(self.viewed, default.query) if default and default.query and not request.GET else ""

    def context(self, user: User, filters: Any, *, levels: Iterable[Any]) -> dict[str, Any]:
        """What templates/incidents/saved_views.html#bar draws over a list that is filtered like this."""
        query = filters.url_query()
        return {
            "saved_views": [
                {
                    "name": view.name,
                    "url": address_of(self.viewed, view.query),
                    "by": "" if view.owner_id == user.pk else view.owner,
                    "is_shared": view.is_shared,
                    "is_current": view.query == query,
                }
                for view in self.views
            ],
            "views_url": reverse("incidents:saved_views", args=[self.viewed.value]),
            "may_save": bool(query) and all(view.query != query or view.owner_id != user.pk for view in self.views),
            "view_form": ViewForm(user=user, initial={"query": query}),
            "gone": self._gone(filters, levels),
            "systems": self.systems,
        }

    def _gone(self, filters: Any, levels: Iterable[Any]) -> list[str]:
        """What the filters name and the plan no longer has, in sentences."""
        told = []
        if filters.system and filters.system not in dict(self.systems):
            told.append(_("No system “%(slug)s” is under watch any more.") % {"slug": filters.system})
        if filters.severity and filters.severity not in {level.slug for level in levels}:
            told.append(_("There is no severity level “%(slug)s” any more.") % {"slug": filters.severity})
        return told


def address_of(viewed: ViewedList, query: str) -> str:
    return f"{reverse(viewed.url_name)}?{query or WHOLE}"
