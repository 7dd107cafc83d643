"""What was done with a complaint, in words, as the timeline of its page draws it."""

from typing import Any

from django.utils.translation import gettext as _

from incidents.complaints.complaint import ComplaintEntry
from incidents.complaints.states import CloseReason, Verb
from incidents.complaints.taking import TAKEN
from incidents.response import looks
from incidents.response.looks import PLAIN, Look

LOOKS = {
    TAKEN: Look("high", "inbox"),
    Verb.ATTACH: Look("moderate", "link"),
    Verb.DETACH: Look("info", "undo-2"),
    Verb.ANSWER: Look("good", "send"),
    Verb.CLOSE: Look("info", "circle-check"),
    Verb.REOPEN: Look("high", "rotate-ccw"),
    Verb.CLASSIFY: Look("info", "pencil"),
    Verb.SNOOZE: Look("info", "clock"),
    Verb.TAKE_BACK: Look("info", "undo-2"),
    Verb.REVEAL: Look("moderate", "eye"),
    Verb.ISSUE_CODE: Look("info", "mail"),
}


def row(entry: ComplaintEntry) -> dict[str, Any]:
    who = entry.by.name if entry.by else ""
    return looks.row(
        entry.pk, at=entry.at, what=sentence(entry), who=who, look=LOOKS.get(entry.verb, PLAIN), text=entry.words
    )


def sentence(entry: ComplaintEntry) -> str:
    """What happened, in the past tense, without who and when."""
    if entry.verb == Verb.CLASSIFY:
        none = _("none")
        return _("Category changed from %(before)s to %(after)s") % {
            "before": entry.facts.get("from") or none,
            "after": entry.facts.get("to") or none,
        }
    if entry.verb == Verb.CLOSE:
        return _("Closed: %(why)s") % {"why": CloseReason(entry.facts["why"]).label}
    return {
        TAKEN: _("Received"),
        Verb.ATTACH: _("Attached to a breach") if entry.facts.get("breach") else _("Attached to an incident"),
        Verb.DETACH: _("Detached"),
        Verb.ANSWER: _("Answered"),
        Verb.REOPEN: _("Opened again"),
        Verb.SNOOZE: _("Put off"),
        Verb.TAKE_BACK: _("The last decision was taken back"),
        Verb.REVEAL: _("The original was read"),
        Verb.ISSUE_CODE: _("A new code to follow it was given out"),
    }.get(entry.verb, entry.verb)
