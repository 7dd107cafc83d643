"""The verbs of a decision after it was made: disagree, confirm, reverse. Mixed into Decision."""

from datetime import datetime
from typing import TYPE_CHECKING, cast

from django.db import models, transaction
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.accounts.roles import Capability
from airp.web import times
from incidents.coordination.authority import is_responsible
from incidents.coordination.decision_states import DECISION_MOVES, DecisionMove, DecisionState, DecisionVerb, Who
from incidents.coordination.refusals import DecisionInWrongState
from incidents.response.kinds import Kind
from incidents.response.models import Incident
from incidents.response.refusals import AlreadyDone, ImpossibleTime, NotPermitted, ReasonMissing
from incidents.response.timeline import TimelineEntry, append

if TYPE_CHECKING:
    from incidents.coordination.decision import Decision

LOOKED = ("note", "looked_at", "looked_by")


class Revisiting(models.Model):
    """What was chosen stays as it was written; these verbs stand beside it."""

    class Meta:
        abstract = True

    @transaction.atomic
    def dissent(self, *, why: str, by: User, now: datetime) -> TimelineEntry:
        """Somebody would have decided otherwise. Said once, it stays."""
        decision, _move = self._begin(DecisionVerb.DISSENT, by=by, words=why)
        if decision.decider_id == by.pk:
            raise AlreadyDone(_("You decided it. Reverse it, if you see it otherwise now."))
        if decision.dissents.filter(person=by).exists():
            raise AlreadyDone(_("Your dissent stands there already. Add a note to the timeline for more."))
        decision.dissents.create(person=by, why=why.strip(), at=now)
        return self._append(Kind.DECISION_DISSENTED, by=by, now=now, said=why)

    @transaction.atomic
    def confirm(self, *, note: str, by: User, now: datetime, revisit_at: datetime | None = None) -> TimelineEntry:
        """Looked at again: it stands, and until when it need not be looked at."""
        decision, _move = self._begin(DecisionVerb.CONFIRM, by=by, words=note)
        if revisit_at is not None and revisit_at <= now:
            raise ImpossibleTime(_("That time has passed. Choose a later one, or none."))
        decision.revisit_at, decision.revisit_noted_at = revisit_at, None
        self._look(note, by=by, now=now)
        decision.save(update_fields=["revisit_at", "revisit_noted_at", *LOOKED])
        return self._append(Kind.DECISION_CONFIRMED, by=by, now=now, said=note)

    @transaction.atomic
    def reverse(self, *, reason: str, by: User, now: datetime) -> TimelineEntry:
        """It is taken back. Raises DecisionInWrongState once its time for that has passed."""
        decision, move = self._begin(DecisionVerb.REVERSE, by=by, words=reason)
        if decision.reversible_until is not None and now > decision.reversible_until:
            raise DecisionInWrongState(
                _("It could be taken back until %(until)s. Record a new decision that deals with what follows from it.")
                % {"until": times.absolute(decision.reversible_until)}
            )
        decision.state = move.to
        self._look(reason, by=by, now=now)
        decision.save(update_fields=["state", *LOOKED])
        return self._append(Kind.DECISION_REVERSED, by=by, now=now, said=reason)

    def may_be_taken_by(self, move: DecisionMove, person: User) -> bool:
        """Whether the person may take this move, whatever the state."""
        if not person.can(Capability.ANNOTATE):
            return False
        decision = self._decision
        return move.who is Who.ANYBODY or decision.decider_id == person.pk or is_responsible(person, decision.incident)

    def note_due(self, *, now: datetime) -> TimelineEntry:
        """Its date has come. Noted once; the caller holds the locks."""
        decision = self._decision
        decision.revisit_noted_at = now
        decision.save(update_fields=["revisit_noted_at"])
        return self._append(Kind.DECISION_DUE, by=None, now=now)

    @property
    def _decision(self) -> "Decision":
        return cast("Decision", self)

    def _begin(self, verb: DecisionVerb, *, by: User, words: str) -> tuple["Decision", DecisionMove]:
        """Raises NotPermitted, DecisionInWrongState or ReasonMissing."""
        decision, move = self._decision, DECISION_MOVES[verb]
        incident = Incident.objects.select_for_update(of=("self",)).get(pk=decision.incident_id)
        decision.refresh_from_db(from_queryset=type(decision)._base_manager.select_for_update(of=("self",)))
        decision.incident = incident
        if not self.may_be_taken_by(move, by):
            raise NotPermitted(_("Only whoever decided, the lead of the incident or a manager does this. Ask one."))
        if not incident.is_open:
            raise DecisionInWrongState(
                _("%(reference)s is %(state)s. Its decisions change only after it is reopened.")
                % {"reference": incident.reference, "state": incident.get_state_display().lower()}
            )
        if DecisionState(decision.state) not in move.sources:
            raise DecisionInWrongState(
                _("Decision %(number)d was reversed. Record a new one instead.") % {"number": decision.number}
            )
        if not words.strip():
            raise ReasonMissing(str(move.demands))
        return decision, move

    def _look(self, note: str, *, by: User, now: datetime) -> None:
        decision = self._decision
        decision.note, decision.looked_at, decision.looked_by = note.strip(), now, by

    def _append(self, kind: Kind, *, by: User | None, now: datetime, said: str = "") -> TimelineEntry:
        decision = self._decision
        words = f"{decision.question}: {said.strip()}" if said.strip() else decision.question
        return append(decision.incident, kind=kind, by=by, now=now, facts=decision.facts, text=words)
