"""What coordination and the incident itself put into a packet: state, clocks, promises, lanes."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from airp.accounts.roles import Role
from airp.web import times
from incidents.coordination.decision import Decision
from incidents.coordination.decision_states import DecisionState
from incidents.coordination.lane import IncidentLane
from incidents.coordination.lane_states import LaneState
from incidents.coordination.sign_off import SignOff
from incidents.coordination.sign_off_states import SignOffState
from incidents.response.clocks import Clock, ClockName, Standing
from incidents.response.lanes import Lane
from incidents.response.models import Incident
from incidents.response.packets import Line, Section


def incident_lines(incidents: Sequence[Incident], *, lane: str, now: datetime) -> Iterator[Line]:
    """How each stands, its clocks, and what of them is late already. No query."""
    for incident in incidents:
        standing = {
            "level": f"{incident.severity_slug} {incident.terms['name']}",
            "state": str(incident.get_state_display()).lower(),
            "title": incident.title,
        }
        words = _("%(title)s: %(level)s, %(state)s") % standing
        yield Line(incident=incident, section=Section.STANDING, text=words)
        if incident.updated_at:
            words = _("Last update posted %(at)s") % {"at": times.absolute(incident.updated_at)}
            yield Line(incident=incident, section=Section.STANDING, text=words)
        for clock in incident.clocks:
            if clock.met_at is None and incident.is_under_way:
                yield from _clock_lines(incident, clock, now=now)


def _clock_lines(incident: Incident, clock: Clock, *, now: datetime) -> Iterator[Line]:
    due = {"due": times.absolute(clock.due_at)}
    words = {
        ClockName.ACKNOWLEDGE: _("to be acknowledged by %(due)s"),
        ClockName.CONTAIN: _("to be contained by %(due)s"),
        ClockName.NEXT_UPDATE: _("next update promised by %(due)s"),
        ClockName.REASSESS: _("severity to be assessed again by %(due)s"),
    }[clock.name] % due
    yield Line(incident=incident, section=Section.AHEAD, text=words, due_at=clock.due_at)
    if clock.name == ClockName.NEXT_UPDATE:
        yield Line(incident=incident, section=Section.PROMISES, text=words, due_at=clock.due_at)
    if clock.standing(now=now) == Standing.OVERDUE:
        yield Line(incident=incident, section=Section.RISKS, text=_("overdue: %(what)s") % {"what": words})


def lane_lines(incidents: Sequence[Incident], *, lane: str, now: datetime) -> Iterator[Line]:
    """Lanes that are left: who leads them, what they wait for and from whom; those not engaged have a clock."""
    by_id = {incident.pk: incident for incident in incidents}
    found = IncidentLane.objects.filter(incident__in=by_id).unsettled().select_related("lead", "waits_person")
    for each in found.order_by("pk"):
        if lane and lane not in {each.lane, each.waits_lane}:
            continue
        incident = by_id[each.incident_id]
        yield Line(incident=incident, section=Section.WORK, text=_lane_words(each))
        if each.state == LaneState.NOT_ENGAGED and each.due_at is not None:
            words = _("lane %(lane)s to be engaged by %(due)s") % {
                "lane": each.name.lower(),
                "due": times.absolute(each.due_at),
            }
            yield Line(incident=incident, section=Section.AHEAD, text=words, due_at=each.due_at)
            if each.due_at < now:
                yield Line(incident=incident, section=Section.RISKS, text=_("overdue: %(what)s") % {"what": words})


def _lane_words(each: IncidentLane) -> str:
    named = {
        "lane": each.name,
        "lead": each.lead.name if each.lead else _("nobody"),
        "state": str(each.get_state_display()).lower(),
    }
    if each.state != LaneState.WAITING:
        return _("Lane %(lane)s, led by %(lead)s: %(state)s") % named
    whom = [str(Lane(each.waits_lane).label)] if each.waits_lane else []
    whom += [each.waits_person.name] if each.waits_person else []
    waits = {"whom": ", ".join(whom), "what": each.waits_for}
    return _("Lane %(lane)s, led by %(lead)s, waits for %(whom)s: %(what)s") % (named | waits)


def sign_off_lines(incidents: Sequence[Incident], *, lane: str, now: datetime) -> Iterator[Line]:
    """Approvals that wait for an answer."""
    by_id = {incident.pk: incident for incident in incidents}
    for each in SignOff.objects.filter(incident__in=by_id, state=SignOffState.ASKED).select_related("person"):
        role = str(Role(each.role).label) if each.role else ""
        words = _("sign-off of %(title)s asked of %(whom)s, answer due %(due)s") % {
            "title": each.title,
            "whom": ", ".join(filter(None, (each.person.name if each.person else "", role))),
            "due": times.absolute(each.due_at),
        }
        yield Line(incident=by_id[each.incident_id], section=Section.PROMISES, text=words, due_at=each.due_at)


def decision_lines(incidents: Sequence[Incident], *, lane: str, now: datetime) -> Iterator[Line]:
    """Decisions that are to be looked at again."""
    by_id = {incident.pk: incident for incident in incidents}
    found = Decision.objects.filter(incident__in=by_id, state=DecisionState.STANDS, revisit_at__isnull=False)
    for each in found:
        words = _("decision to be looked at again by %(due)s: %(question)s %(chosen)s") % {
            "due": times.absolute(each.revisit_at) if each.revisit_at else "",
            "question": each.question,
            "chosen": each.chosen,
        }
        yield Line(incident=by_id[each.incident_id], section=Section.PROMISES, text=words, due_at=each.revisit_at)
