"""The text of an alert: plain words, what to do next and where. Nothing is read from the database here."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.outbound.enclosures import ENCLOSED
from airp.web.times import absolute
from incidents.notification.models import Reason
from incidents.response.models import Incident

TEMPLATE, BUNDLE = "email/alert.txt", "email/alerts.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Subject and body of one mail."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One alert in a mail about several."""

    what: str
    title: str
    url: str
    level: str = ""
    due: str = ""
    link: str = ""
    is_practice: bool = False


def incident_url(incident: Incident) -> str:
    return f"{settings.BASE_URL}/incidents/{incident.reference}/"


def incident_text(
    incident: Incident,
    *,
    reason: Reason,
    recipient: User,
    also_told: Sequence[User],
    next_call: str,
    next_call_at: datetime | None,
    has_link: bool = False,
) -> Text:
    """The mail about an incident. Of a restricted one it says reference and level, and nothing else."""
    level = incident.severity_slug
    asks = incident.acknowledged_at is None and incident.is_under_way
    with timezone.override(recipient.zone):
        context = {
            "what": _what(reason),
            "reference": incident.reference,
            "level": f"{level} {incident.terms['name']}",
            "is_restricted": incident.is_restricted,
            "is_practice": incident.is_drill,
            "system": one_line(incident.system.name),
            "title": one_line(incident.title),
            "ask": _ask(incident) if asks else "",
            "link": ENCLOSED if has_link else "",
            "due": absolute(incident.acknowledge_due_at) if asks else "",
            "url": incident_url(incident),
            "also_told": ", ".join(person.name for person in also_told),
            "next_call": next_call if asks else "",
            "next_call_at": absolute(next_call_at) if asks and next_call_at else "",
            "organisation": settings.ORGANISATION,
        }
        body = _render(context)
    subject = f"{incident.reference} {level}: {_what(reason)}"
    return Text(subject=marked(subject) if incident.is_drill else subject, body=body)


def fact_text(
    *,
    title: str,
    reason: Reason,
    recipient: User,
    due_at: datetime | None,
    url: str,
    also_told: Sequence[User],
    reference: str = "",
    is_practice: bool = False,
) -> Text:
    """The mail about something with a page of its own, in an incident or in none. Titles stay out of the subject."""
    with timezone.override(recipient.zone):
        context = {
            "what": _what(reason),
            "title": one_line(title),
            "is_practice": is_practice,
            "ask": _ask_of(reason),
            "due": absolute(due_at) if due_at else "",
            "url": settings.BASE_URL + url,
            "also_told": ", ".join(person.name for person in also_told),
            "organisation": settings.ORGANISATION,
        }
        body = _render(context)
    subject = f"{reference}: {_what(reason)}" if reference else _what(reason)
    return Text(subject=marked(subject) if is_practice else subject, body=body)


def fact_line(*, title: str, reason: Reason, url: str, level: str, is_practice: bool) -> Line:
    """The same in a bundle. Its title begins with the reference."""
    what = marked(_what(reason)) if is_practice else _what(reason)
    return Line(what=what, title=title, url=url, level=level, is_practice=is_practice)


def incident_line(incident: Incident, *, reason: Reason, recipient: User, has_link: bool) -> Line:
    """An incident in a bundle: of a restricted one reference and level, and nothing else."""
    asks = incident.acknowledged_at is None and incident.is_under_way
    with timezone.override(recipient.zone):
        due = absolute(incident.acknowledge_due_at) if asks else ""
    what = f"{incident.reference}: {_what(reason)}"
    return Line(
        what=marked(what) if incident.is_drill else what,
        is_practice=incident.is_drill,
        title="" if incident.is_restricted else incident.title,
        url=f"/incidents/{incident.reference}/",
        level=incident.severity_slug,
        due=due,
        link=ENCLOSED if has_link else "",
    )


def short(line: Line) -> str:
    """An alert in one line, for channels that show little."""
    return " · ".join(part for part in (line.level, line.what, one_line(line.title), line.due) if part)


def bundle_text(lines: Sequence[Line]) -> Text:
    """One mail about many alerts, in the order given. Titles stay out of the subject."""
    context = {
        "lines": [{"line": line, "title": one_line(line.title), "url": settings.BASE_URL + line.url} for line in lines],
        "organisation": settings.ORGANISATION,
    }
    levels = [line.level for line in lines if line.level]
    words = {"n": len(lines), "level": levels[0] if levels else ""}
    subject = _("%(n)d alerts, first %(level)s") % words if levels else _("%(n)d alerts") % words
    is_practice = all(line.is_practice for line in lines)
    return Text(subject=marked(subject) if is_practice else subject, body=_render(context, template=BUNDLE))


def marked(words: str) -> str:
    """What is only practised says so before everything else."""
    return _("[Drill] %(words)s") % {"words": words}


def one_line(text: str) -> str:
    """Hostile text on one line, without control, direction and other unseen characters, and without our mark."""
    text = text.replace(ENCLOSED, "")
    kept = (" " if unicodedata.category(sign) in {"Cc", "Zl", "Zp"} else sign for sign in text)
    return " ".join("".join(sign for sign in kept if unicodedata.category(sign) not in {"Cf", "Co", "Cs"}).split())


def _render(context: Mapping[str, object], *, template: str = TEMPLATE) -> str:
    lines = [line.rstrip() for line in render_to_string(template, context).splitlines()]
    return "\n".join(line for line, before in zip(lines, ["", *lines], strict=False) if line or before).strip() + "\n"


def _what(reason: Reason) -> str:
    return {
        Reason.DECLARED: _("incident declared"),
        Reason.SEVERITY_RAISED: _("severity raised"),
        Reason.REOPENED: _("incident reopened"),
        Reason.NOT_ACKNOWLEDGED: _("nobody has acknowledged"),
        Reason.UNREACHED: _("the person before you was not reached"),
        Reason.BREACH_TO_DECIDE: _("A breach waits for your decision"),
        Reason.BREACH_UNANSWERED: _("A breach was not decided in time"),
        Reason.BREACH_WARNED: _("One of your thresholds passed its warn limit"),
        Reason.THRESHOLD_BROKEN: _("One of your thresholds cannot be judged"),
        Reason.RECEIVING_STOPPED: _("airp receives nothing any more"),
        Reason.CHANGE_TO_APPROVE: _("A change of a threshold waits for your approval"),
        Reason.CHANGE_DECIDED: _("Your change of a threshold was decided"),
        Reason.LANE_LATE: _("A lane is needed and nobody engaged it in time"),
        Reason.LANE_LED: _("You lead a lane of an incident now"),
        Reason.DECISION_DUE: _("A decision is to be looked at again"),
        Reason.SIGN_OFF_ASKED: _("A text waits for your approval"),
        Reason.SIGN_OFF_DUE: _("A text still waits for your approval"),
        Reason.SIGN_OFF_SILENCE: _("A sign-off was not answered in time"),
        Reason.SIGN_OFF_ANSWERED: _("Your sign-off was answered"),
        Reason.HANDOFF_OFFERED: _("A handoff is offered to you"),
        Reason.HANDOFF_DUE: _("A handoff still waits for your answer"),
        Reason.HANDOFF_SILENCE: _("Your handoff was not answered in time"),
        Reason.HANDOFF_ANSWERED: _("Your handoff was answered"),
        Reason.TASK_DUE: _("A task is due now"),
        Reason.TASK_OVERDUE: _("A task is overdue"),
        Reason.MENTIONED: _("A colleague mentioned you"),
    }[reason]


def _ask_of(reason: Reason) -> str:
    overdue = _("Finish it, or say on its page why it cannot proceed, or until when it will be done.")
    read_it = _("Read the exact words, then approve them or return them with a note. Nobody approves their own.")
    take_over = _("Read the packet, then accept it, or return it and say what is missing. Until then it is not yours.")
    asks = {
        Reason.BREACH_WARNED: _(
            "Nothing is asked of you yet. Look at it while there is time, before it passes the limit."
        ),
        Reason.THRESHOLD_BROKEN: _(
            "Until it is mended it sees nothing. Open it to read what is wrong, and change it or pause it."
        ),
        Reason.RECEIVING_STOPPED: _(
            "No web process gives a sign of life. Start them, and check that they reach the database. Until then no"
            " source is asked about, because nobody could hear it. Clients keep what they cannot send for some time."
        ),
        Reason.CHANGE_TO_APPROVE: _("Read why it needs a second person, then approve it or return it with a note."),
        Reason.CHANGE_DECIDED: _("Open it to read the decision and its note."),
        Reason.LANE_LATE: _(
            "Engage the lane and name its lead, or have the lead of the incident say that it is not needed."
        ),
        Reason.LANE_LED: _(
            "Read what is asked of the lane. Settle it when its part is done, or say what it waits for."
        ),
        Reason.DECISION_DUE: _("Say on its page whether it stands, and until when, or take it back."),
        Reason.SIGN_OFF_ASKED: read_it,
        Reason.SIGN_OFF_DUE: read_it,
        Reason.SIGN_OFF_SILENCE: _("Open it to read what no answer means, and go on from there."),
        Reason.SIGN_OFF_ANSWERED: _("Open it to read the answer and its note."),
        Reason.HANDOFF_OFFERED: take_over,
        Reason.HANDOFF_DUE: take_over,
        Reason.HANDOFF_SILENCE: _(
            "You still have it. Call them, give them more time, or withdraw the offer and choose somebody else."
        ),
        Reason.HANDOFF_ANSWERED: _("Open it to read the answer."),
        Reason.TASK_DUE: overdue,
        Reason.TASK_OVERDUE: overdue,
        Reason.MENTIONED: _("Read what was written, and answer there if it asks something of you."),
    }
    return asks.get(reason, _("Decide: intervene, hold or dismiss, with a reason."))


def _ask(incident: Incident) -> str:
    if incident.is_restricted:
        return _("Acknowledge it. Its content is for named people only; do not forward this mail.")
    return _("Acknowledge it, then triage: say how bad it is and what kind of harm.")
