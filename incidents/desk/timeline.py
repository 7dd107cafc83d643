"""The timeline of the incident page as plain data: one page of entries, what is pinned, and how it is narrowed."""

from typing import Any

from django.urls import reverse
from django.utils.text import Truncator

from airp.accounts.models import User
from airp.accounts.roles import Capability
from airp.web.markdown import with_names
from incidents.classification.models import HarmKind
from incidents.desk.around import Around, Pinned
from incidents.desk.timeline_filter import TimelineFilter
from incidents.response import sentences
from incidents.response.groups import Group
from incidents.response.models import Incident
from incidents.response.names import Names

ENTRIES_PER_PAGE = 20
LONGEST_OF_PINNED = 160


def page_of(incident: Incident, chosen: TimelineFilter, *, newest: int) -> tuple[list[sentences.Told], bool]:
    """The entries in their order, the newest first, and whether there are older ones. One query."""
    found = incident.timeline.filter(chosen.condition).order_by("-seq")
    before = chosen.before if chosen.entry is None else _around(chosen.entry, newest=newest)
    if before is not None:
        found = found.filter(seq__lt=before)
    page = sentences.told(found[: ENTRIES_PER_PAGE + 1])
    return page[:ENTRIES_PER_PAGE], len(page) > ENTRIES_PER_PAGE


def _around(entry: int, *, newest: int) -> int | None:
    """Where the page with an entry begins: at the top if it stands there, else so that it lies in the middle."""
    return None if newest - entry < ENTRIES_PER_PAGE else entry + ENTRIES_PER_PAGE // 2


def timeline(
    incident: Incident, entries: list[sentences.Told], near: Around, chosen: TimelineFilter, user: User
) -> dict[str, Any]:
    """What templates/incidents/timeline.html draws. Names already on the page are not read again."""
    entries = sentences.for_reader(entries, near.others, by_words=bool(chosen.q))
    held_up = [each for each in near.pinned if sentences.for_reader([each.told], near.others, by_words=True)]
    names = _names(incident, [*entries, *(pinned.told for pinned in held_up)], near)
    pinned = {each.told.seq for each in near.pinned}
    may_pin = user.can(Capability.ANNOTATE)
    drawn = [
        sentences.row(entry, names)
        | _place(incident, entry.seq, is_pinned=entry.seq in pinned, may_pin=may_pin)
        | {"is_marked": entry.seq == chosen.entry}
        for entry in entries
    ]
    return {
        "entries": drawn,
        "pinned": [_pinned(incident, each, names, may_pin=may_pin) for each in held_up],
        "may_pin": may_pin,
        "chosen": chosen,
        "groups": [{"value": value, "label": label, "is_on": value in chosen.kinds} for value, label in Group.choices],
        "authors": sorted(near.authors.items(), key=lambda author: author[1]),
        "narrowed_by": chosen.words(near.authors),
    }


def _names(incident: Incident, entries: list[sentences.Told], near: Around) -> Names:
    people = near.names | {entry.actor_id: entry.actor_name for entry in entries if entry.actor_id and entry.actor_name}
    if incident.lead is not None:
        people[incident.lead.pk] = incident.lead.name
    if missing := sentences.people_in(entries) - people.keys():
        people |= dict(User.objects.filter(pk__in=missing).values_list("pk", "name"))
    kinds = dict(near.kind_names)
    if unknown := sentences.harm_kinds_in(entries) - kinds.keys():
        kinds |= dict(HarmKind.objects.filter(slug__in=unknown).values_list("slug", "name"))
    return Names(people=people, harm_kinds=kinds, incidents=near.others)


def _place(incident: Incident, seq: int, *, is_pinned: bool, may_pin: bool) -> dict[str, Any]:
    name = "incidents:entry_unpin" if is_pinned else "incidents:entry_pin"
    return {
        "link": f"{reverse('incidents:incident', args=[incident.reference])}?entry={seq}",
        "pin_url": reverse(name, args=[incident.reference, seq]) if may_pin else "",
        "is_pinned": is_pinned,
    }


def _pinned(incident: Incident, pinned: Pinned, names: Names, *, may_pin: bool) -> dict[str, Any]:
    """A pinned entry in one line."""
    told = pinned.told
    words = with_names(told.words or "", sentences.marks_in(told, names))
    return {
        "seq": told.seq,
        "at": told.happened_at,
        "what": sentences.sentence(told, names),
        "who": told.actor_name or "",
        "words": Truncator(" ".join(words.split())).chars(LONGEST_OF_PINNED),
        "by": pinned.by,
        "pinned_at": pinned.at,
    } | _place(incident, told.seq, is_pinned=True, may_pin=may_pin)


def everything(incident: Incident, *, reader: User, most: int) -> tuple[list[dict[str, Any]], bool]:
    """The whole record from its beginning as it exists for this reader, for paper, and whether it was cut."""
    read = sentences.told(incident.timeline.order_by("seq")[: most + 1])
    others = Incident.objects.visible_to(reader).filter(pk__in=sentences.incidents_in(read))
    references = dict(others.values_list("pk", "reference"))
    told = sentences.for_reader(read[:most], references)
    people = dict(User.objects.filter(pk__in=sentences.people_in(told)).values_list("pk", "name"))
    kinds = dict(HarmKind.objects.filter(slug__in=sentences.harm_kinds_in(told)).values_list("slug", "name"))
    names = Names(people=people, harm_kinds=kinds, incidents=references)
    return [sentences.row(entry, names) for entry in told], len(read) > most
