"""Links between incidents and merging, in sentences.

Facts hold the id of the other incident. Its reference is told only to readers for whom it exists: for all others the
entry is left out, or, where it explains the state of this incident, says only that there was another one.
"""

from django.utils.translation import gettext as _

from incidents.response.kinds import Kind
from incidents.response.names import Facts, Names, Say
from incidents.response.relations import said

# They explain a change of state, so they stay, without reference and words.
OF_THE_STATE = frozenset({Kind.MERGED, Kind.UNMERGED})


def _linked(facts: Facts, names: Names) -> str:
    return _("Linked. %(relation)s %(other)s") % _sides(facts, names)


def _link_ended(facts: Facts, names: Names) -> str:
    return _("Link ended. It was: %(relation)s %(other)s") % _sides(facts, names)


def _merged(facts: Facts, names: Names) -> str:
    return _("Merged into %(other)s, as its duplicate") % {"other": names.incident(facts["other"])}


def _took_over(facts: Facts, names: Names) -> str:
    return _("Took over %(other)s, its duplicate") % {"other": names.incident(facts["other"])}


def _unmerged(facts: Facts, names: Names) -> str:
    return _("No longer merged into %(other)s. It stands as before") % {"other": names.incident(facts["other"])}


def _gave_back(facts: Facts, names: Names) -> str:
    return _("%(other)s stands by itself again, with what it brought") % {"other": names.incident(facts["other"])}


def _sides(facts: Facts, names: Names) -> dict[str, str]:
    return {"relation": said(facts["relation"], facts["side"]), "other": names.incident(facts["other"])}


LINKS: dict[str, Say] = {
    Kind.LINKED: _linked,
    Kind.LINK_ENDED: _link_ended,
    Kind.MERGED: _merged,
    Kind.TOOK_OVER: _took_over,
    Kind.UNMERGED: _unmerged,
    Kind.GAVE_BACK: _gave_back,
}
