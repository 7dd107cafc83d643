"""Which part of the timeline a page shows: groups of kinds, a person, words, a place. Its whole state is the URL."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.db.models import Q
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from airp.web.answers import wants_fragment
from incidents.response.groups import KINDS_OF, Group, group_of
from incidents.response.timeline import TimelineEntry

MOST_TEXT = 100
MOST_DIGITS = 9


@dataclass(frozen=True, slots=True)
class TimelineFilter:
    """Values that mean nothing are read as if they were not there. `entry` is the one that a link points to."""

    kinds: tuple[str, ...] = ()
    person: int | None = None
    q: str = ""
    before: int | None = None
    entry: int | None = None

    @classmethod
    def read(cls, query: QueryDict) -> "TimelineFilter":
        given = set(query.getlist("kinds"))
        entry = _number(query.get("entry", ""))
        if entry is not None:  # a link opens at its entry, whatever else stands in it
            return cls(entry=entry)
        return cls(
            kinds=tuple(group for group in Group.values if group in given),
            person=_number(query.get("person", "")),
            q=" ".join(query.get("q", "").split())[:MOST_TEXT],
            before=_number(query.get("before", "")),
        )

    @classmethod
    def of(cls, request: HttpRequest) -> "TimelineFilter":
        """From the address; after a step that htmx sent, from that of the page it was sent from."""
        if request.method == "POST" and wants_fragment(request):
            query = urlsplit(request.headers.get("HX-Current-URL", "")).query
            return cls.read(QueryDict(query.replace("%00", "")))
        return cls.read(request.GET)

    @property
    def is_narrow(self) -> bool:
        return bool(self.kinds or self.person is not None or self.q)

    @property
    def url_query(self) -> str:
        pairs: list[tuple[str, Any]] = [("kinds", kind) for kind in self.kinds]
        pairs += [(name, value) for name in ("person", "q", "before", "entry") if (value := getattr(self, name))]
        return urlencode(pairs)

    def at(self, before: int) -> str:
        """The query of the page that begins before an entry."""
        return replace(self, before=before, entry=None).url_query

    @property
    def condition(self) -> Q:
        """The entries, without their place."""
        found = Q()
        if self.kinds:
            found &= Q(kind__in=[kind for group in self.kinds for kind in KINDS_OF[Group(group)]])
        if self.person is not None:
            found &= Q(actor=self.person)
        return found & Q(text__value__icontains=self.q) if self.q else found

    def shows(self, entry: TimelineEntry) -> bool:
        """Whether an entry that was just written is among them."""
        return (
            (not self.kinds or group_of(entry.kind) in self.kinds)
            and (self.person is None or entry.actor_id == self.person)
            and self.q.casefold() in entry.words.casefold()
        )

    def words(self, people: dict[int, str]) -> list[str]:
        """What narrows the timeline, for the line above it."""
        parts = [str(Group(kind).label) for kind in self.kinds]
        if self.person is not None:
            parts.append(people.get(self.person) or _("somebody who wrote nothing here"))
        return [*parts, f"“{self.q}”"] if self.q else parts


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) <= MOST_DIGITS else None
