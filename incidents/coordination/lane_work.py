"""The verbs of a lane: lock incident and lane, consult the table of moves, change, record. Mixed into IncidentLane."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from django.db import models, transaction
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.accounts.roles import Capability
from incidents.coordination.authority import may_take
from incidents.coordination.lane_states import LANE_MOVES, LaneMove, LaneState, LaneVerb, Who
from incidents.coordination.refusals import (
    CannotSee,
    HeldByAnotherLane,
    LaneInWrongState,
    NotOfTheLane,
    WaitsForNobody,
)
from incidents.response.kinds import Kind
from incidents.response.lanes import Lane
from incidents.response.models import Incident
from incidents.response.refusals import AlreadyDone, NotPermitted, ReasonMissing
from incidents.response.timeline import TimelineEntry, append

if TYPE_CHECKING:
    from incidents.coordination.lane import IncidentLane

WAITING_FIELDS = ("waits_for", "waits_lane", "waits_person", "waiting_since")


class LaneWork(models.Model):
    """Engage, name the lead, wait, resume, settle, mark as not needed, reopen."""

    class Meta:
        abstract = True

    @transaction.atomic
    def engage(self, *, lead: User, by: User, now: datetime, note: str = "") -> TimelineEntry:
        """Somebody of this trade works on it from now on. Also calls in a lane that no rule demands.

        Engaged after its time, the lateness is noted with it, unless the sweep has noted it before.
        """
        lane, move = self._begin(LaneVerb.ENGAGE, by=by, now=now)
        self._check_can_lead(lead)
        if lane.due_at is not None and now > lane.due_at and lane.late_noted_at is None:
            self.note_late(now=now)
        lane.lead, lane.engaged_at, lane.engaged_by = lead, now, by
        fields = ("lead", "engaged_at", "engaged_by")
        return self._move(LaneVerb.ENGAGE, move, *fields, by=by, now=now, text=note, person=lead.pk)

    @transaction.atomic
    def name_lead(self, *, to: User, by: User, now: datetime, note: str = "") -> TimelineEntry:
        """Another person leads the lane."""
        lane, move = self._begin(LaneVerb.NAME_LEAD, by=by, now=now)
        if lane.lead_id == to.pk:
            raise AlreadyDone(_("%(name)s leads this lane already.") % {"name": to.name})
        self._check_can_lead(to)
        before, lane.lead = lane.lead_id, to
        people: dict[str, Any] = {"from": before, "person": to.pk}
        return self._move(LaneVerb.NAME_LEAD, move, "lead", by=by, now=now, text=note, **people)

    @transaction.atomic
    def wait(
        self, *, what: str, by: User, now: datetime, lane: Lane | None = None, person: User | None = None
    ) -> TimelineEntry:
        """It cannot go on until another lane or a person gives something. Raises WaitsForNobody."""
        mine, move = self._begin(LaneVerb.WAIT, by=by, now=now, words=what)
        if lane is None and person is None:
            raise WaitsForNobody(_("Say from whom the lane waits for it: another lane, or a person."))
        if lane == mine.lane:
            raise WaitsForNobody(_("A lane does not wait for itself. Choose another lane, or the person."))
        mine.waits_for, mine.waits_lane, mine.waits_person = what.strip(), lane or "", person
        mine.waiting_since = now
        facts: dict[str, Any] = {"on": mine.waits_lane, "person": person.pk if person else None}
        return self._move(LaneVerb.WAIT, move, *WAITING_FIELDS, by=by, now=now, text=what, **facts)

    @transaction.atomic
    def resume(self, *, by: User, now: datetime, note: str = "") -> TimelineEntry:
        """It got what it waited for, or goes on without."""
        lane, move = self._begin(LaneVerb.RESUME, by=by, now=now)
        self._wait_no_more(lane)
        return self._move(LaneVerb.RESUME, move, *WAITING_FIELDS, by=by, now=now, text=note)

    @transaction.atomic
    def settle(self, *, outcome: str, by: User, now: datetime) -> TimelineEntry:
        """The lane has done its part, and with what. Raises HeldByAnotherLane with every sentence of its gates."""
        lane, move = self._begin(LaneVerb.SETTLE, by=by, now=now, words=outcome)
        if held := self.held_by(self._neighbours()):
            raise HeldByAnotherLane(" ".join(sentence for _first, sentence in held))
        return self._end(LaneVerb.SETTLE, lane, move, outcome, by=by, now=now)

    @transaction.atomic
    def mark_not_needed(self, *, reason: str, by: User, now: datetime) -> TimelineEntry:
        """This incident does not need the lane, and why. Whoever leads it or a manager says so."""
        lane, move = self._begin(LaneVerb.NOT_NEEDED, by=by, now=now, words=reason)
        self._wait_no_more(lane)
        return self._end(LaneVerb.NOT_NEEDED, lane, move, reason, by=by, now=now)

    @transaction.atomic
    def reopen(self, *, reason: str, by: User, now: datetime) -> TimelineEntry:
        """Something came up. It goes on with its lead, or waits to be engaged where it has none."""
        lane, move = self._begin(LaneVerb.REOPEN, by=by, now=now, words=reason)
        return self.take_back(move, by=by, now=now, text=reason)

    def take_back(self, move: LaneMove, *, by: User | None, now: datetime, text: str = "") -> TimelineEntry:
        """The caller holds the locks; `by` None is the machine, when the incident was reopened."""
        lane = self._lane
        lane.outcome, lane.ended_at, lane.ended_by = "", None, None
        to = LaneState.ENGAGED if lane.lead_id else move.to
        fields = ("outcome", "ended_at", "ended_by")
        return self._move(LaneVerb.REOPEN, LaneMove(move.sources, to), *fields, by=by, now=now, text=text)

    def note_late(self, *, now: datetime) -> TimelineEntry:
        """Nobody of this trade was there in time. Noted once; the caller holds the locks."""
        lane = self._lane
        if lane.due_at is None:
            raise ValueError("A lane without a promised time cannot be late.")
        lane.late_noted_at = now
        lane.save(update_fields=["late_noted_at"])
        facts = lane.facts | {"due_at": lane.due_at.isoformat()}
        return append(lane.incident, kind=Kind.LATE_ESCALATION, by=None, now=now, facts=facts)

    def held_by(self, others: dict[str, str]) -> list[tuple[str, str]]:
        """Lanes that must come first, each with the sentence to tell. `others` are the states of lanes in the incident.

        A lane that the incident does not need holds nothing back.
        """
        return [
            (gate["first"], self._sentence(gate))
            for gate in self._lane.gates
            if not _has_come(others.get(gate["first"]), gate["needs"])
        ]

    @property
    def _lane(self) -> "IncidentLane":
        return cast("IncidentLane", self)

    def _begin(
        self, verb: LaneVerb, *, by: User, now: datetime, words: str | None = None
    ) -> tuple["IncidentLane", LaneMove]:
        """Raises NotPermitted, NotOfTheLane, LaneInWrongState or ReasonMissing."""
        lane, move = self._lane, LANE_MOVES[verb]
        incident = Incident.objects.select_for_update(of=("self",)).get(pk=lane.incident_id)
        self._claim(verb, now=now)
        lane.incident = incident
        self._check_person(move, by)
        if not incident.is_open:
            raise LaneInWrongState(
                _("%(reference)s is %(state)s. Its lanes change only after it is reopened.")
                % {"reference": incident.reference, "state": incident.get_state_display().lower()}
            )
        if LaneState(lane.state) not in move.sources:
            raise LaneInWrongState(
                _("The lane %(lane)s has the state: %(state)s. Reload the page to see what can be done with it.")
                % {"lane": lane.name.lower(), "state": lane.get_state_display().lower()}
            )
        if move.demands and not (words or "").strip():
            raise ReasonMissing(str(move.demands))
        return lane, move

    def _claim(self, verb: LaneVerb, *, now: datetime) -> None:
        """Lock the row; the first engagement of a lane that no rule demands makes it."""
        lane = self._lane
        rows = type(lane)._base_manager
        if not lane.is_there:
            if verb is not LaneVerb.ENGAGE:
                raise LaneInWrongState(
                    _("This incident does not need the lane %(lane)s. Engage it first.") % {"lane": lane.name.lower()}
                )
            made, _is_new = rows.get_or_create(
                incident_id=lane.incident_id, lane=lane.lane, defaults={"needed_at": now}
            )
            lane.pk, lane._state.adding = made.pk, False
        lane.refresh_from_db(from_queryset=rows.select_for_update(of=("self",)))

    def _check_person(self, move: LaneMove, by: User) -> None:
        lane = self._lane
        if not by.can(Capability.ANNOTATE):
            raise NotPermitted(_("Your roles do not allow working in lanes. Ask the lead."))
        if may_take(move, by, lane.incident, lane=lane.lane, lead_id=lane.lead_id):
            return
        if move.who is Who.RESPONSIBLE:
            raise NotOfTheLane(_("Only the lead of the incident or a manager decides that. Ask one of them."))
        raise NotOfTheLane(
            _("This belongs to the lane %(lane)s. Ask somebody of it, or the lead of the incident.")
            % {"lane": lane.name.lower()}
        )

    def _check_can_lead(self, person: User) -> None:
        lane = self._lane
        if not person.can(Capability.ANNOTATE):
            raise NotPermitted(_("%(name)s has no role that works on incidents.") % {"name": person.name})
        if not Incident.objects.filter(pk=lane.incident_id).visible_to(person).exists():
            raise CannotSee(
                _("%(name)s cannot see this incident. Give them a role on it first, or choose somebody else.")
                % {"name": person.name}
            )

    def _neighbours(self) -> dict[str, str]:
        """States of all lanes of the incident, which the caller has locked."""
        return dict(type(self._lane)._base_manager.filter(incident=self._lane.incident_id).values_list("lane", "state"))

    def _sentence(self, gate: dict[str, str]) -> str:
        words = (
            _("%(lane)s cannot settle before %(first)s is engaged: %(reason)s")
            if gate["needs"] == "engaged"
            else _("%(lane)s cannot settle before %(first)s is settled: %(reason)s")
        )
        first = str(Lane(gate["first"]).label).lower()
        return words % {"lane": self._lane.name, "first": first, "reason": gate["reason"]}

    def _wait_no_more(self, lane: "IncidentLane") -> None:
        lane.waits_for = lane.waits_lane = ""
        lane.waits_person = lane.waiting_since = None

    def _end(
        self, verb: LaneVerb, lane: "IncidentLane", move: LaneMove, words: str, *, by: User, now: datetime
    ) -> TimelineEntry:
        lane.outcome, lane.ended_at, lane.ended_by = words.strip(), now, by
        fields = ("outcome", "ended_at", "ended_by", *WAITING_FIELDS)
        return self._move(verb, move, *fields, by=by, now=now, text=words)

    def _move(
        self,
        verb: LaneVerb,
        move: LaneMove,
        *fields: str,
        by: User | None,
        now: datetime,
        text: str = "",
        **facts: Any,
    ) -> TimelineEntry:
        lane = self._lane
        lane.state = move.to or LaneState(lane.state)
        lane.save(update_fields=["state", *fields])
        told = lane.facts | {"verb": verb.value, "after": str(lane.state)} | facts
        return append(lane.incident, kind=Kind.LANE_MOVED, by=by, now=now, facts=told, text=text.strip())


def _has_come(state: str | None, needs: str) -> bool:
    if state is None or state in {LaneState.SETTLED, LaneState.NOT_NEEDED}:
        return True
    return needs == "engaged" and state != LaneState.NOT_ENGAGED
