"""Every consequence of every event, on one page.

REACTIONS maps a kind of timeline entry to the functions that turn it into work after the commit. They run in
the transaction that removes the waiting row, so each entry has its consequences exactly once.
"""

from typing import Any

from airp.outbound.frame import failed_deliveries, oldest_due
from incidents.attention.mentions import note_mentions
from incidents.attention.work import my_mentions
from incidents.complaints import receiving as complaints
from incidents.complaints import sampling
from incidents.complaints.carrying import COMPLAINTS
from incidents.complaints.inbox import ComplaintItems
from incidents.complaints.panels import HAS_COMPLAINTS, breach_complaints_panel, complaint_counts, complaints_panel
from incidents.coordination.gate import lanes_are_settled
from incidents.coordination.handoffs.holdings import LedIncidents, LedLanes
from incidents.coordination.handoffs.lines import decision_lines, incident_lines, lane_lines, sign_off_lines
from incidents.coordination.handoffs.pages import handoff_counts
from incidents.coordination.handoffs.queries import my_handoffs
from incidents.coordination.handoffs.reacting import end_offers, void_offers_of_lane, void_offers_of_lead
from incidents.coordination.lane_panel import lanes_panel
from incidents.coordination.ledger import HAS_LEDGER, ledger_panel
from incidents.coordination.needing import require_lanes, take_lanes_back
from incidents.coordination.promises import next_promises
from incidents.coordination.sign_off_pages import approval_counts
from incidents.coordination.work import my_lanes, my_revisits, my_sign_offs
from incidents.desk.my_work import decisions_of_mine, led_incidents, my_work_counts
from incidents.detection.carrying import BREACHES
from incidents.detection.inbox import BreachItems
from incidents.detection.panels import HAS_BREACHES, breaches_panel
from incidents.detection.reacting import presume_false_alarm, presume_right
from incidents.detection.readiness import tick_age
from incidents.impact.panels import HAS_IMPACT, impact_panel
from incidents.linking.panel import HAS_LINKS, links_panel, merged_banner
from incidents.linking.recurrence import link_recurrence
from incidents.notification.breaches import (
    ask_approvers,
    ask_managers,
    ask_owner,
    settle,
    tell_admins,
    tell_author,
    tell_of_broken,
    warn_owner,
)
from incidents.notification.bundling import post_waiting
from incidents.notification.decision_alerts import tell_decider
from incidents.notification.handoff_alerts import remind_to_accept, tell_of_handoff, tell_of_no_answer
from incidents.notification.lane_alerts import call_for_lane, tell_lane_lead
from incidents.notification.mention_alerts import tell_mentioned
from incidents.notification.panels import HAS_ALERTS, HAS_CALLS, alerts_panel
from incidents.notification.reacting import (
    call_again,
    call_back,
    call_owner,
    call_where_it_stood,
    ease_levels,
    end_all_alerts,
    stand_down,
)
from incidents.notification.restricting import keep_inside
from incidents.notification.rota.frame import on_call_mark
from incidents.notification.rota.handing import OnCallStretches
from incidents.notification.sign_off_alerts import ask_to_approve, remind_to_approve, tell_asker, tell_of_silence
from incidents.notification.task_reminders import remind_of_due, remind_of_overdue
from incidents.notification.webhooks import tell_endpoints, tell_endpoints_of_breach
from incidents.notification.work import my_calls
from incidents.playbooks.gate import tasks_before_closing, tasks_before_containing, tasks_before_resolving
from incidents.playbooks.handing import OwnedTasks, task_lines
from incidents.playbooks.lane_count import open_tasks_of_lane
from incidents.playbooks.panel import tasks_panel
from incidents.playbooks.reacting import end_waits_for, follow_times, give_to_holders, start_fitting
from incidents.playbooks.work import my_tasks
from incidents.reports.carrying import REPORTS
from incidents.reports.inbox import ReportItems
from incidents.reports.panels import HAS_REPORTS, reports_panel
from incidents.response.kinds import Kind, Occasion
from incidents.response.states import Verb
from incidents.status.mailing import STEP as STATUS_MAIL
from incidents.status.mailing import mail_subscribers, why_not
from reviews.postmortem.gate import HAS_REVIEW, review_is_settled
from reviews.postmortem.opening import open_demanded_review, take_back_review
from reviews.postmortem.panel import review_counts, review_panel
from reviews.postmortem.promises import review_promises
from reviews.postmortem.work import my_actions, my_reviews

REACTIONS: dict[str, tuple[Any, ...]] = {
    # The link locks an older incident, so it comes first.
    Kind.DECLARED: (link_recurrence, call_owner, require_lanes, tell_endpoints),
    Kind.ACKNOWLEDGED: (stand_down, tell_endpoints),
    Kind.TRIAGED: (stand_down, require_lanes, start_fitting, follow_times, mail_subscribers, tell_endpoints),
    Kind.SEVERITY_RAISED: (
        call_again,
        open_demanded_review,
        require_lanes,
        start_fitting,
        mail_subscribers,
        tell_endpoints,
    ),
    Kind.SEVERITY_LOWERED: (ease_levels, start_fitting, mail_subscribers, tell_endpoints),
    Kind.CONTAINED: (follow_times, end_waits_for, mail_subscribers, tell_endpoints),
    Kind.RESOLVED: (
        open_demanded_review,
        follow_times,
        end_waits_for,
        mail_subscribers,
        tell_endpoints,
    ),
    Kind.CLOSED: (stand_down, presume_right, end_offers, end_all_alerts, mail_subscribers, tell_endpoints),
    Kind.DISMISSED: (stand_down, presume_false_alarm, end_offers, end_all_alerts, mail_subscribers, tell_endpoints),
    Kind.REOPENED: (
        call_back,
        take_back_review,
        take_lanes_back,
        require_lanes,
        start_fitting,
        follow_times,
        mail_subscribers,
        tell_endpoints,
    ),
    Kind.MERGED: (stand_down, end_offers, end_all_alerts, tell_endpoints),
    Kind.UNMERGED: (call_where_it_stood, tell_endpoints),
    Kind.HARM_KIND_CHANGED: (require_lanes, start_fitting),
    Kind.VISIBILITY_CHANGED: (keep_inside,),
    Kind.HANDED_OVER: (give_to_holders, void_offers_of_lead, tell_endpoints),
    Kind.LANE_MOVED: (tell_lane_lead, void_offers_of_lane),
    Kind.SIGN_OFF_ASKED: (ask_to_approve,),
    Kind.SIGN_OFF_REVISED: (ask_to_approve,),
    Kind.SIGN_OFF_VOIDED: (ask_to_approve,),
    Kind.SIGN_OFF_APPROVED: (tell_asker,),
    Kind.SIGN_OFF_RETURNED: (tell_asker,),
    Kind.SIGN_OFF_WITHDRAWN: (tell_asker,),
    Kind.SIGN_OFF_UNANSWERED: (tell_of_silence,),
    Kind.DECISION_DUE: (tell_decider,),
    Kind.ROLE_ASSIGNED: (give_to_holders,),
    Kind.TIME_CORRECTED: (follow_times,),
    Kind.SIGNAL_CLEARED: (end_waits_for,),
    Kind.NOTE_ADDED: (note_mentions, tell_mentioned),
    Kind.UPDATE_POSTED: (note_mentions, tell_mentioned, mail_subscribers),
    Kind.REVIEW_SIGNED_OFF: (end_waits_for,),
    Occasion.LANE_LATE: (call_for_lane,),
    Occasion.SIGN_OFF_DUE: (remind_to_approve,),
    Occasion.HANDOFF_MOVED: (tell_of_handoff,),
    Occasion.HANDOFF_DUE: (remind_to_accept,),
    Occasion.HANDOFF_SILENCE: (tell_of_no_answer,),
    Occasion.BREACH_OPENED: (ask_owner, tell_endpoints_of_breach),
    Occasion.BREACH_WARNED: (warn_owner,),
    Occasion.BREACH_UNANSWERED: (ask_managers, tell_endpoints_of_breach),
    Occasion.BREACH_DECIDED: (settle, tell_endpoints_of_breach),
    Occasion.BREACH_CLEARED: (tell_endpoints_of_breach,),
    Occasion.RECEIVING_STOPPED: (tell_admins,),
    Occasion.THRESHOLD_BROKEN: (tell_of_broken,),
    Occasion.THRESHOLD_CHANGE_PROPOSED: (ask_approvers,),
    Occasion.THRESHOLD_CHANGE_DECIDED: (tell_author,),
    Occasion.TASK_DUE: (remind_of_due,),
    Occasion.TASK_OVERDUE: (remind_of_overdue,),
}
# When a burst of facts is drawn: functions (*, now) that put together what came of it.
AFTERWARDS: tuple[Any, ...] = (post_waiting,)
# What must come first: verb of an incident -> (incident, by=) -> the obstacles that are left.
GATES: dict[str, tuple[Any, ...]] = {
    Verb.CONTAIN: (tasks_before_containing,),
    Verb.RESOLVE: (tasks_before_resolving,),
    Verb.CLOSE: (review_is_settled, lanes_are_settled, tasks_before_closing),
}
# What goes along when a duplicate is merged into another incident (incidents/response/mergers.py), in this order.
MERGERS: tuple[Any, ...] = (BREACHES, COMPLAINTS, REPORTS)
PAGE_FRAME: tuple[Any, ...] = (
    failed_deliveries,
    review_counts,
    complaint_counts,
    my_work_counts,
    approval_counts,
    handoff_counts,
    on_call_mark,
)
# What stands above everything on the incident page, in the form of the panels.
INCIDENT_BANNERS: tuple[Any, ...] = (merged_banner,)
# Parts of the incident page: (request, incident, now=) -> {"template": "page.html#part", "context": {...}} or None.
# `clocks` beside them are promises that the panel has read; the rail of the page shows them among the others.
INCIDENT_PANELS: tuple[Any, ...] = (
    lanes_panel,
    ledger_panel,
    tasks_panel,
    impact_panel,
    breaches_panel,
    complaints_panel,
    reports_panel,
    links_panel,
    alerts_panel,
    review_panel,
)
# What panels want to know before they ask, read with the incident: name -> condition (incidents/response/presence.py).
INCIDENT_PRESENCE: dict[str, str] = {
    "ledger": HAS_LEDGER,
    "impact": HAS_IMPACT,
    "breaches": HAS_BREACHES,
    "complaints": HAS_COMPLAINTS,
    "reports": HAS_REPORTS,
    "links": HAS_LINKS,
    "alerts": HAS_ALERTS,
    "calls": HAS_CALLS,
    "review": HAS_REVIEW,
}
# What is due first beside an incident's own clocks: (ids) -> pairs of incident id and clock. One query each.
BOARD_CLOCKS: tuple[Any, ...] = (next_promises, review_promises)
# Called without arguments: expressions that count what a lane still has to do, for rows with incident and lane.
LANE_TASKS: tuple[Any, ...] = (open_tasks_of_lane,)
# What waits for a person: (person, now=, most=) -> items of incidents/response/work.py.
MY_WORK: tuple[Any, ...] = (
    my_calls,
    my_handoffs,
    my_tasks,
    my_sign_offs,
    my_lanes,
    led_incidents,
    decisions_of_mine,
    my_revisits,
    my_reviews,
    my_actions,
    my_mentions,
)
# What a person holds and a shift passes on, in the order in which it passes: incidents/response/holdings.py.
HOLDINGS: tuple[Any, ...] = (LedIncidents(), LedLanes(), OwnedTasks(), OnCallStretches())
# What stands in the packet of a handoff before the giver completes it: (incidents, *, lane, now) -> lines.
PACKET_LINES: tuple[Any, ...] = (incident_lines, lane_lines, task_lines, sign_off_lines, decision_lines)
# The kinds of the inbox of triage.
INBOX: tuple[Any, ...] = (BreachItems(), ComplaintItems(), ReportItems())
# Parts of the page of a breach, in the same form: (request, breach, now=).
BREACH_PANELS: tuple[Any, ...] = (breach_complaints_panel,)
# Type of a CloudEvent -> function (source, items, *, now) that takes the data of such events.
EVENT_TAKERS: dict[str, Any] = {"airp.complaint.v1": complaints.take}
# What can be taken over into the vault of harm samples: name -> who offers it (incidents/impact/providers.py).
SAMPLE_PROVIDERS: dict[str, Any] = {sampling.NAME: sampling.COMPLAINTS}
# Functions that return the incidents whose evidence nothing may erase, whatever its term.
EVIDENCE_HOLDS: tuple[Any, ...] = ()
# Called with now=; each returns (name, whether it is well, a sentence). See airp/health.py.
READINESS: tuple[Any, ...] = (oldest_due, tick_age)
# Kind of a delivery -> (delivery) -> why it must not leave any more, empty where it may. Asked with each try.
DELIVERY_CHECKS: dict[str, Any] = {STATUS_MAIL: why_not}
