"""The vocabulary of the record: every kind of timeline entry, in the past tense."""

from enum import StrEnum


class Way(StrEnum):
    """How somebody acknowledged."""

    PAGE = "page"
    MAIL_LINK = "mail_link"


class Kind(StrEnum):
    DECLARED = "declared"
    ACKNOWLEDGED = "acknowledged"
    TRIAGED = "triaged"
    SEVERITY_RAISED = "severity_raised"
    SEVERITY_LOWERED = "severity_lowered"
    SEVERITY_ASSESSED = "severity_assessed"
    CONTAINED = "contained"
    RESOLVED = "resolved"
    CLOSED = "closed"
    DISMISSED = "dismissed"
    REOPENED = "reopened"
    HANDED_OVER = "handed_over"
    ROLE_ASSIGNED = "role_assigned"
    ROLE_ENDED = "role_ended"
    DETAILS_EDITED = "details_edited"
    HARM_KIND_CHANGED = "harm_kind_changed"
    TAGS_CORRECTED = "tags_corrected"
    TIME_CORRECTED = "time_corrected"
    VISIBILITY_CHANGED = "visibility_changed"
    NOTE_ADDED = "note_added"
    UPDATE_POSTED = "update_posted"
    # Links between incidents
    LINKED = "linked"
    LINK_ENDED = "link_ended"
    MERGED = "merged"
    TOOK_OVER = "took_over"
    UNMERGED = "unmerged"
    GAVE_BACK = "gave_back"
    STATUS_WORDED = "status_worded"
    # Attention
    ENTRY_PINNED = "entry_pinned"
    ENTRY_UNPINNED = "entry_unpinned"
    # Detection
    BREACH_ATTACHED = "breach_attached"
    BREACH_DETACHED = "breach_detached"
    SIGNAL_CLEARED = "signal_cleared"
    EVIDENCE_REVISED = "evidence_revised"
    # Complaints
    COMPLAINT_ATTACHED = "complaint_attached"
    COMPLAINT_DETACHED = "complaint_detached"
    # Impact
    EXPOSURE_RECORDED = "exposure_recorded"
    SAMPLE_KEPT = "sample_kept"
    SAMPLE_REVEALED = "sample_revealed"
    ATTACHMENT_ADDED = "attachment_added"
    # Lanes
    LANES_NEEDED = "lanes_needed"
    LANE_MOVED = "lane_moved"
    LATE_ESCALATION = "late_escalation"
    # Reports by colleagues
    REPORT_ATTACHED = "report_attached"
    REPORT_DETACHED = "report_detached"
    # Playbooks and tasks
    PLAYBOOK_STARTED = "playbook_started"
    PLAYBOOK_PROPOSED = "playbook_proposed"
    PLAYBOOK_DECLINED = "playbook_declined"
    PLAYBOOK_STOPPED = "playbook_stopped"
    TASK_ADDED = "task_added"
    TASK_ASSIGNED = "task_assigned"
    TASK_MOVED = "task_moved"
    TASK_RECORDED = "task_recorded"
    TASK_RESCHEDULED = "task_rescheduled"
    # Sign-offs
    SIGN_OFF_ASKED = "sign_off_asked"
    SIGN_OFF_REVISED = "sign_off_revised"
    SIGN_OFF_VOIDED = "sign_off_voided"
    SIGN_OFF_APPROVED = "sign_off_approved"
    SIGN_OFF_RETURNED = "sign_off_returned"
    SIGN_OFF_WITHDRAWN = "sign_off_withdrawn"
    SIGN_OFF_UNANSWERED = "sign_off_unanswered"
    # Handoffs
    HANDOFF_OFFERED = "handoff_offered"
    HANDOFF_REVISED = "handoff_revised"
    HANDOFF_RETURNED = "handoff_returned"
    HANDOFF_ACCEPTED = "handoff_accepted"
    HANDOFF_WITHDRAWN = "handoff_withdrawn"
    HANDOFF_VOIDED = "handoff_voided"
    HANDOFF_UNANSWERED = "handoff_unanswered"
    HANDOFF_RATED = "handoff_rated"
    # Decisions
    DECISION_RECORDED = "decision_recorded"
    DECISION_DISSENTED = "decision_dissented"
    DECISION_CONFIRMED = "decision_confirmed"
    DECISION_REVERSED = "decision_reversed"
    DECISION_DUE = "decision_due"
    # Notification
    ALERT_RAISED = "alert_raised"
    ESCALATED = "escalated"
    # Reviews
    REVIEW_OPENED = "review_opened"
    REVIEW_SUBMITTED = "review_submitted"
    REVIEW_RETURNED = "review_returned"
    REVIEW_SIGNED_OFF = "review_signed_off"


# Things that happen outside any one incident and still have consequences.
class Occasion(StrEnum):
    BREACH_OPENED = "breach_opened"
    BREACH_WARNED = "breach_warned"
    BREACH_UNANSWERED = "breach_unanswered"
    BREACH_DECIDED = "breach_decided"
    BREACH_CLEARED = "breach_cleared"
    RECEIVING_STOPPED = "receiving_stopped"
    THRESHOLD_BROKEN = "threshold_broken"
    THRESHOLD_CHANGE_PROPOSED = "threshold_change_proposed"
    THRESHOLD_CHANGE_DECIDED = "threshold_change_decided"
    LANE_LATE = "lane_late"
    SIGN_OFF_DUE = "sign_off_due"
    HANDOFF_MOVED = "handoff_moved"
    HANDOFF_DUE = "handoff_due"
    HANDOFF_SILENCE = "handoff_silence"
    TASK_DUE = "task_due"
    TASK_OVERDUE = "task_overdue"
