"""The timeline in words: each kind of entry as one sentence, with its look. Facts hold ids; names come in.

Satellites' kinds stand here too, so that one table shows how everything reads.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from airp.web import times
from incidents.classification.figures import Figures
from incidents.classification.taxonomies import described
from incidents.response.kinds import Kind, Way
from incidents.response.lanes import Lane
from incidents.response.people import IncidentRole
from incidents.response.states import State
from incidents.response.telling import IncidentTime
from incidents.response.timeline import TimelineEntry
from incidents.response.visibility import Visibility

Facts = Mapping[str, Any]
SHORT_REASON = 200  # longer texts are drawn as Markdown paragraphs of their own


@dataclass(frozen=True, slots=True)
class Names:
    """What ids and slugs in facts are called. Unknown ones stay readable as what they are."""

    people: Mapping[int, str] = field(default_factory=dict)
    harm_kinds: Mapping[str, str] = field(default_factory=dict)

    def person(self, pk: object) -> str:
        return self.people.get(pk, _("somebody")) if isinstance(pk, int) else _("nobody")

    def harm_kind(self, slug: object) -> str:
        return self.harm_kinds.get(str(slug), str(slug))


@dataclass(frozen=True, slots=True)
class Look:
    """Tone and symbol of a kind on the timeline."""

    tone: str
    icon: str


@dataclass(frozen=True, slots=True)
class Told:
    """What the page shows of an entry: plain values, as a page of model instances costs more than all its words."""

    seq: int
    kind: str
    happened_at: datetime
    facts: Facts
    actor_id: int | None
    actor_name: str | None
    words: str | None


def told(entries: QuerySet[TimelineEntry]) -> list[Told]:
    """These entries in their order, in one query. Erased words are empty."""
    columns = ("seq", "kind", "happened_at", "facts", "actor_id", "actor__name", "text__value")
    return [Told(*values) for values in entries.values_list(*columns)]


def people_in(entries: Iterable["Told | TimelineEntry"]) -> set[int]:
    """Ids of the people whom facts name, to be resolved in one query."""
    one = ("from", "to", "person", "lead")
    named = (value for entry in entries for value in (*map(entry.facts.get, one), *(entry.facts.get("people") or ())))
    return {value for value in named if isinstance(value, int)}


def harm_kinds_in(entries: Iterable["Told | TimelineEntry"]) -> set[str]:
    """Slugs of the harm kinds that facts name."""
    return {entry.facts["harm_kind"] for entry in entries if entry.facts.get("harm_kind")}


def sentence(entry: "Told | TimelineEntry", names: Names) -> str:
    """What happened, in the past tense, without who and when: the timeline shows those beside it."""
    words = SENTENCES.get(entry.kind)
    return words(entry.facts, names) if words else entry.kind.replace("_", " ").capitalize()


def look(kind: str) -> Look:
    return LOOKS.get(kind, PLAIN)


def row(entry: Told, names: Names) -> dict[str, Any]:
    """An entry as templates/shell/timeline.html draws it."""
    shown, words = look(entry.kind), entry.words or ""
    is_said = entry.kind in {Kind.NOTE_ADDED, Kind.UPDATE_POSTED}
    is_short = not is_said and len(words) <= SHORT_REASON and "\n" not in words
    return {
        "id": entry.seq,
        "at": entry.happened_at,
        "what": sentence(entry, names),
        "who": entry.actor_name or "",
        "tone": shown.tone,
        "icon": shown.icon,
        "reason": words if is_short else "",
        "text": "" if is_short else words,
    }


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
        "due": _time(facts.get("reassess_due_at")),
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
    return _("Contained: the harm stopped at %(at)s") % {"at": _time(facts.get("contained_at"))}


def _resolved(facts: Facts, names: Names) -> str:
    return _("Resolved: put right at %(at)s") % {"at": _time(facts.get("resolved_at"))}


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
        "after": _time(facts["after"]),
        "before": _time(facts.get("before")),
    }


def _visibility_changed(facts: Facts, names: Names) -> str:
    if facts["to"] == Visibility.RESTRICTED:
        return _("Restricted to those who work on it")
    return _("Opened to everybody who reads incidents")


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


def _lane(name: object) -> str:
    return str(Lane(name).label) if name in Lane.values else str(name)


def _lanes_needed(facts: Facts, names: Names) -> str:
    return _("Lanes needed: %(lanes)s") % {"lanes": ", ".join(map(_lane, facts["lanes"]))}


def _lane_moved(facts: Facts, names: Names) -> str:
    words = {
        "engage": _("%(lane)s engaged, led by %(name)s"),
        "name_lead": _("%(lane)s is led by %(name)s now"),
        "wait": _("%(lane)s waits for %(source)s"),
        "resume": _("%(lane)s goes on"),
        "settle": _("%(lane)s settled"),
        "not_needed": _("%(lane)s is not needed"),
    }
    sources = [_lane(facts["on"])] if facts.get("on") else []
    sources += [names.person(facts["person"])] if facts.get("person") else []
    return words.get(facts["verb"], _("%(lane)s is open again")) % {
        "lane": _lane(facts["lane"]),
        "name": names.person(facts.get("person")),
        "source": ", ".join(sources),
    }


def _sign_off(words: Callable[[], str]) -> Callable[[Facts, Names], str]:
    return lambda facts, names: words() % {"number": facts["number"], "version": facts["version"]}


def _decision(words: Callable[[], str]) -> Callable[[Facts, Names], str]:
    return lambda facts, names: words() % {"number": facts["number"], "name": names.person(facts["person"])}


def _sign_off_unanswered(facts: Facts, names: Names) -> str:
    words = {
        "goes_ahead": _("Sign-off %(number)d not answered in time: it goes ahead without the approval"),
        "manager": _("Sign-off %(number)d not answered in time: a manager may answer now"),
    }
    holds = _("Sign-off %(number)d not answered in time: it does not go ahead")
    return words.get(facts["silence"], holds) % {"number": facts["number"]}


def _late_escalation(facts: Facts, names: Names) -> str:
    return _("Late escalation: %(lane)s was to be engaged by %(due)s") % {
        "lane": _lane(facts["lane"]),
        "due": _time(facts["due_at"]),
    }


def _playbook(words: Callable[[], str]) -> Callable[[Facts, Names], str]:
    return lambda facts, names: words() % {"version": facts["version"], "n": facts.get("tasks", 0)}


def _task(words: Callable[[], str]) -> Callable[[Facts, Names], str]:
    return lambda facts, names: words() % {"number": facts["number"]}


def _task_moved(facts: Facts, names: Names) -> str:
    words = {
        "in_progress": _("Task %(number)d in progress"),
        "cannot_proceed": _("Task %(number)d cannot proceed"),
        "done": _("Task %(number)d done"),
        "not_doing": _("Task %(number)d will not be done"),
    }
    return words.get(facts["after"], _("Task %(number)d not started")) % {"number": facts["number"]}


def _task_assigned(facts: Facts, names: Names) -> str:
    if facts.get("to") is None:
        return _("Task %(number)d is nobody's again") % {"number": facts["number"]}
    return _("Task %(number)d is for %(name)s") % {"number": facts["number"], "name": names.person(facts["to"])}


def _task_rescheduled(facts: Facts, names: Names) -> str:
    return _("Task %(number)d due %(after)s, was due %(before)s") % {
        "number": facts["number"],
        "after": _time(facts["after"]),
        "before": _time(facts.get("before")),
    }


def _said(words: Callable[[], str]) -> Callable[[Facts, Names], str]:
    """A kind whose sentence needs no facts; translated when it is shown."""
    return lambda facts, names: words()


def _breach_attached(facts: Facts, _names: Names) -> str:
    if facts.get("origin") == "late_detected":
        return _("A breach of a threshold was attached, found in signals that came late")
    return _("A breach of a threshold was attached")


def _evidence_revised(facts: Facts, _names: Names) -> str:
    if facts.get("answer") == "would_fire":
        return _("Evidence revised: the threshold would have fired after all")
    return _("Evidence revised: the threshold would not have fired")


def _complaint(words: Callable[[], str]) -> Callable[[Facts, Names], str]:
    return lambda facts, names: words() % {"complaint": facts["complaint"]}


def _exposure_recorded(facts: Facts, _names: Names) -> str:
    return _("Exposure recorded: %(figures)s") % {"figures": Figures.read(facts).sentence}


def _report(words: Callable[[], str]) -> Callable[[Facts, Names], str]:
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


def _time(iso: object) -> str:
    return times.absolute(datetime.fromisoformat(iso)) if isinstance(iso, str) and iso else _("unknown")


SENTENCES: dict[str, Callable[[Facts, Names], str]] = {
    Kind.DECLARED: _declared,
    Kind.ACKNOWLEDGED: _acknowledged,
    Kind.TRIAGED: _triaged,
    Kind.SEVERITY_RAISED: _raised,
    Kind.SEVERITY_LOWERED: _lowered,
    Kind.SEVERITY_ASSESSED: _assessed,
    Kind.CONTAINED: _contained,
    Kind.RESOLVED: _resolved,
    Kind.CLOSED: _said(lambda: _("Closed")),
    Kind.DISMISSED: _said(lambda: _("Dismissed: no incident")),
    Kind.REOPENED: _reopened,
    Kind.HANDED_OVER: _handed_over,
    Kind.ROLE_ASSIGNED: _role_assigned,
    Kind.ROLE_ENDED: _role_ended,
    Kind.DETAILS_EDITED: _said(lambda: _("Title or summary reworded")),
    Kind.TAGS_CORRECTED: _tags_corrected,
    Kind.TIME_CORRECTED: _time_corrected,
    Kind.VISIBILITY_CHANGED: _visibility_changed,
    Kind.NOTE_ADDED: _said(lambda: _("Note")),
    Kind.UPDATE_POSTED: _said(lambda: _("Update: how it stands")),
    Kind.BREACH_ATTACHED: _breach_attached,
    Kind.BREACH_DETACHED: _said(lambda: _("A breach of a threshold was taken away again")),
    Kind.SIGNAL_CLEARED: _said(lambda: _("The signal is back under its limit")),
    Kind.EVIDENCE_REVISED: _evidence_revised,
    Kind.COMPLAINT_ATTACHED: _complaint(lambda: _("Complaint %(complaint)s was attached")),
    Kind.COMPLAINT_DETACHED: _complaint(lambda: _("Complaint %(complaint)s was taken away again")),
    Kind.EXPOSURE_RECORDED: _exposure_recorded,
    Kind.SAMPLE_KEPT: _sample_kept,
    Kind.SAMPLE_REVEALED: _sample_revealed,
    Kind.ATTACHMENT_ADDED: _attachment_added,
    Kind.LANES_NEEDED: _lanes_needed,
    Kind.LANE_MOVED: _lane_moved,
    Kind.LATE_ESCALATION: _late_escalation,
    Kind.REPORT_ATTACHED: _report(lambda: _("Report %(report)s was attached")),
    Kind.REPORT_DETACHED: _report(lambda: _("Report %(report)s was taken away again")),
    Kind.PLAYBOOK_STARTED: _playbook(lambda: _("Playbook started in its version %(version)d: %(n)d tasks")),
    Kind.PLAYBOOK_PROPOSED: _playbook(lambda: _("A playbook fits now: it is proposed")),
    Kind.PLAYBOOK_DECLINED: _playbook(lambda: _("Proposed playbook declined")),
    Kind.PLAYBOOK_STOPPED: _playbook(lambda: _("Playbook stopped: %(n)d tasks will not be done")),
    Kind.TASK_ADDED: _task(lambda: _("Task %(number)d added")),
    Kind.TASK_ASSIGNED: _task_assigned,
    Kind.TASK_MOVED: _task_moved,
    Kind.TASK_RECORDED: _task(lambda: _("Task %(number)d: items ticked")),
    Kind.TASK_RESCHEDULED: _task_rescheduled,
    Kind.SIGN_OFF_ASKED: _sign_off(lambda: _("Sign-off %(number)d asked for")),
    Kind.SIGN_OFF_REVISED: _sign_off(lambda: _("Sign-off %(number)d: the text was changed to version %(version)d")),
    Kind.SIGN_OFF_VOIDED: _sign_off(
        lambda: _("Sign-off %(number)d: the text was changed to version %(version)d, so its approval is void")
    ),
    Kind.SIGN_OFF_APPROVED: _sign_off(lambda: _("Sign-off %(number)d approved, version %(version)d")),
    Kind.SIGN_OFF_RETURNED: _sign_off(lambda: _("Sign-off %(number)d returned")),
    Kind.SIGN_OFF_WITHDRAWN: _sign_off(lambda: _("Sign-off %(number)d withdrawn")),
    Kind.SIGN_OFF_UNANSWERED: _sign_off_unanswered,
    Kind.DECISION_RECORDED: _decision(lambda: _("Decision %(number)d recorded; %(name)s decided")),
    Kind.DECISION_DISSENTED: _decision(lambda: _("Dissent from decision %(number)d")),
    Kind.DECISION_CONFIRMED: _decision(lambda: _("Decision %(number)d looked at again: it stands")),
    Kind.DECISION_REVERSED: _decision(lambda: _("Decision %(number)d taken back")),
    Kind.DECISION_DUE: _decision(lambda: _("Decision %(number)d is to be looked at again")),
    Kind.ALERT_RAISED: _alerted,
    Kind.ESCALATED: _escalated,
    Kind.REVIEW_OPENED: _said(lambda: _("Review opened")),
    Kind.REVIEW_SUBMITTED: _said(lambda: _("Review submitted for sign-off")),
    Kind.REVIEW_RETURNED: _said(lambda: _("Review returned with comments")),
    Kind.REVIEW_SIGNED_OFF: _said(lambda: _("Review signed off")),
}

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
    Kind.TAGS_CORRECTED: Look("info", "pencil"),
    Kind.TIME_CORRECTED: Look("info", "history"),
    Kind.VISIBILITY_CHANGED: Look("info", "lock"),
    Kind.NOTE_ADDED: Look("info", "message-square"),
    Kind.UPDATE_POSTED: Look("low", "send"),
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
