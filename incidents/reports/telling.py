"""What was done with a report, in words, as the timeline of its page draws it."""

from typing import Any

from django.utils.translation import gettext as _

from incidents.reports.report import ReportEntry
from incidents.reports.states import Verb
from incidents.reports.taking import TAKEN
from incidents.triage.reasons import DeclineReason

LOOKS = {
    TAKEN: ("high", "inbox"),
    Verb.ACCEPT: ("good", "siren"),
    Verb.ATTACH: ("moderate", "link"),
    Verb.DECLINE: ("info", "circle-x"),
    Verb.SNOOZE: ("info", "clock"),
    Verb.REOPEN: ("high", "rotate-ccw"),
    Verb.TAKE_BACK: ("info", "undo-2"),
    Verb.REVEAL: ("moderate", "eye"),
}


def row(entry: ReportEntry) -> dict[str, Any]:
    tone, icon = LOOKS[entry.verb]
    return {
        "id": entry.pk,
        "at": entry.at,
        "what": sentence(entry),
        "who": entry.by.name if entry.by else "",
        "tone": tone,
        "icon": icon,
        "reason": "",
        "text": entry.words,
    }


def sentence(entry: ReportEntry) -> str:
    """What happened, in the past tense, without who and when."""
    if entry.verb == Verb.DECLINE:
        return _("Declined: %(why)s") % {"why": DeclineReason(entry.facts["why"]).label}
    return {
        TAKEN: _("Reported"),
        Verb.ACCEPT: _("Accepted as incident"),
        Verb.ATTACH: _("Attached to an incident"),
        Verb.SNOOZE: _("Put off"),
        Verb.REOPEN: _("Opened again"),
        Verb.TAKE_BACK: _("The last decision was taken back"),
        Verb.REVEAL: _("The original was read"),
    }[entry.verb]
