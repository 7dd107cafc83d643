"""What the list of complaints shows: its whole state stands in the URL."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db import models
from django.db.models import Q
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from airp.web.paging import Segment
from incidents.complaints.channels import Channel
from incidents.complaints.states import WAITING, State

_REFERENCE = re.compile(r"(?:CMP-)?(\d{4}-\d{1,9})", re.IGNORECASE)
MOST_TEXT = 100
NEWEST = Segment(Q(), "received_at", is_descending=True)


class Sort(models.TextChoices):
    PRIORITY = "priority", _("Press, regulator, court first")
    NEWEST = "newest", _("Newest")
    OLDEST = "oldest", _("Longest waiting")


class Who(models.TextChoices):
    EVERYBODY = "", _("Everybody")
    PRIORITY = "priority", _("Press, regulator, court")
    ANONYMOUS = "anonymous", _("Anonymous")


STATES: list[tuple[str, Any]] = [("waiting", _("Waiting")), *State.choices, ("all", _("All"))]


@dataclass(frozen=True, slots=True)
class Filters:
    """Values that mean nothing are read as if they were not there."""

    state: str = "waiting"
    who: str = ""
    system: str = ""
    harm: str = ""
    channel: str = ""
    category: str = ""
    q: str = ""
    sort: str = Sort.PRIORITY.value

    @classmethod
    def read(cls, query: QueryDict) -> "Filters":
        def one_of(name: str, values: list[str], usual: str) -> str:
            return given if (given := query.get(name, "")) in values else usual

        return cls(
            state=one_of("state", [value for value, _label in STATES], "waiting"),
            who=one_of("who", Who.values, ""),
            system=query.get("system", "")[:80],
            harm=query.get("harm", "")[:40],
            channel=one_of("channel", Channel.values, ""),
            category=query.get("category", "")[:80],
            q=" ".join(query.get("q", "").replace("\x00", "").split())[:MOST_TEXT],
            sort=one_of("sort", Sort.values, Sort.PRIORITY.value),
        )

    def address(self, *, place: str = "", **changes: str) -> str:
        """The list with these filters, at a place or at its beginning."""
        usual = {"state": "waiting", "sort": Sort.PRIORITY.value}
        values = {name: getattr(self, name) for name in self.__slots__} | changes
        query = urlencode({name: value for name, value in values.items() if value and value != usual.get(name)})
        query = "&".join(part for part in (query, place) if part)
        return f"{reverse('incidents:complaints')}{'?' if query else ''}{query}"

    @property
    def names(self) -> list[tuple[str, str]]:
        """Name and value of each, for forms that come back to this list."""
        return [(name, getattr(self, name)) for name in self.__slots__]

    @property
    def are_narrow(self) -> bool:
        """Whether anything but the state narrows the list."""
        return bool(self.who or self.system or self.harm or self.channel or self.category or self.q)

    @property
    def condition(self) -> Q:
        found = self._states() & self._text()
        if self.who == Who.PRIORITY:
            found &= ~Q(priority_contact="")
        elif self.who == Who.ANONYMOUS:
            found &= Q(person="")
        equal = {"system__slug": self.system, "harm_kind__slug": self.harm, "channel": self.channel}
        equal["category"] = self.category
        return found & Q(**{name: value for name, value in equal.items() if value})

    @property
    def walk(self) -> list[Segment]:
        if self.sort == Sort.OLDEST:
            return [Segment(Q(), "received_at", is_descending=False)]
        if self.sort == Sort.NEWEST:
            return [NEWEST]
        return [
            Segment(~Q(priority_contact=""), "received_at", is_descending=True),
            Segment(Q(priority_contact=""), "received_at", is_descending=True),
        ]

    def _states(self) -> Q:
        if self.state == "all":
            return Q()
        return Q(state__in=WAITING) if self.state == "waiting" else Q(state=self.state)

    def _text(self) -> Q:
        if not self.q:
            return Q()
        number = _REFERENCE.fullmatch(self.q)
        return Q(reference=f"CMP-{number[1]}") if number else Q(text__icontains=self.q)
