"""An incident in plain words for people outside the team: nothing from notes, samples, complaints or lanes."""

from django.utils.translation import gettext as _

from airp.web.markdown import Mark, with_names
from incidents.response.mentions import places_in
from incidents.response.models import Incident
from incidents.response.states import State
from incidents.response.timeline import TimelineEntry


def state_words(incident: Incident) -> str:
    """What is being done now, as it follows from the state."""
    return {
        State.REPORTED: _("We are finding out what happened and how bad it is."),
        State.TRIAGED: _("We know what it is and are working on stopping it."),
        State.CONTAINED: _("The harm has stopped. We are putting right what it did and what caused it."),
        State.RESOLVED: _("It is put right. We make sure that it stays so and learn from it."),
        State.CLOSED: _("It is over."),
        State.DISMISSED: _("We looked into it: it was no incident."),
    }[State(incident.state)]


def headline(incident: Incident) -> str:
    """What it is called outside the team. Titles may hold words of those who complained."""
    if incident.harm_kind is None:
        return _("Something is wrong with %(system)s") % {"system": incident.system.name}
    return _("%(kind)s: %(system)s") % {"kind": incident.harm_kind.name, "system": incident.system.name}


def happened(incident: Incident) -> str:
    """What happened, while nobody has put it into words of their own."""
    if incident.harm_kind is None:
        return _("The AI system “%(system)s” did something that it should not do. We do not know yet what it is.") % {
            "system": incident.system.name
        }
    return _("The AI system “%(system)s” did something that it should not do: %(meaning)s") % {
        "system": incident.system.name,
        "meaning": incident.harm_kind.meaning,
    }


def last_update_words(entry: TimelineEntry) -> str:
    """The words of an update; people named in it stay unnamed outside the team."""
    return with_names(entry.words, [Mark(each.at, each.length, _("a colleague")) for each in places_in(entry.facts)])
