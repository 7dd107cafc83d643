"""What each address demands. An address that is not here answers 404 to everybody, and a test fails."""

from airp.accounts.registry import Access, ObjectRule
from airp.accounts.roles import Capability as Can


def _step(change: Can) -> Access:
    """A small form of an incident: reading shows the page with the form open."""
    return Access(read=Can.READ_INCIDENTS, change=change, object_rule=ObjectRule.VISIBLE_INCIDENT)


def _complaint(change: Can) -> Access:
    """A step of a complaint, taken on its page."""
    return Access(read=None, change=change, object_rule=ObjectRule.VISIBLE_COMPLAINT)


def _lane_step() -> Access:
    """A step of a lane, a sign-off, a handoff or a decision."""
    return Access(read=None, change=Can.ANNOTATE, object_rule=ObjectRule.VISIBLE_INCIDENT)


def _task_step() -> Access:
    """A step of a task, taken on its page or in the panel of its incident; the verb looks at owner and lead."""
    return Access(read=None, change=Can.ANNOTATE, object_rule=ObjectRule.VISIBLE_INCIDENT)


def _draft(*, is_page: bool) -> Access:
    """Editing a draft of a playbook."""
    return Access(read=Can.CONFIGURE if is_page else None, change=Can.CONFIGURE, object_rule=ObjectRule.OPEN)


def _own_view() -> Access:
    """A step of a saved view; its page shows what came of it."""
    return Access(read=None, change=Can.READ_INCIDENTS, object_rule=ObjectRule.OWN)


REGISTRY: dict[str, Access] = {
    # Without sign-in
    "health_live": Access(read=Can.PUBLIC),
    "health_ready": Access(read=Can.PUBLIC),
    "account_login": Access(read=Can.PUBLIC, change=Can.PUBLIC),
    "account_logout": Access(read=Can.SIGNED_IN, change=Can.SIGNED_IN),
    # The person's own pages
    "accounts:profile": Access(read=Can.SIGNED_IN, change=Can.SIGNED_IN, object_rule=ObjectRule.OWN),
    "accounts:theme": Access(read=None, change=Can.SIGNED_IN, object_rule=ObjectRule.OWN),
    "account_change_password": Access(read=Can.SIGNED_IN, change=Can.SIGNED_IN, object_rule=ObjectRule.OWN),
    # Desk. The change capability of a step is that of its verb in the table of moves.
    "incidents:board": Access(read=Can.READ_INCIDENTS, object_rule=ObjectRule.VISIBLE_INCIDENT),
    "incidents:board_live": Access(read=Can.READ_INCIDENTS, object_rule=ObjectRule.VISIBLE_INCIDENT),
    "incidents:acknowledge_chosen": Access(read=None, change=Can.TRIAGE, object_rule=ObjectRule.VISIBLE_INCIDENT),
    # The inbox: items of restricted incidents hide with them.
    "incidents:triage_inbox": Access(read=Can.TRIAGE, object_rule=ObjectRule.VISIBLE_INCIDENT),
    "incidents:triage_live": Access(read=Can.TRIAGE, object_rule=ObjectRule.VISIBLE_INCIDENT),
    "incidents:triage_item": Access(read=Can.TRIAGE, object_rule=ObjectRule.VISIBLE_INCIDENT),
    "incidents:triage_choices": Access(read=Can.TRIAGE, object_rule=ObjectRule.VISIBLE_INCIDENT),
    "incidents:triage_decide": Access(read=None, change=Can.TRIAGE, object_rule=ObjectRule.VISIBLE_INCIDENT),
    # The act tells whose it is: nobody takes back what a colleague decided.
    "incidents:triage_undo": Access(read=None, change=Can.TRIAGE, object_rule=ObjectRule.OPEN),
    # Saved views: everybody their own; the triage list's only for those who triage.
    "incidents:saved_views": Access(read=Can.READ_INCIDENTS, change=Can.READ_INCIDENTS, object_rule=ObjectRule.OWN),
    "incidents:saved_view_name": _own_view(),
    "incidents:saved_view_sharing": _own_view(),
    "incidents:saved_view_position": _own_view(),
    "incidents:saved_view_default": _own_view(),
    "incidents:saved_view_removal": _own_view(),
    "incidents:saved_view_return": _own_view(),
    "incidents:declare": Access(read=Can.DECLARE, change=Can.DECLARE),
    "incidents:my_work": Access(read=Can.READ_INCIDENTS, object_rule=ObjectRule.OWN),
    "incidents:systems": Access(read=Can.READ_INCIDENTS),
    "incidents:system": Access(read=Can.READ_INCIDENTS, object_rule=ObjectRule.OPEN),
    "incidents:severity_levels": Access(read=Can.READ_INCIDENTS),
    "incidents:incident": Access(read=Can.READ_INCIDENTS, object_rule=ObjectRule.VISIBLE_INCIDENT),
    "incidents:incident_live": Access(read=Can.READ_INCIDENTS, object_rule=ObjectRule.VISIBLE_INCIDENT),
    "incidents:record": Access(read=Can.READ_INCIDENTS, object_rule=ObjectRule.VISIBLE_INCIDENT),
    "incidents:acknowledge": _step(Can.TRIAGE),
    "incidents:triage": _step(Can.TRIAGE),
    "incidents:contain": _step(Can.RESPOND),
    "incidents:resolve": _step(Can.RESPOND),
    "incidents:close": _step(Can.CLOSE),
    "incidents:dismiss": _step(Can.TRIAGE),
    "incidents:reopen": _step(Can.TRIAGE),
    "incidents:severity": _step(Can.TRIAGE),
    "incidents:assessment": _step(Can.TRIAGE),
    "incidents:assessments": Access(read=Can.READ_INCIDENTS, object_rule=ObjectRule.VISIBLE_INCIDENT),
    "incidents:severity_matrix": Access(read=Can.READ_INCIDENTS),
    "incidents:severity_matrix_edition": Access(read=Can.CONFIGURE, change=Can.CONFIGURE),
    "incidents:severity_preview": Access(read=None, change=Can.DECLARE),
    "incidents:harm_kind": _step(Can.TRIAGE),
    "incidents:tags": _step(Can.ANNOTATE),
    "incidents:lead": _step(Can.TRIAGE),
    "incidents:take_lead": Access(read=None, change=Can.TRIAGE, object_rule=ObjectRule.VISIBLE_INCIDENT),
    "incidents:return_lead": Access(read=None, change=Can.TRIAGE, object_rule=ObjectRule.VISIBLE_INCIDENT),
    "incidents:roles": _step(Can.TRIAGE),
    "incidents:title": _step(Can.ANNOTATE),
    "incidents:summary": _step(Can.ANNOTATE),
    "incidents:times": _step(Can.TRIAGE),
    "incidents:visibility": _step(Can.RESTRICT),
    "incidents:notes": _step(Can.ANNOTATE),
    "incidents:updates": _step(Can.ANNOTATE),
    # Links and merges
    "incidents:links": _step(Can.ANNOTATE),
    "incidents:link_candidates": Access(read=Can.ANNOTATE, object_rule=ObjectRule.VISIBLE_INCIDENT),
    "incidents:link_end": Access(read=None, change=Can.ANNOTATE, object_rule=ObjectRule.VISIBLE_INCIDENT),
    "incidents:merge": _step(Can.TRIAGE),
    "incidents:unmerge": _step(Can.TRIAGE),
    "incidents:merge_undo": Access(read=None, change=Can.TRIAGE, object_rule=ObjectRule.VISIBLE_INCIDENT),
    "incidents:together": Access(read=Can.ANNOTATE, object_rule=ObjectRule.VISIBLE_INCIDENT),
    "incidents:together_merge": Access(read=None, change=Can.TRIAGE, object_rule=ObjectRule.VISIBLE_INCIDENT),
    "incidents:together_link": Access(read=None, change=Can.ANNOTATE, object_rule=ObjectRule.VISIBLE_INCIDENT),
    "incidents:entry_pin": Access(read=None, change=Can.ANNOTATE, object_rule=ObjectRule.VISIBLE_INCIDENT),
    "incidents:entry_unpin": Access(read=None, change=Can.ANNOTATE, object_rule=ObjectRule.VISIBLE_INCIDENT),
    "incidents:mentionable": Access(read=Can.ANNOTATE, object_rule=ObjectRule.VISIBLE_INCIDENT),
    "incidents:mention_dismissal": Access(read=None, change=Can.READ_INCIDENTS, object_rule=ObjectRule.OWN),
    "incidents:mention_return": Access(read=None, change=Can.READ_INCIDENTS, object_rule=ObjectRule.OWN),
    # What people outside the team read, and the mails they ask for. The signed link of a mail ends those.
    "incidents:status_list": Access(read=Can.READ_STATUS, object_rule=ObjectRule.VISIBLE_INCIDENT),
    "incidents:status": Access(read=Can.READ_STATUS, object_rule=ObjectRule.VISIBLE_INCIDENT),
    "incidents:status_live": Access(read=Can.READ_STATUS, object_rule=ObjectRule.VISIBLE_INCIDENT),
    "incidents:status_words": Access(read=Can.ANNOTATE, change=Can.ANNOTATE, object_rule=ObjectRule.VISIBLE_INCIDENT),
    "incidents:status_subscription": Access(read=None, change=Can.READ_STATUS, object_rule=ObjectRule.VISIBLE_INCIDENT),
    "incidents:status_unsubscription": Access(read=Can.PUBLIC, change=Can.PUBLIC, object_rule=ObjectRule.OWN),
    # Harm and exposure
    "incidents:exposure": _step(Can.ANNOTATE),
    "incidents:attachments": _step(Can.ANNOTATE),
    "incidents:attachment": Access(read=Can.READ_INCIDENTS, object_rule=ObjectRule.VISIBLE_INCIDENT),
    "incidents:samples": _step(Can.ANNOTATE),
    "incidents:samples_taken_over": Access(read=None, change=Can.ANNOTATE, object_rule=ObjectRule.VISIBLE_INCIDENT),
    "incidents:sample_original": Access(read=None, change=Can.REVEAL_SAMPLES, object_rule=ObjectRule.VISIBLE_INCIDENT),
    # Lanes, sign-offs and decisions. The verbs look at roles, leads and whoever was asked.
    "incidents:lane": Access(read=Can.READ_INCIDENTS, object_rule=ObjectRule.VISIBLE_INCIDENT),
    "incidents:lane_engagement": _lane_step(),
    "incidents:lane_settlement": _lane_step(),
    "incidents:lane_resumption": _lane_step(),
    "incidents:lane_waiting": _lane_step(),
    "incidents:lane_lead": _lane_step(),
    "incidents:lane_omission": _lane_step(),
    "incidents:lane_reopening": _lane_step(),
    "incidents:approvals": Access(read=Can.READ_INCIDENTS, object_rule=ObjectRule.VISIBLE_INCIDENT),
    "incidents:sign_offs": _step(Can.ANNOTATE),
    "incidents:sign_off": Access(read=Can.READ_INCIDENTS, object_rule=ObjectRule.VISIBLE_INCIDENT),
    "incidents:sign_off_approval": _lane_step(),
    "incidents:sign_off_return": _lane_step(),
    "incidents:sign_off_revision": _lane_step(),
    "incidents:sign_off_withdrawal": _lane_step(),
    # A shift is between the two who pass it; who gives and who receives, the verbs look at.
    "incidents:handoffs": Access(read=Can.READ_INCIDENTS, object_rule=ObjectRule.VISIBLE_INCIDENT),
    "incidents:handoff": Access(read=Can.READ_INCIDENTS, object_rule=ObjectRule.VISIBLE_INCIDENT),
    "incidents:handoff_of_lead": _step(Can.ANNOTATE),
    "incidents:handoff_of_lane": _step(Can.ANNOTATE),
    "incidents:handoff_of_shift": Access(read=Can.ANNOTATE, change=Can.ANNOTATE, object_rule=ObjectRule.OWN),
    "incidents:handoff_acceptance": _lane_step(),
    "incidents:handoff_return": _lane_step(),
    "incidents:handoff_amendment": _lane_step(),
    "incidents:handoff_withdrawal": _lane_step(),
    "incidents:handoff_rating": _lane_step(),
    "incidents:decisions": _step(Can.ANNOTATE),
    "incidents:decision": Access(read=Can.READ_INCIDENTS, object_rule=ObjectRule.VISIBLE_INCIDENT),
    "incidents:decision_confirmation": _lane_step(),
    "incidents:decision_dissent": _lane_step(),
    "incidents:decision_reversal": _lane_step(),
    "incidents:lane_rules": Access(read=Can.READ_INCIDENTS),
    "incidents:lane_rules_shipped": Access(read=None, change=Can.CONFIGURE),
    # Playbooks and tasks
    "incidents:tasks": _step(Can.ANNOTATE),
    "incidents:incident_playbooks": _step(Can.ANNOTATE),
    "incidents:playbook_decline": _task_step(),
    "incidents:playbook_stop": _task_step(),
    "incidents:task": Access(read=Can.READ_INCIDENTS, object_rule=ObjectRule.VISIBLE_INCIDENT),
    "incidents:task_completion": _task_step(),
    "incidents:task_ticks": _task_step(),
    "incidents:task_start": _task_step(),
    "incidents:task_blockage": _task_step(),
    "incidents:task_omission": _task_step(),
    "incidents:task_resumption": _task_step(),
    "incidents:task_owner": _task_step(),
    "incidents:task_due_time": _task_step(),
    "incidents:playbooks": Access(read=Can.READ_INCIDENTS),
    "incidents:playbook": Access(read=Can.READ_INCIDENTS, object_rule=ObjectRule.OPEN),
    "incidents:playbook_new": Access(read=Can.CONFIGURE, change=Can.CONFIGURE),
    "incidents:playbooks_shipped": Access(read=None, change=Can.CONFIGURE),
    "incidents:playbook_retirement": _draft(is_page=False),
    "incidents:playbook_draft": _draft(is_page=True),
    "incidents:playbook_names": _draft(is_page=False),
    "incidents:playbook_scope": _draft(is_page=False),
    "incidents:playbook_draft_removal": _draft(is_page=False),
    "incidents:playbook_publication": _draft(is_page=True),
    "incidents:playbook_step_new": _draft(is_page=True),
    "incidents:playbook_step": _draft(is_page=True),
    "incidents:playbook_step_position": _draft(is_page=False),
    "incidents:playbook_step_removal": _draft(is_page=False),
    # What leaves
    "outbound:deliveries": Access(read=Can.READ_DELIVERIES),
    "outbound:delivery": Access(read=Can.READ_DELIVERIES, object_rule=ObjectRule.OPEN),
    "outbound:retry": Access(read=None, change=Can.RETRY_DELIVERIES, object_rule=ObjectRule.OPEN),
    "outbound:discard": Access(read=None, change=Can.RETRY_DELIVERIES, object_rule=ObjectRule.OPEN),
    # Reviews and their actions
    "reviews:reviews": Access(read=Can.READ_REVIEWS),
    "reviews:review": Access(read=Can.READ_REVIEWS, change=Can.WRITE_REVIEW, object_rule=ObjectRule.VISIBLE_REVIEW),
    "reviews:opening": Access(read=None, change=Can.WRITE_REVIEW, object_rule=ObjectRule.VISIBLE_INCIDENT),
    "reviews:submission": Access(read=None, change=Can.WRITE_REVIEW, object_rule=ObjectRule.VISIBLE_REVIEW),
    "reviews:factors": Access(read=None, change=Can.WRITE_REVIEW, object_rule=ObjectRule.VISIBLE_REVIEW),
    "reviews:factor": Access(read=None, change=Can.WRITE_REVIEW, object_rule=ObjectRule.VISIBLE_REVIEW),
    "reviews:review_actions": Access(read=None, change=Can.WRITE_REVIEW, object_rule=ObjectRule.VISIBLE_REVIEW),
    # Which role signs is frozen with the incident's severity, so the verb itself looks at the role.
    "reviews:return": Access(read=None, change=Can.WRITE_REVIEW, object_rule=ObjectRule.VISIBLE_REVIEW),
    "reviews:sign_off": Access(read=Can.READ_REVIEWS, change=Can.WRITE_REVIEW, object_rule=ObjectRule.VISIBLE_REVIEW),
    # An action may belong to anybody who works on incidents; the verb asks for its owner or a writer of reviews.
    "reviews:actions": Access(read=Can.READ_REVIEWS),
    "reviews:action": Access(read=Can.READ_REVIEWS, change=Can.ANNOTATE, object_rule=ObjectRule.VISIBLE_REVIEW),
    "reviews:completion": Access(read=None, change=Can.ANNOTATE, object_rule=ObjectRule.VISIBLE_REVIEW),
    "reviews:decline": Access(read=None, change=Can.ANNOTATE, object_rule=ObjectRule.VISIBLE_REVIEW),
    "reviews:resumption": Access(read=None, change=Can.ANNOTATE, object_rule=ObjectRule.VISIBLE_REVIEW),
    # Machines
    "incidents:ingest_signals": Access(read=None, change=Can.TOKEN),
    "incidents:ingest_heartbeat": Access(read=None, change=Can.TOKEN),
    "incidents:ingest_alerts": Access(read=None, change=Can.TOKEN),
    "incidents:ingest_alertmanager": Access(read=None, change=Can.TOKEN),
    "incidents:ingest_cloudevents": Access(read=Can.TOKEN, change=Can.TOKEN),  # OPTIONS counts as reading
    "incidents:ingest_pagerduty": Access(read=None, change=Can.TOKEN),  # the proof stands in the body
    "incidents:ingest_pagerduty_changes": Access(read=None, change=Can.TOKEN),
    "incidents:ingest_otlp_metrics": Access(read=None, change=Can.TOKEN),
    "incidents:ingest_otlp_logs": Access(read=None, change=Can.TOKEN),
    "incidents:ingest_otlp_traces": Access(read=None, change=Can.TOKEN),
    "incidents:ingest_prometheus": Access(read=None, change=Can.TOKEN),
    "incidents:ingest_complaints": Access(read=None, change=Can.TOKEN),
    # Detection
    "incidents:thresholds": Access(read=Can.READ_INCIDENTS),
    "incidents:threshold": Access(read=Can.READ_INCIDENTS, object_rule=ObjectRule.OPEN),
    "incidents:threshold_changes": Access(read=Can.READ_INCIDENTS),
    "incidents:threshold_change": Access(read=Can.READ_INCIDENTS, object_rule=ObjectRule.OPEN),
    "incidents:threshold_change_approval": Access(read=None, change=Can.APPROVE, object_rule=ObjectRule.OPEN),
    "incidents:threshold_change_return": Access(read=None, change=Can.APPROVE, object_rule=ObjectRule.OPEN),
    "incidents:threshold_change_withdrawal": Access(read=None, change=Can.SIGNED_IN, object_rule=ObjectRule.OPEN),
    # Everybody who reads may try limits on the past; the view lets the owner and those who set thresholds save.
    "incidents:threshold_edition": Access(
        read=Can.READ_INCIDENTS, change=Can.READ_INCIDENTS, object_rule=ObjectRule.OPEN
    ),
    "incidents:threshold_new": Access(read=Can.SET_THRESHOLDS, change=Can.SET_THRESHOLDS),
    "incidents:threshold_mode": Access(read=Can.SET_THRESHOLDS, change=Can.SET_THRESHOLDS, object_rule=ObjectRule.OPEN),
    "incidents:threshold_confirmation": Access(read=None, change=Can.SET_THRESHOLDS, object_rule=ObjectRule.OPEN),
    "incidents:breaches": Access(read=Can.READ_INCIDENTS, object_rule=ObjectRule.VISIBLE_BREACH),
    "incidents:verdict": Access(read=None, change=Can.ANNOTATE, object_rule=ObjectRule.VISIBLE_BREACH),
    "incidents:sources": Access(read=Can.READ_INCIDENTS),
    "incidents:source": Access(read=Can.READ_INCIDENTS, object_rule=ObjectRule.OPEN),
    "incidents:storage": Access(read=Can.CONFIGURE),
    "incidents:source_new": Access(read=Can.CONFIGURE, change=Can.CONFIGURE),
    "incidents:source_settings": Access(read=Can.CONFIGURE, change=Can.CONFIGURE, object_rule=ObjectRule.OPEN),
    "incidents:source_tokens": Access(read=None, change=Can.CONFIGURE, object_rule=ObjectRule.OPEN),
    "incidents:source_token_revocation": Access(read=None, change=Can.CONFIGURE, object_rule=ObjectRule.OPEN),
    "incidents:source_routing_keys": Access(read=None, change=Can.CONFIGURE, object_rule=ObjectRule.OPEN),
    "incidents:source_routing_key_revocation": Access(read=None, change=Can.CONFIGURE, object_rule=ObjectRule.OPEN),
    "incidents:source_test": Access(read=None, change=Can.CONFIGURE, object_rule=ObjectRule.OPEN),
    "incidents:breach": Access(read=Can.READ_INCIDENTS, object_rule=ObjectRule.VISIBLE_BREACH),
    # The owner of a threshold may decide too, so the verbs look at the person.
    "incidents:intervention": Access(read=None, change=Can.ANNOTATE, object_rule=ObjectRule.VISIBLE_BREACH),
    "incidents:hold": Access(read=None, change=Can.ANNOTATE, object_rule=ObjectRule.VISIBLE_BREACH),
    "incidents:dismissal": Access(read=None, change=Can.ANNOTATE, object_rule=ObjectRule.VISIBLE_BREACH),
    # Complaints. Anybody may make one and follow their own by its code.
    "incidents:complain": Access(read=Can.PUBLIC, change=Can.PUBLIC, object_rule=ObjectRule.OPEN),
    "incidents:complaint_follow_by_code": Access(read=Can.PUBLIC, change=Can.PUBLIC),
    "incidents:complaint_follow": Access(read=Can.PUBLIC, object_rule=ObjectRule.OWN),
    "incidents:complaints": Access(read=Can.READ_INCIDENTS, object_rule=ObjectRule.VISIBLE_COMPLAINT),
    "incidents:complaints_attach": Access(read=None, change=Can.TRIAGE, object_rule=ObjectRule.VISIBLE_COMPLAINT),
    "incidents:complaint_intake": Access(read=Can.TAKE_COMPLAINTS, change=Can.TAKE_COMPLAINTS),
    "incidents:complaint_import": Access(read=Can.IMPORT_COMPLAINTS, change=Can.IMPORT_COMPLAINTS),
    "incidents:complaint": Access(read=Can.READ_INCIDENTS, object_rule=ObjectRule.VISIBLE_COMPLAINT),
    "incidents:complaint_original": _complaint(Can.REVEAL_COMPLAINTS),
    "incidents:complaint_code": _complaint(Can.TAKE_COMPLAINTS),
    "incidents:complaint_attachment": _complaint(Can.TRIAGE),
    "incidents:complaint_answer": _complaint(Can.TRIAGE),
    "incidents:complaint_closure": _complaint(Can.TRIAGE),
    "incidents:complaint_classification": _complaint(Can.TRIAGE),
    "incidents:complaint_detachment": _complaint(Can.TRIAGE),
    "incidents:complaint_reopening": _complaint(Can.TRIAGE),
    # Reports. Everybody who can sign in may report; who reported in confidence is for triage alone.
    "incidents:report": Access(read=Can.SIGNED_IN, change=Can.SIGNED_IN, object_rule=ObjectRule.OWN),
    "incidents:report_follow": Access(read=Can.SIGNED_IN, change=Can.SIGNED_IN, object_rule=ObjectRule.OWN),
    "incidents:human_report": Access(read=Can.TRIAGE, object_rule=ObjectRule.VISIBLE_REPORT),
    "incidents:human_report_original": Access(
        read=None, change=Can.REVEAL_REPORTS, object_rule=ObjectRule.VISIBLE_REPORT
    ),
    # On call. Who takes a span for themselves must be able to acknowledge; the verb asks more for others.
    "incidents:on_call": Access(read=Can.READ_INCIDENTS),
    "incidents:escalation_policies": Access(read=Can.READ_INCIDENTS),
    "incidents:on_call_span": Access(read=Can.TRIAGE, change=Can.TRIAGE, object_rule=ObjectRule.OPEN),
    "incidents:on_call_withdrawal": Access(read=None, change=Can.TRIAGE, object_rule=ObjectRule.OPEN),
    "incidents:on_call_order": Access(
        read=Can.ARRANGE_ON_CALL, change=Can.ARRANGE_ON_CALL, object_rule=ObjectRule.OPEN
    ),
    "incidents:on_call_calendar_link": Access(read=None, change=Can.READ_INCIDENTS, object_rule=ObjectRule.OWN),
    # The private link is the proof: calendars do not sign in.
    "incidents:on_call_calendar": Access(read=Can.PUBLIC, object_rule=ObjectRule.OWN),
    # How a person is called: their own channels only.
    "incidents:channels": Access(read=Can.SIGNED_IN, change=Can.SIGNED_IN, object_rule=ObjectRule.OWN),
    "incidents:channel_rules": Access(read=None, change=Can.SIGNED_IN, object_rule=ObjectRule.OWN),
    "incidents:channel_test": Access(read=None, change=Can.SIGNED_IN, object_rule=ObjectRule.OWN),
    "incidents:channel_removal": Access(read=None, change=Can.SIGNED_IN, object_rule=ObjectRule.OWN),
    # From the mail: the signed link is the proof, and it does one thing.
    "incidents:acknowledge_by_mail": Access(read=Can.PUBLIC, change=Can.PUBLIC, object_rule=ObjectRule.OWN),
    # Only on a developer's machine and in the demo
    "dev_components": Access(read=Can.SIGNED_IN, change=Can.SIGNED_IN),
    "dev_mail": Access(read=Can.SIGNED_IN),
    "dev_mail_message": Access(read=Can.SIGNED_IN, object_rule=ObjectRule.OPEN),
    "dev_product": Access(read=Can.SIGNED_IN, change=Can.SIGNED_IN),
    "dev_changes": Access(read=None, change=Can.TOKEN),
    # Configuration
    "admin:*": Access(read=Can.CONFIGURE, change=Can.CONFIGURE),
}
