"""What is found out about an incident, who was called, and its review, in sentences."""

from collections.abc import Callable

from django.utils.translation import gettext as _

from incidents.classification.figures import Figures
from incidents.response.kinds import Kind
from incidents.response.names import Facts, Names, Say, said


def _alerted(facts: Facts, names: Names) -> str:
    called = facts.get("people") or ()
    if not called:
        return _("Nobody could be alerted")
    return _("Alerted: %(names)s") % {"names": ", ".join(map(names.person, called))}


def _escalated(facts: Facts, names: Names) -> str:
    called = facts.get("people") or ()
    if not called:
        return _("Nobody answered in time, and nobody else could be alerted")
    if facts.get("reason") == "declared":
        return _("Nobody was on call: %(names)s called instead") % {"names": ", ".join(map(names.person, called))}
    return _("Nobody answered in time: escalated to %(names)s") % {"names": ", ".join(map(names.person, called))}


def _breach_attached(facts: Facts, _names: Names) -> str:
    if facts.get("origin") == "late_detected":
        return _("A breach of a threshold was attached, found in signals that came late")
    return _("A breach of a threshold was attached")


def _evidence_revised(facts: Facts, _names: Names) -> str:
    if facts.get("answer") == "would_fire":
        return _("Evidence revised: the threshold would have fired after all")
    return _("Evidence revised: the threshold would not have fired")


def _complaint(words: Callable[[], str]) -> Say:
    return lambda facts, names: words() % {"complaint": facts["complaint"]}


def _exposure_recorded(facts: Facts, _names: Names) -> str:
    return _("Exposure recorded: %(figures)s") % {"figures": Figures.read(facts).sentence}


def _report(words: Callable[[], str]) -> Say:
    return lambda facts, names: words() % {"report": facts["report"]}


def _sample_kept(facts: Facts, _names: Names) -> str:
    return _("Harm sample %(number)d was put into the vault") % {"number": facts["sample"]}


def _sample_revealed(facts: Facts, _names: Names) -> str:
    return _("The original of harm sample %(number)d was read") % {"number": facts["sample"]}


def _attachment_added(facts: Facts, _names: Names) -> str:
    return _("Attachment %(number)d added, SHA-256 %(sha256)s") % {
        "number": facts["attachment"],
        "sha256": facts["sha256"],
    }


EVIDENCE: dict[str, Say] = {
    Kind.BREACH_ATTACHED: _breach_attached,
    Kind.BREACH_DETACHED: said(lambda: _("A breach of a threshold was taken away again")),
    Kind.SIGNAL_CLEARED: said(lambda: _("The signal is back under its limit")),
    Kind.EVIDENCE_REVISED: _evidence_revised,
    Kind.COMPLAINT_ATTACHED: _complaint(lambda: _("Complaint %(complaint)s was attached")),
    Kind.COMPLAINT_DETACHED: _complaint(lambda: _("Complaint %(complaint)s was taken away again")),
    Kind.EXPOSURE_RECORDED: _exposure_recorded,
    Kind.SAMPLE_KEPT: _sample_kept,
    Kind.SAMPLE_REVEALED: _sample_revealed,
    Kind.ATTACHMENT_ADDED: _attachment_added,
    Kind.REPORT_ATTACHED: _report(lambda: _("Report %(report)s was attached")),
    Kind.REPORT_DETACHED: _report(lambda: _("Report %(report)s was taken away again")),
    Kind.ALERT_RAISED: _alerted,
    Kind.ESCALATED: _escalated,
    Kind.REVIEW_OPENED: said(lambda: _("Review opened")),
    Kind.REVIEW_SUBMITTED: said(lambda: _("Review submitted for sign-off")),
    Kind.REVIEW_RETURNED: said(lambda: _("Review returned with comments")),
    Kind.REVIEW_SIGNED_OFF: said(lambda: _("Review signed off")),
}
