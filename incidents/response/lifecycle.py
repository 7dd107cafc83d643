"""The verbs that move an incident through its states. Each is one lock, one guard, one entry."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from airp.accounts.models import User
from incidents.classification.models import HarmKind, SeverityLevel
from incidents.response.acting import check_possible
from incidents.response.assessing import Answered, Assessing
from incidents.response.gates import check_gates
from incidents.response.kinds import Kind, Way
from incidents.response.refusals import AlreadyDone, ImpossibleTime
from incidents.response.states import State, Verb
from incidents.response.tagging import Tagged
from incidents.response.timeline import TimelineEntry, append


class Lifecycle(Assessing, Tagged):
    """Acknowledge, triage, contain, resolve, close, dismiss, reopen."""

    class Meta(Assessing.Meta):
        abstract = True

    @transaction.atomic
    def acknowledge(self, *, by: User, now: datetime, way: Way = Way.PAGE) -> TimelineEntry:
        """Somebody has taken notice. Stops the escalation. Raises AlreadyDone the second time."""
        incident = self._incident
        self.begin(Verb.ACKNOWLEDGE, by=by)
        if incident.acknowledged_at is not None:
            raise AlreadyDone(_("%(reference)s was already acknowledged.") % {"reference": incident.reference})
        incident.acknowledged_at = now
        incident.acknowledged_by = by
        self.commit("acknowledged_at", "acknowledged_by")
        facts = {} if way is Way.PAGE else {"way": way.value}
        return append(incident, kind=Kind.ACKNOWLEDGED, by=by, now=now, facts=facts)

    @transaction.atomic
    def triage(
        self,
        *,
        severity: SeverityLevel,
        harm_kind: HarmKind,
        by: User,
        now: datetime,
        note: str = "",
        answered: Answered | None = None,
    ) -> TimelineEntry:
        """Confirm that this is an incident, how bad and of what kind. Acknowledges it, if nobody has.

        `answered` are the answers behind the level, where somebody gave them.
        """
        incident = self._incident
        move = self.begin(Verb.TRIAGE, by=by)
        before = incident.severity_slug
        self.check_lowering(severity, by=by, reason=note or (answered.judgement.why if answered else ""))
        incident.state = self._target(move.to)
        incident.set_severity(severity)
        incident.triaged_at = now
        fields = ["state", "severity", "triaged_at", *self.take_harm_kind(harm_kind, note=note), *self.set_clocks()]
        if incident.acknowledged_at is None:
            incident.acknowledged_at, incident.acknowledged_by = now, by
            fields += ["acknowledged_at", "acknowledged_by"]
        if incident.lead_id is None:
            incident.lead = by
            fields.append("lead")
        self.commit(*fields)
        facts = {"severity": severity.slug, "severity_before": before, "harm_kind": harm_kind.slug}
        entry = append(incident, kind=Kind.TRIAGED, by=by, now=now, facts=facts, text=note)
        if answered is not None:
            self.record_assessment(answered, level=severity, by=by, now=now)
        return entry

    @transaction.atomic
    def contain(self, *, by: User, now: datetime, reason: str, at: datetime | None = None) -> TimelineEntry:
        """The harm has stopped. `at` is when it really did, if that was before now. Raises HeldByGate."""
        incident = self._incident
        move = self.begin(Verb.CONTAIN, by=by, reason=reason)
        check_gates(incident, Verb.CONTAIN, by=by)
        incident.state = self._target(move.to)
        incident.contained_at = self._moment(at, now)
        self.commit("state", "contained_at")
        facts = self._facts(contained_at=incident.contained_at)
        return append(incident, kind=Kind.CONTAINED, by=by, now=now, facts=facts, text=reason)

    @transaction.atomic
    def resolve(self, *, by: User, now: datetime, reason: str, at: datetime | None = None) -> TimelineEntry:
        """It is put right. Opens the review that the severity demands. Raises HeldByGate."""
        incident = self._incident
        move = self.begin(Verb.RESOLVE, by=by, reason=reason)
        check_gates(incident, Verb.RESOLVE, by=by)
        incident.state = self._target(move.to)
        incident.resolved_at = self._moment(at, now)
        incident.next_update_due_at = None
        self.commit("state", "resolved_at", "next_update_due_at")
        facts = self._facts(resolved_at=incident.resolved_at)
        return append(incident, kind=Kind.RESOLVED, by=by, now=now, facts=facts, text=reason)

    @transaction.atomic
    def close(self, *, by: User, now: datetime, note: str = "") -> TimelineEntry:
        """Nothing is left to do. Raises HeldByGate with every sentence of its gates."""
        incident = self._incident
        move = self.begin(Verb.CLOSE, by=by)
        check_gates(incident, Verb.CLOSE, by=by)
        incident.state = self._target(move.to)
        incident.closed_at = now
        self.commit("state", "closed_at")
        return append(incident, kind=Kind.CLOSED, by=by, now=now, text=note)

    @transaction.atomic
    def dismiss(self, *, by: User, now: datetime, reason: str) -> TimelineEntry:
        """This is no incident. It stays in the record with the reason, and can be reopened."""
        incident = self._incident
        move = self.begin(Verb.DISMISS, by=by, reason=reason)
        incident.state = self._target(move.to)
        incident.closed_at = now
        incident.next_update_due_at = None
        fields = ["state", "closed_at", "next_update_due_at"]
        if incident.acknowledged_at is None:
            incident.acknowledged_at, incident.acknowledged_by = now, by
            fields += ["acknowledged_at", "acknowledged_by"]
        self.commit(*fields)
        return append(incident, kind=Kind.DISMISSED, by=by, now=now, text=reason)

    @transaction.atomic
    def reopen(self, *, by: User | None, now: datetime, reason: str) -> TimelineEntry:
        """It came back, or it was ended too soon. Goes on as triaged; the earlier times stay in the record."""
        incident = self._incident
        move = self.begin(Verb.REOPEN, by=by, reason=reason)
        incident.check_not_merged()
        before = incident.state
        incident.state = self._target(move.to)
        incident.contained_at = incident.resolved_at = incident.closed_at = None
        incident.triaged_at = incident.triaged_at or now
        incident.reopened_count += 1
        incident.clocks_began_at = now
        clocks = self.set_clocks()
        fields = (
            "state",
            "contained_at",
            "resolved_at",
            "closed_at",
            "triaged_at",
            "reopened_count",
            "clocks_began_at",
        )
        self.commit(*fields, *clocks)
        return append(incident, kind=Kind.REOPENED, by=by, now=now, facts={"from": before}, text=reason)

    def _target(self, state: State | None) -> State:
        if state is None:
            raise RuntimeError("This verb moves the state, but the table of moves names no target.")
        return state

    def _moment(self, at: datetime | None, now: datetime) -> datetime:
        """The time that a person gave, if it is possible, otherwise now."""
        if at is None:
            return now
        check_possible(at, now=now)
        if at < self._incident.declared_at and self._incident.started_at and at < self._incident.started_at:
            raise ImpossibleTime(_("That time is before the harm started. Correct the start first."))
        return at
