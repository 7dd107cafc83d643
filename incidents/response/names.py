"""What the facts of a timeline entry are called in sentences: facts hold ids and slugs, names come in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from airp.web import times

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Names:
    """What ids and slugs in facts are called. Unknown ones stay readable as what they are."""

    people: Mapping[int, str] = field(default_factory=dict)
    harm_kinds: Mapping[str, str] = field(default_factory=dict)
    # References of other incidents, of those that exist for the reader
    incidents: Mapping[int, str] = field(default_factory=dict)

    def person(self, pk: object) -> str:
        return self.people.get(pk, _("somebody")) if isinstance(pk, int) else _("nobody")

    def harm_kind(self, slug: object) -> str:
        return self.harm_kinds.get(str(slug), str(slug))

    def incident(self, pk: object) -> str:
        return self.incidents.get(pk, _("another incident")) if isinstance(pk, int) else _("another incident")


Say = Callable[[Facts, Names], str]


def said(words: Callable[[], str]) -> Say:
    """A kind whose sentence needs no facts; translated when it is shown."""
    return lambda facts, names: words()


def time_words(iso: object) -> str:
    return times.absolute(datetime.fromisoformat(iso)) if isinstance(iso, str) and iso else _("unknown")
