"""Names in what people say: `@first.last`. Found in the text, kept in the facts as ids with their places. Pure.

The text stays as it was typed; the place says which part of it is a name, the id says whose. Renaming somebody later
changes how the name reads and nothing else.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MOST_MENTIONS = 20
# Not inside an address, a path or another word.
_TOKEN = re.compile(r"(?<![\w@./+-])@(\w+(?:[.'-]\w+)*)")
_BREAKS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Place:
    """A name in a text: where it stands with its @, how long it is, and whose it is."""

    at: int
    length: int
    person: int


@dataclass(frozen=True, slots=True)
class Found:
    """The people named in a text, and what looks like a name and is nobody's."""

    places: tuple[Place, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def facts(self) -> dict[str, Any]:
        """As a timeline entry keeps them; nothing when nobody is named."""
        kept = [{"at": place.at, "length": place.length, "person": place.person} for place in self.places]
        return {"mentions": kept} if kept else {}


def handle_of(name: str) -> str:
    """How a name is written after the @: in small letters, without accents, words joined by dots."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return ".".join(filter(None, _BREAKS.split("".join(sign for sign in plain if not unicodedata.combining(sign)))))


def handles_of(people: Iterable[tuple[int, str]]) -> dict[str, int]:
    """Handle -> id. People of the same name are told apart by their number: ann.lee.12."""
    by_handle: dict[str, list[int]] = {}
    for pk, name in people:
        by_handle.setdefault(handle_of(name), []).append(pk)
    return {
        handle if len(same) == 1 else f"{handle}.{pk}": pk
        for handle, same in by_handle.items()
        for pk in same
        if handle
    }


def has_names(text: str) -> bool:
    """Whether it is worth reading who could be meant."""
    return _TOKEN.search(text) is not None


def find(text: str, handles: Mapping[str, int]) -> Found:
    """Who is named in a text, at most twenty different people; the first twenty names that are nobody's."""
    places: list[Place] = []
    unknown: list[str] = []
    for token in _TOKEN.finditer(text):
        place = _place(token, handles)
        is_room = place is not None and len({each.person for each in (*places, place)}) <= MOST_MENTIONS
        if place is not None and is_room:
            places.append(place)
        else:
            unknown.append(token[0])
    return Found(tuple(places), tuple(dict.fromkeys(unknown))[:MOST_MENTIONS])


def mentioned_in(facts: Mapping[str, Any]) -> set[int]:
    """Ids of the people whom an entry names."""
    return {each["person"] for each in facts.get("mentions", ())}


def places_in(facts: Mapping[str, Any]) -> Sequence[Place]:
    return [Place(**each) for each in facts.get("mentions", ())]


def _place(token: re.Match[str], handles: Mapping[str, int]) -> Place | None:
    """The longest beginning that is somebody's: a sentence may go on right after the name."""
    words = re.split(r"(?=[.'-])", token[1])
    for n in range(len(words), 0, -1):
        written = "".join(words[:n])
        if person := handles.get(handle_of(written)):
            return Place(token.start(), len(written) + 1, person)
    return None
