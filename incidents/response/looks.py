"""How each kind of timeline entry looks: its tone and its symbol, and the row that is drawn of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from incidents.response.kinds import Kind


@dataclass(frozen=True, slots=True)
class Look:
    """Tone and symbol of a kind on the timeline."""

    tone: str
    icon: str


PLAIN = Look("info", "circle-help")
LOOKS: dict[str, Look] = {
    Kind.DECLARED: Look("high", "siren"),
    Kind.ACKNOWLEDGED: Look("low", "eye"),
    Kind.TRIAGED: Look("low", "list-checks"),
    Kind.SEVERITY_RAISED: Look("critical", "trending-up"),
    Kind.SEVERITY_LOWERED: Look("moderate", "chevron-down"),
    Kind.SEVERITY_ASSESSED: Look("info", "gauge"),
    Kind.CONTAINED: Look("low", "shield"),
    Kind.RESOLVED: Look("good", "shield-check"),
    Kind.CLOSED: Look("good", "circle-check"),
    Kind.DISMISSED: Look("info", "circle-x"),
    Kind.REOPENED: Look("high", "rotate-ccw"),
    Kind.HANDED_OVER: Look("info", "arrow-right"),
    Kind.ROLE_ASSIGNED: Look("info", "user"),
    Kind.ROLE_ENDED: Look("info", "user"),
    Kind.DETAILS_EDITED: Look("info", "pencil"),
    Kind.HARM_KIND_CHANGED: Look("moderate", "pencil"),
    Kind.TAGS_CORRECTED: Look("info", "pencil"),
    Kind.TIME_CORRECTED: Look("info", "history"),
    Kind.VISIBILITY_CHANGED: Look("info", "lock"),
    Kind.NOTE_ADDED: Look("info", "message-square"),
    Kind.UPDATE_POSTED: Look("low", "send"),
    Kind.LINKED: Look("info", "link"),
    Kind.LINK_ENDED: Look("info", "x"),
    Kind.MERGED: Look("moderate", "merge"),
    Kind.TOOK_OVER: Look("moderate", "merge"),
    Kind.UNMERGED: Look("moderate", "undo-2"),
    Kind.GAVE_BACK: Look("moderate", "undo-2"),
    Kind.STATUS_WORDED: Look("info", "users"),
    Kind.ENTRY_PINNED: Look("info", "pin"),
    Kind.ENTRY_UNPINNED: Look("info", "pin"),
    Kind.BREACH_ATTACHED: Look("high", "gauge"),
    Kind.BREACH_DETACHED: Look("info", "undo-2"),
    Kind.SIGNAL_CLEARED: Look("good", "activity"),
    Kind.EVIDENCE_REVISED: Look("moderate", "history"),
    Kind.COMPLAINT_ATTACHED: Look("moderate", "message-square"),
    Kind.COMPLAINT_DETACHED: Look("info", "message-square"),
    Kind.EXPOSURE_RECORDED: Look("low", "users"),
    Kind.SAMPLE_KEPT: Look("info", "lock"),
    Kind.SAMPLE_REVEALED: Look("moderate", "eye"),
    Kind.ATTACHMENT_ADDED: Look("info", "file-text"),
    Kind.LANES_NEEDED: Look("info", "list-checks"),
    Kind.LANE_MOVED: Look("low", "chevron-right"),
    Kind.LATE_ESCALATION: Look("critical", "triangle-alert"),
    Kind.REPORT_ATTACHED: Look("moderate", "flag"),
    Kind.REPORT_DETACHED: Look("info", "flag"),
    Kind.PLAYBOOK_STARTED: Look("low", "clipboard-list"),
    Kind.PLAYBOOK_PROPOSED: Look("moderate", "clipboard-list"),
    Kind.PLAYBOOK_DECLINED: Look("info", "clipboard-list"),
    Kind.PLAYBOOK_STOPPED: Look("moderate", "clipboard-list"),
    Kind.TASK_ADDED: Look("info", "plus"),
    Kind.TASK_ASSIGNED: Look("info", "user"),
    Kind.TASK_MOVED: Look("low", "list-checks"),
    Kind.TASK_RECORDED: Look("info", "list-checks"),
    Kind.TASK_RESCHEDULED: Look("info", "calendar-clock"),
    Kind.SIGN_OFF_ASKED: Look("info", "file-check"),
    Kind.SIGN_OFF_REVISED: Look("info", "pencil"),
    Kind.SIGN_OFF_VOIDED: Look("high", "pencil"),
    Kind.SIGN_OFF_APPROVED: Look("good", "file-check"),
    Kind.SIGN_OFF_RETURNED: Look("moderate", "rotate-ccw"),
    Kind.SIGN_OFF_WITHDRAWN: Look("info", "x"),
    Kind.SIGN_OFF_UNANSWERED: Look("high", "clock"),
    Kind.HANDOFF_OFFERED: Look("low", "send"),
    Kind.HANDOFF_REVISED: Look("info", "pencil"),
    Kind.HANDOFF_RETURNED: Look("moderate", "undo-2"),
    Kind.HANDOFF_ACCEPTED: Look("good", "check"),
    Kind.HANDOFF_WITHDRAWN: Look("info", "x"),
    Kind.HANDOFF_VOIDED: Look("moderate", "circle-x"),
    Kind.HANDOFF_UNANSWERED: Look("high", "clock"),
    Kind.HANDOFF_RATED: Look("info", "gauge"),
    Kind.DECISION_RECORDED: Look("low", "check"),
    Kind.DECISION_DISSENTED: Look("moderate", "flag"),
    Kind.DECISION_CONFIRMED: Look("low", "check"),
    Kind.DECISION_REVERSED: Look("moderate", "rotate-ccw"),
    Kind.DECISION_DUE: Look("moderate", "clock"),
    Kind.ALERT_RAISED: Look("moderate", "bell"),
    Kind.ESCALATED: Look("critical", "triangle-alert"),
    Kind.REVIEW_OPENED: Look("info", "clipboard-list"),
    Kind.REVIEW_SUBMITTED: Look("info", "clipboard-check"),
    Kind.REVIEW_RETURNED: Look("moderate", "undo-2"),
    Kind.REVIEW_SIGNED_OFF: Look("good", "clipboard-check"),
}


def look(kind: str) -> Look:
    return LOOKS.get(kind, PLAIN)


def row(
    pk: int, *, at: datetime, what: str, who: str | None, look: Look, reason: str = "", text: str = "", html: str = ""
) -> dict[str, Any]:
    """An entry of any record as templates/shell/timeline.html draws it. Long words are `text`, short ones `reason`.

    `html` is the text as it is to be drawn, where that is more than its Markdown.
    """
    return {
        "id": pk,
        "at": at,
        "what": what,
        "who": who or "",
        "tone": look.tone,
        "icon": look.icon,
        "reason": reason,
        "text": text,
        "html": html,
    }
