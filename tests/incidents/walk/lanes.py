"""Lanes: who may move them, what holds them, and late escalation."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from airp.accounts.models import User
from airp.accounts.roles import Capability, Role
from incidents.coordination.authority import ROLES
from incidents.coordination.lane import IncidentLane
from incidents.coordination.lane_states import AT_WORK, ENDED, LANE_MOVES, LaneState, LaneVerb, Who
from incidents.response.lanes import Lane
from incidents.response.states import OPEN
from tests.incidents.walk.story import Story
from tests.incidents.walk.world import Attempt, World

MOVED = ("lane_moved",)


@dataclass
class Remembered:
    state: str = LaneState.NOT_ENGAGED
    lead: int | None = None
    due_at: datetime | None = None
    is_noted_late: bool = False
    gates: list[dict[str, str]] = field(default_factory=list)


@dataclass
class Lanes:
    story: Story
    rows: dict[str, Remembered] = field(default_factory=dict)

    def holds(self, befores: tuple[str, ...]) -> bool:
        """Closing needs every lane ended; `befores` names it."""
        return "lanes" in befores and any(row.state not in ENDED for row in self.rows.values())

    def attempts(self, world: World, by: User) -> list[Attempt]:
        name = world.pick([lane.value for lane in Lane])
        row, words, now = self.rows.get(name, Remembered()), world.words(), world.now
        found = IncidentLane.objects.filter(incident=world.incident_id, lane=name).first()
        lane = found or IncidentLane(incident=world.case, lane=name)
        lead, other = world.somebody(), world.pick([each.value for each in Lane])
        can_lead = lead.can(Capability.ANNOTATE) and world.sees(lead)
        is_late = bool(row.due_at and now > row.due_at and not row.is_noted_late)
        waits_for_itself = other == name
        is_held = any(not self._has_come(gate) for gate in row.gates)
        has_words = bool(words.strip())

        def engaged() -> None:
            self.rows[name] = row
            row.state, row.lead, row.is_noted_late = LaneState.ENGAGED, lead.pk, row.is_noted_late or is_late

        return [
            Attempt(
                name=f"{name}: engage", is_onward=True,
                may=self._may(LaneVerb.ENGAGE, name, by) and can_lead, then=engaged,
                act=lambda: lane.engage(lead=lead, by=by, now=now),
                kinds=("late_escalation", *MOVED) if is_late else MOVED,
            ),
            Attempt(
                name=f"{name}: lead", act=lambda: lane.name_lead(to=lead, by=by, now=now), kinds=MOVED,
                may=self._may(LaneVerb.NAME_LEAD, name, by) and can_lead and row.lead != lead.pk,
                then=lambda: setattr(row, "lead", lead.pk),
            ),
            Attempt(
                name=f"{name}: wait", act=lambda: lane.wait(what=words, lane=Lane(other), by=by, now=now), kinds=MOVED,
                may=self._may(LaneVerb.WAIT, name, by) and has_words and not waits_for_itself,
                then=self._to(row, LaneState.WAITING),
            ),
            Attempt(
                name=f"{name}: resume", act=lambda: lane.resume(by=by, now=now), kinds=MOVED,
                may=self._may(LaneVerb.RESUME, name, by), then=self._to(row, LaneState.ENGAGED),
            ),
            Attempt(
                name=f"{name}: settle", is_onward=True,
                act=lambda: lane.settle(outcome=words, by=by, now=now), kinds=MOVED,
                may=self._may(LaneVerb.SETTLE, name, by) and has_words and not is_held,
                then=self._to(row, LaneState.SETTLED),
            ),
            Attempt(
                name=f"{name}: not needed", is_onward=True,
                act=lambda: lane.mark_not_needed(reason=words, by=by, now=now), kinds=MOVED,
                may=self._may(LaneVerb.NOT_NEEDED, name, by) and has_words, then=self._to(row, LaneState.NOT_NEEDED),
            ),
            Attempt(
                name=f"{name}: reopen", act=lambda: lane.reopen(reason=words, by=by, now=now), kinds=MOVED,
                may=self._may(LaneVerb.REOPEN, name, by) and has_words,
                then=self._to(row, LaneState.ENGAGED if row.lead else LaneState.NOT_ENGAGED),
            ),
        ]  # fmt: skip

    def _may(self, verb: LaneVerb, name: str, by: User) -> bool:
        row = self.rows.get(name)
        if row is None and verb is not LaneVerb.ENGAGE:
            return False
        known, move = row or Remembered(), LANE_MOVES[verb]
        leads = by.pk == self.story.lead
        is_theirs = by.has_role(ROLES[name]) or by.pk == known.lead or leads
        allowed = leads or by.has_role(Role.MANAGER) if move.who is Who.RESPONSIBLE else is_theirs
        return by.can(Capability.ANNOTATE) and allowed and self.story.state in OPEN and known.state in move.sources

    def _has_come(self, gate: dict[str, str]) -> bool:
        first = self.rows.get(gate["first"])
        if first is None or first.state in ENDED:
            return True
        return gate["needs"] == "engaged" and first.state in AT_WORK

    def _to(self, row: Remembered, state: LaneState) -> Any:
        return lambda: setattr(row, "state", state)

    def read(self, world: World) -> None:
        """Rules call lanes in, and a reopened incident takes settled ones back."""
        self.rows = {row.lane: _seen(row) for row in IncidentLane.objects.filter(incident=world.incident_id)}

    def check(self, world: World) -> None:
        there = {row.lane: _seen(row) for row in IncidentLane.objects.filter(incident=world.incident_id)}
        assert there == self.rows


def _seen(row: IncidentLane) -> Remembered:
    return Remembered(row.state, row.lead_id, row.due_at, row.late_noted_at is not None, row.gates)
