"""What was done with a report, in words, as the timeline of its page draws it."""

from typing import Any

from django.utils.translation import gettext as _

from incidents.reports.report import ReportEntry
from incidents.reports.states import Verb
from incidents.reports.taking import TAKEN
from incidents.response import looks
from incidents.response.looks import Look
from incidents.triage.reasons import DeclineReason

LOOKS = {
    TAKEN: Look("high", "inbox"),
    Verb.ACCEPT: Look("good", "siren"),
    Verb.ATTACH: Look("moderate", "link"),
    Verb.DECLINE: Look("info", "circle-x"),
    Verb.SNOOZE: Look("info", "clock"),
    Verb.REOPEN: Look("high", "rotate-ccw"),
    Verb.TAKE_BACK: Look("info", "undo-2"),
    Verb.REVEAL: Look("moderate", "eye"),
}


def row(entry: ReportEntry) -> dict[str, Any]:
    who = entry.by.name if entry.by else ""
    return looks.row(entry.pk, at=entry.at, what=sentence(entry), who=who, look=LOOKS[entry.verb], text=entry.words)


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
