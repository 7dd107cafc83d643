"""What a list of incidents shows: its whole state stands in the URL."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db import models
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from airp.accounts.models import User
from incidents.classification.matrix import Materialisation
from incidents.response.models import IncidentKind
from incidents.response.states import OPEN, State

_REFERENCE = re.compile(r"(?:AIR-)?(\d{4}-\d{1,8})", re.IGNORECASE)
MOST_TEXT = 100
# Asks for a list without filters where the bare address opens the default view of the person.
WHOLE = "view=all"


class Whose(models.TextChoices):
    EVERYBODY = "", _("Everybody's")
    MINE = "mine", _("Mine")
    UNOWNED = "unowned", _("Without a lead")
    OVERDUE = "overdue", _("Overdue")


class Sort(models.TextChoices):
    NEXT_DUE = "due", _("Next due")
    NEWEST = "newest", _("Newest")
    SEVERITY = "severity", _("Severity")


# Beside each single state: what is open, and everything.
STATES: list[tuple[str, Any]] = [("open", _("Open")), *State.choices, ("all", _("All"))]


# What a list can be cut to. A near miss is what the newest assessment says of an incident that is no drill.
IS_DRILL = Q(kind=IncidentKind.DRILL)
KINDS: dict[str, tuple[Any, Q]] = {
    "live": (_("Without drills"), ~IS_DRILL),
    "near_miss": (_("Near misses"), Q(assessment__materialisation=Materialisation.NEAR_MISS) & ~IS_DRILL),
    "drill": (_("Drills"), IS_DRILL),
    "backfilled": (_("Entered afterwards"), Q(kind=IncidentKind.BACKFILLED)),
}


@dataclass(frozen=True, slots=True)
class Filters:
    """The state of the list. Values that mean nothing are read as if they were not there."""

    state: str = "open"
    whose: str = ""
    severity: str = ""
    system: str = ""
    kind: str = ""
    q: str = ""
    sort: str = Sort.NEXT_DUE.value

    @classmethod
    def read(cls, query: QueryDict) -> "Filters":
        state = query.get("state", "")
        state = state if state in dict(STATES) else "open"
        whose, sort = query.get("whose", ""), query.get("sort", "")
        return cls(
            state=state,
            whose=whose if whose in Whose.values else "",
            severity=query.get("severity", "")[:16],
            system=query.get("system", "")[:80],
            kind=kind if (kind := query.get("kind", "")) in KINDS else "",
            q=" ".join(query.get("q", "").replace("\x00", "").split())[:MOST_TEXT],
            sort=sort if sort in Sort.values else _usual_sort(state),
        )

    def url_query(self, **changes: str) -> str:
        """These filters as a query string, without what is the default anyway."""
        values = {name: getattr(self, name) for name in self.__slots__} | changes
        if "state" in changes and "sort" not in changes:
            values["sort"] = _usual_sort(values["state"])
        usual = {"state": "open", "sort": _usual_sort(values["state"])}
        return urlencode({name: value for name, value in values.items() if value and value != usual.get(name)})

    @property
    def is_only_whose(self) -> bool:
        """Whether the open incidents of a tab are shown, with no filter beside it."""
        return bool(self.whose) and self.state == "open" and not (self.severity or self.system or self.kind or self.q)

    @property
    def are_narrow(self) -> bool:
        """Whether anything but the state narrows the list."""
        return bool(self.whose or self.severity or self.system or self.kind or self.q)

    def condition(self, user: User, *, now: datetime) -> Q:
        """The rows of the list, for a queryset that was cut to what the person may see."""
        found = self._states()
        if self.whose == Whose.MINE:
            found &= Q(lead=user)
        elif self.whose == Whose.UNOWNED:
            found &= Q(lead__isnull=True)
        elif self.whose == Whose.OVERDUE:
            found &= Q(next_due_at__lt=now)
        if self.severity:
            found &= Q(severity__slug=self.severity)
        if self.system:
            found &= Q(system__slug=self.system)
        if self.kind:
            found &= KINDS[self.kind][1]
        return found & self._text()

    def _states(self) -> Q:
        if self.state == "all":
            return Q()
        return Q(state__in=sorted(OPEN)) if self.state == "open" else Q(state=self.state)

    def _text(self) -> Q:
        if not self.q:
            return Q()
        number = _REFERENCE.fullmatch(self.q)
        return Q(reference=f"AIR-{number[1]}") if number else Q(title__icontains=self.q)


def _usual_sort(state: str) -> str:
    """Open work by the clock that runs out first, the past by date."""
    return Sort.NEXT_DUE.value if state in {"open", "reported", "triaged", "contained"} else Sort.NEWEST.value
