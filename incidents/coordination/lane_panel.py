"""The five lanes side by side: on the incident page, and as the answer to a press there."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import reduce
from operator import add
from typing import Any

from django.conf import settings
from django.db.models import Value
from django.http import HttpRequest
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from airp.accounts.models import User
from airp.web.folds import Fold
from incidents.coordination.lane import IncidentLane
from incidents.coordination.lane_states import ENDED, LaneVerb
from incidents.coordination.lane_steps import STEPS
from incidents.coordination.work import is_mine, lane_work
from incidents.response.clocks import Clock
from incidents.response.lanes import Lane
from incidents.response.models import Incident
from incidents.response.work import WorkItem

PANEL = "incidents/lanes.html#panel"
READ = "_lanes_read"


def lanes_panel(request: HttpRequest, incident: Incident, *, now: datetime) -> dict[str, Any] | None:
    """One query. Nothing for an incident that ended without any lane."""
    if not isinstance(request.user, User):
        return None
    context = panel_context(request.user, incident, now=now)
    if not incident.is_open and not context["needed"]:
        return None
    lanes = [row["lane"] for row in context["rows"]]
    return {
        "template": PANEL,
        "context": context,
        "fold": context["fold"],
        "clocks": _soonest(lanes),
        "owed": _owed(lanes, request.user),
    }


def _owed(lanes: Iterable[IncidentLane], person: User) -> list[WorkItem]:
    """What my work says of these lanes, without reading them again."""
    mine = [lane for lane in lanes if lane.is_there and is_mine(lane, person)]
    return [replace(lane_work(lane, person), title=_("Lane %(lane)s") % {"lane": lane.name.lower()}) for lane in mine]


def _soonest(lanes: Iterable[IncidentLane]) -> list[Clock]:
    """The engagement that is promised first; the panel shows the others."""
    clocks = [clock for lane in lanes if lane.incident.is_open and (clock := lane.clock) is not None]
    return sorted(clocks, key=lambda clock: clock.order)[:1]


def panel_context(user: User, incident: Incident, *, now: datetime) -> dict[str, Any]:
    present = incident.__dict__.pop(READ) if READ in incident.__dict__ else lanes_of(incident)
    states = {name: lane.state for name, lane in present.items()}
    rows = [_row(present.get(lane.value) or absent(incident, lane), user, states, now=now) for lane in Lane]
    unsettled = sum(lane.is_unsettled for lane in present.values())
    return {
        "now": now,
        "user": user,
        "incident": incident,
        "rows": rows,
        "needed": len(present),
        "left": unsettled,
        "fold": _fold(present.values(), now=now),
    }


def _fold(lanes: Iterable[IncidentLane], *, now: datetime) -> Fold:
    """Nobody came in time: that must be seen at once. Who waits is marked."""
    left = [lane for lane in lanes if lane.is_unsettled]
    missing = sum(not lane.engaged_at and lane.due_at is not None and lane.due_at < now for lane in left)
    waiting = sum(bool(lane.waits_for) for lane in left)
    mark, tone = "", "info"
    if missing:
        mark = ngettext("%(n)d not engaged in time", "%(n)d not engaged in time", missing) % {"n": missing}
        tone = "critical"
    elif waiting:
        mark, tone = ngettext("%(n)d waits", "%(n)d wait", waiting) % {"n": waiting}, "moderate"
    starts = "open" if missing else "shut"
    return Fold(name="lanes", title=_("Lanes"), count=len(left) or None, mark=mark, tone=tone, starts=starts)


def lanes_of(incident: Incident) -> dict[str, IncidentLane]:
    """The lanes of an incident by name, with how much work of theirs is left. One query."""
    lanes = IncidentLane.objects.filter(incident=incident).select_related("lead", "waits_person")
    found: dict[str, IncidentLane] = {lane.lane: lane for lane in lanes.annotate(left_count=_left_count())}
    for lane in found.values():
        lane.incident = incident
    return found


def lanes_for_the_page(incident: Incident) -> dict[str, IncidentLane]:
    """The same, kept for the panel of this page, so that the gate and the panel read once."""
    incident.__dict__[READ] = found = lanes_of(incident)
    return found


def absent(incident: Incident, lane: Lane) -> IncidentLane:
    """A lane that no rule demands here; the first engagement makes its row."""
    return IncidentLane(incident=incident, lane=lane.value)


def _left_count() -> Any:
    """Open tasks and the like of each lane, from the packages that `settings.LANE_TASKS` names."""
    counts = [count() for count in import_string(settings.LANE_TASKS)]
    return reduce(add, counts) if counts else Value(0)


def _row(lane: IncidentLane, user: User, states: Mapping[str, str], *, now: datetime) -> dict[str, Any]:
    """One lane: how it stands, who leads it, the promise, what it waits for, and what can be pressed."""
    is_there = lane.is_there
    waits_on = Lane(lane.waits_lane) if lane.waits_lane else None
    return {
        "lane": lane,
        "id": lane.lane,
        "is_there": is_there,
        "url": reverse("incidents:lane", args=[lane.incident.reference, lane.lane]),
        "clock_due_at": lane.due_at if lane.engaged_at or lane.is_unsettled and lane.incident.is_open else None,
        "waits_on": waits_on.label if waits_on else "",
        "waits_no_more": waits_on is not None and states.get(waits_on.value) in ENDED,
        "left": getattr(lane, "left_count", 0),
        "engage": STEPS[LaneVerb.ENGAGE].is_open_to(user, lane),
        "resume": STEPS[LaneVerb.RESUME].is_open_to(user, lane),
    }
