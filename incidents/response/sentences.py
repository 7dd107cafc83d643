"""The timeline in words: each kind of entry as one sentence, with its look. Facts hold ids; names come in.

Satellites' kinds have their sentences in this package too, so that everything reads alike.
"""

from collections.abc import Container, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from airp.web.markdown import Mark, to_html
from incidents.response import looks
from incidents.response.evidence_sentences import EVIDENCE
from incidents.response.handoff_sentences import HANDOFFS
from incidents.response.kinds import Kind
from incidents.response.link_sentences import LINKS, OF_THE_STATE
from incidents.response.mentions import mentioned_in, places_in
from incidents.response.names import Facts, Names, Say
from incidents.response.own_sentences import OWN
from incidents.response.timeline import TimelineEntry
from incidents.response.work_sentences import WORK

SENTENCES: dict[str, Say] = OWN | WORK | HANDOFFS | EVIDENCE | LINKS
SHORT_REASON = 200  # longer texts are drawn as Markdown paragraphs of their own


@dataclass(frozen=True, slots=True)
class Told:
    """What the page shows of an entry: plain values, as a page of model instances costs more than all its words."""

    seq: int
    kind: str
    happened_at: datetime
    facts: Facts
    actor_id: int | None
    actor_name: str | None
    words: str | None


def told(entries: QuerySet[TimelineEntry]) -> list[Told]:
    """These entries in their order, in one query. Erased words are empty."""
    columns = ("seq", "kind", "happened_at", "facts", "actor_id", "actor__name", "text__value")
    return [Told(*values) for values in entries.values_list(*columns)]


def people_in(entries: Iterable["Told | TimelineEntry"]) -> set[int]:
    """Ids of the people whom facts name, to be resolved in one query."""
    one = ("from", "to", "person", "lead")
    named = (
        value
        for entry in entries
        for value in (*map(entry.facts.get, one), *(entry.facts.get("people") or ()), *mentioned_in(entry.facts))
    )
    return {value for value in named if isinstance(value, int)}


def harm_kinds_in(entries: Iterable["Told | TimelineEntry"]) -> set[str]:
    """Slugs of the harm kinds that facts name."""
    named = (entry.facts.get(name) for entry in entries for name in ("harm_kind", "harm_kind_before"))
    return {slug for slug in named if isinstance(slug, str) and slug}


def incidents_in(entries: Iterable["Told"]) -> set[int]:
    """Ids of the other incidents that facts name."""
    return {entry.facts["other"] for entry in entries if entry.kind in LINKS}


def for_reader(entries: Iterable["Told"], seen: Container[int], *, by_words: bool = False) -> list["Told"]:
    """Without what tells of incidents that do not exist for the reader; `seen` are those that do.

    Where such an entry explains the state of this incident it stays, without its words: then it is not found by them.
    """
    kept = frozenset() if by_words else OF_THE_STATE
    return [
        entry if is_told else replace(entry, words=None)
        for entry in entries
        if (is_told := entry.kind not in LINKS or entry.facts["other"] in seen) or entry.kind in kept
    ]


def sentence(entry: "Told | TimelineEntry", names: Names) -> str:
    """What happened, in the past tense, without who and when: the timeline shows those beside it."""
    words = SENTENCES.get(entry.kind)
    return words(entry.facts, names) if words else entry.kind.replace("_", " ").capitalize()


def row(entry: Told, names: Names) -> dict[str, Any]:
    """An entry as templates/shell/timeline.html draws it."""
    words = entry.words or ""
    is_said = entry.kind in {Kind.NOTE_ADDED, Kind.UPDATE_POSTED}
    is_short = not is_said and len(words) <= SHORT_REASON and "\n" not in words
    return looks.row(
        entry.seq,
        at=entry.happened_at,
        what=sentence(entry, names),
        who=entry.actor_name,
        look=looks.look(entry.kind),
        reason=words if is_short else "",
        text="" if is_short else words,
        html=to_html(words, marks_in(entry, names)) if mentioned_in(entry.facts) else "",
    )


def marks_in(entry: "Told | TimelineEntry", names: Names) -> tuple[Mark, ...]:
    """The names in the words of an entry, as people are called today."""
    return tuple(Mark(place.at, place.length, names.person(place.person)) for place in places_in(entry.facts))
