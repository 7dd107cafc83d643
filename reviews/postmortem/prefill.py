"""The first draft of "what happened": the timeline as sentences with times, for people to shorten and correct."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from incidents.response import sentences
from incidents.response.kinds import Kind
from incidents.response.names import Names as TimelineNames
from incidents.response.timeline import TimelineEntry

MOST_LINES = 150
MOST_WORDS = 600  # characters quoted from one entry
Names = Mapping[int, str]
Teller = Callable[[Mapping[str, Any], Names], str]

# Times that people gave: the line stands at the time it really happened.
_REAL_TIME = {Kind.CONTAINED: "contained_at", Kind.RESOLVED: "resolved_at"}


def _as_on_the_timeline(kind: Kind) -> Teller:
    return lambda facts, names: sentences.SENTENCES[kind](facts, TimelineNames(people=names))


def _plain(words: Promise) -> Teller:
    return lambda facts, _names: str(words) % ({"severity": "—", "from": "—", "to": "—"} | dict(facts))


# Kinds that tell the story. Alerts, edits and the review's own moves stay on the timeline.
_SENTENCES: dict[str, Teller] = {
    Kind.DECLARED: _plain(lazy("The incident was declared as %(severity)s")),
    Kind.ACKNOWLEDGED: _plain(lazy("The incident was acknowledged")),
    Kind.TRIAGED: _plain(lazy("The incident was triaged as %(severity)s")),
    Kind.SEVERITY_RAISED: _plain(lazy("The severity was raised from %(from)s to %(to)s")),
    Kind.SEVERITY_LOWERED: _plain(lazy("The severity was lowered from %(from)s to %(to)s")),
    Kind.CONTAINED: _plain(lazy("The harm was contained")),
    Kind.RESOLVED: _plain(lazy("The incident was resolved")),
    Kind.REOPENED: _plain(lazy("The incident was reopened")),
    Kind.HANDED_OVER: _as_on_the_timeline(Kind.HANDED_OVER),
    Kind.ROLE_ASSIGNED: _as_on_the_timeline(Kind.ROLE_ASSIGNED),
    Kind.NOTE_ADDED: _plain(lazy("Note")),
    Kind.UPDATE_POSTED: _plain(lazy("Update")),
    Kind.BREACH_ATTACHED: _plain(lazy("A threshold was breached")),
    Kind.SIGNAL_CLEARED: _plain(lazy("The signal went back below its limit")),
    Kind.EVIDENCE_REVISED: _as_on_the_timeline(Kind.EVIDENCE_REVISED),
    Kind.ESCALATED: _plain(lazy("Nobody had answered in time, so the alert was escalated")),
}


def what_happened(entries: Iterable[TimelineEntry], *, names: Names, zone: tzinfo = UTC) -> str:
    """One line for each entry that tells the story, oldest first, times in `zone`, which each line names.

    `names` maps the ids of people to their names. Long stories are cut, and say so.
    """
    told = [entry for entry in entries if entry.kind in _SENTENCES]
    told.sort(key=lambda entry: (_happened_at(entry), entry.seq))
    lines = [_line(entry, names=names, zone=zone) for entry in told[:MOST_LINES]]
    if (left := len(told) - MOST_LINES) > 0:
        lines.append(_("%(n)d more entries stand on the timeline.") % {"n": left})
    return "\n".join(lines)


def people_in(entries: Iterable[TimelineEntry]) -> set[int]:
    """The ids of all people that `what_happened` will name."""
    found: set[int] = set()
    for entry in entries:
        facts = entry.facts
        candidates = (entry.actor_id, facts.get("from"), facts.get("to"), facts.get("person"))
        found |= {person for person in candidates if isinstance(person, int)}
    return found


def _line(entry: TimelineEntry, *, names: Names, zone: tzinfo) -> str:
    sentence = _SENTENCES[entry.kind](entry.facts, names)
    doer = names.get(entry.actor_id, "") if entry.actor_id else ""
    by = _(" (%(name)s)") % {"name": doer} if doer and doer not in sentence else ""
    words = " ".join(entry.words.split())
    told = f": {words[:MOST_WORDS]}{'…' if len(words) > MOST_WORDS else ''}" if words else "."
    return f"- {_happened_at(entry).astimezone(zone):%-d %b %Y, %H:%M %Z} · {sentence}{by}{told}"


def _happened_at(entry: TimelineEntry) -> datetime:
    """When it really happened, if a person said so, else when it was recorded."""
    said = entry.facts.get(_REAL_TIME.get(Kind(entry.kind), ""))
    return datetime.fromisoformat(said) if said else entry.happened_at
