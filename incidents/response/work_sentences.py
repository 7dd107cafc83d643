"""Lanes, sign-offs, decisions, playbooks and tasks of an incident, in sentences."""

from collections.abc import Callable

from django.utils.translation import gettext as _

from incidents.response.kinds import Kind
from incidents.response.lanes import Lane
from incidents.response.names import Facts, Names, Say, time_words


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


def _sign_off(words: Callable[[], str]) -> Say:
    return lambda facts, names: words() % {"number": facts["number"], "version": facts["version"]}


def _decision(words: Callable[[], str]) -> Say:
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
        "due": time_words(facts["due_at"]),
    }


def _playbook(words: Callable[[], str]) -> Say:
    return lambda facts, names: words() % {"version": facts["version"], "n": facts.get("tasks", 0)}


def _task(words: Callable[[], str]) -> Say:
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
        "after": time_words(facts["after"]),
        "before": time_words(facts.get("before")),
    }


WORK: dict[str, Say] = {
    Kind.LANES_NEEDED: _lanes_needed,
    Kind.LANE_MOVED: _lane_moved,
    Kind.LATE_ESCALATION: _late_escalation,
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
}
