"""What happens to the incident itself, in sentences."""

from collections.abc import Callable

from django.utils.translation import gettext as _

from incidents.classification.taxonomies import described
from incidents.response.kinds import Kind, Way
from incidents.response.names import Facts, Names, Say, said, time_words
from incidents.response.people import IncidentRole
from incidents.response.states import State
from incidents.response.telling import IncidentTime
from incidents.response.visibility import Visibility


def _declared(facts: Facts, names: Names) -> str:
    if facts.get("harm_kind"):
        return _("Declared as %(severity)s: %(kind)s") % {
            "severity": facts["severity"],
            "kind": names.harm_kind(facts["harm_kind"]),
        }
    return _("Declared as %(severity)s") % {"severity": facts["severity"]}


def _acknowledged(facts: Facts, names: Names) -> str:
    if facts.get("way") == Way.MAIL_LINK:
        return _("Acknowledged by mail link")
    return _("Acknowledged")


def _triaged(facts: Facts, names: Names) -> str:
    return _("Triaged as %(severity)s: %(kind)s") % {
        "severity": facts["severity"],
        "kind": names.harm_kind(facts["harm_kind"]),
    }


def _raised(facts: Facts, names: Names) -> str:
    return _("Severity raised from %(before)s to %(after)s") % {"before": facts["from"], "after": facts["to"]}


def _lowered(facts: Facts, names: Names) -> str:
    return _("Severity lowered from %(before)s to %(after)s") % {"before": facts["from"], "after": facts["to"]}


def _assessed(facts: Facts, names: Names) -> str:
    if facts["chosen"] != facts["computed"]:
        words = _("Assessed: %(computed)s by the answers, %(chosen)s chosen")
    elif facts.get("reassess_due_at"):
        words = _("Assessed: %(chosen)s, provisional until it is assessed again by %(due)s")
    else:
        words = _("Assessed: %(chosen)s")
    return words % {
        "chosen": facts["chosen"],
        "computed": facts["computed"],
        "due": time_words(facts.get("reassess_due_at")),
    }


def _harm_kind_changed(facts: Facts, names: Names) -> str:
    return _("Harm kind changed from %(before)s to %(after)s") % {
        "before": names.harm_kind(facts["harm_kind_before"]),
        "after": names.harm_kind(facts["harm_kind"]),
    }


def _tags_corrected(facts: Facts, names: Names) -> str:
    added = [tag.code for tag in described(facts["added"])]
    removed = [tag.code for tag in described(facts["removed"])]
    if added and removed:
        words = _("Tags corrected: %(added)s added, %(removed)s taken away")
    else:
        words = _("Tags added: %(added)s") if added else _("Tags taken away: %(removed)s")
    return words % {"added": ", ".join(added), "removed": ", ".join(removed)}


def _contained(facts: Facts, names: Names) -> str:
    return _("Contained: the harm stopped at %(at)s") % {"at": time_words(facts.get("contained_at"))}


def _resolved(facts: Facts, names: Names) -> str:
    return _("Resolved: put right at %(at)s") % {"at": time_words(facts.get("resolved_at"))}


def _reopened(facts: Facts, names: Names) -> str:
    return _("Reopened; it was %(state)s") % {"state": str(State(facts["from"]).label).lower()}


def _handed_over(facts: Facts, names: Names) -> str:
    if facts.get("to") is None:
        return _("%(name)s gave up the lead") % {"name": names.person(facts.get("from"))}
    if facts.get("from"):
        return _("Lead handed over from %(before)s to %(after)s") % {
            "before": names.person(facts["from"]),
            "after": names.person(facts["to"]),
        }
    return _("%(name)s took the lead") % {"name": names.person(facts["to"])}


def _role_assigned(facts: Facts, names: Names) -> str:
    return _("%(name)s named for the role: %(role)s") % {
        "name": names.person(facts["person"]),
        "role": IncidentRole(facts["role"]).label,
    }


def _role_ended(facts: Facts, names: Names) -> str:
    return _("%(name)s released from the role: %(role)s") % {
        "name": names.person(facts["person"]),
        "role": IncidentRole(facts["role"]).label,
    }


def _time_corrected(facts: Facts, names: Names) -> str:
    return _("Time corrected: %(which)s is %(after)s, was %(before)s") % {
        "which": str(IncidentTime(facts["which"]).label).lower(),
        "after": time_words(facts["after"]),
        "before": time_words(facts.get("before")),
    }


def _visibility_changed(facts: Facts, names: Names) -> str:
    if facts["to"] == Visibility.RESTRICTED:
        return _("Restricted to those who work on it")
    return _("Opened to everybody who reads incidents")


def _pinned(words: Callable[[], str]) -> Say:
    return lambda facts, names: words() % {"n": facts["entry"]}


OWN: dict[str, Say] = {
    Kind.DECLARED: _declared,
    Kind.ACKNOWLEDGED: _acknowledged,
    Kind.TRIAGED: _triaged,
    Kind.SEVERITY_RAISED: _raised,
    Kind.SEVERITY_LOWERED: _lowered,
    Kind.SEVERITY_ASSESSED: _assessed,
    Kind.CONTAINED: _contained,
    Kind.RESOLVED: _resolved,
    Kind.CLOSED: said(lambda: _("Closed")),
    Kind.DISMISSED: said(lambda: _("Dismissed: no incident")),
    Kind.REOPENED: _reopened,
    Kind.HANDED_OVER: _handed_over,
    Kind.ROLE_ASSIGNED: _role_assigned,
    Kind.ROLE_ENDED: _role_ended,
    Kind.DETAILS_EDITED: said(lambda: _("Title or summary reworded")),
    Kind.HARM_KIND_CHANGED: _harm_kind_changed,
    Kind.TAGS_CORRECTED: _tags_corrected,
    Kind.TIME_CORRECTED: _time_corrected,
    Kind.VISIBILITY_CHANGED: _visibility_changed,
    Kind.NOTE_ADDED: said(lambda: _("Note")),
    Kind.STATUS_WORDED: said(lambda: _("Words for people outside the team written")),
    Kind.ENTRY_PINNED: _pinned(lambda: _("Entry %(n)d pinned")),
    Kind.ENTRY_UNPINNED: _pinned(lambda: _("Entry %(n)d unpinned")),
    Kind.UPDATE_POSTED: said(lambda: _("Update: how it stands")),
}
