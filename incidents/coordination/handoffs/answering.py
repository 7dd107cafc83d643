"""The verbs of a handoff: lock the incidents and then the row, consult the table of moves, change, record."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from django.db import models, transaction
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.accounts.roles import Capability
from airp.audit.models import record
from incidents.coordination.handoffs.passing import pass_all
from incidents.coordination.handoffs.states import (
    HANDOFF_MOVES,
    HandoffMove,
    HandoffState,
    HandoffVerb,
    Outcome,
    Rating,
    Who,
)
from incidents.coordination.refusals import ChangedMeanwhile, HandoffInWrongState, NotTheReceiver
from incidents.response.kinds import Kind, Occasion
from incidents.response.models import Incident
from incidents.response.refusals import AlreadyDone, NotPermitted, ReasonMissing
from incidents.response.timeline import Addition, announce, append_all

if TYPE_CHECKING:
    from incidents.coordination.handoffs.handoff import Handoff

ENDED = ("note", "ended_at", "remind_at")
CONCERNED = [outcome.value for outcome in Outcome if outcome is not Outcome.LEFT_OUT]


class Answering(models.Model):
    """Accept, return, withdraw, rate; and what the machine does: void, end, pass the deadline."""

    class Meta:
        abstract = True

    @transaction.atomic
    def accept(self, *, seen: int, by: User, now: datetime) -> None:
        """Take over what was offered: each thing through its own verb, in this transaction.

        `seen` is the version that was read. A single lead or lane passes or the refusal of its verb is raised; of a
        shift passes what can, and each thing that could not says why. Raises ChangedMeanwhile for other words.
        """
        handoff, move = self.begin(HandoffVerb.ACCEPT, by=by)
        if seen != handoff.version:
            raise ChangedMeanwhile(_("The packet was changed after you opened it. Read it again, then decide."))
        pass_all(handoff, now=now)
        handoff.accepted_at = handoff.ended_at = now
        handoff.remind_at, handoff.note = None, ""
        self._move(Kind.HANDOFF_ACCEPTED, move, "accepted_at", *ENDED, by=by, now=now)

    @transaction.atomic
    def return_with_note(self, *, missing: str, by: User, now: datetime) -> None:
        """Not with this packet, and what is missing. The giver amends it or keeps what they have."""
        handoff, move = self.begin(HandoffVerb.RETURN, by=by, words=missing)
        handoff.returned_count += 1
        handoff.note, handoff.remind_at = missing.strip(), None
        self._move(Kind.HANDOFF_RETURNED, move, "returned_count", "note", "remind_at", by=by, now=now, said=missing)

    @transaction.atomic
    def withdraw(self, *, reason: str, by: User, now: datetime) -> None:
        """The giver keeps it, and why."""
        _handoff, move = self.begin(HandoffVerb.WITHDRAW, by=by, words=reason)
        self._end(Kind.HANDOFF_WITHDRAWN, move.to, by=by, now=now, said=reason)

    @transaction.atomic
    def rate(self, *, rating: Rating, by: User, now: datetime, note: str = "") -> None:
        """What the packet was worth, once. Raises AlreadyDone."""
        handoff, move = self.begin(HandoffVerb.RATE, by=by)
        if handoff.rating:
            raise AlreadyDone(_("You have rated it already: %(rating)s.") % {"rating": handoff.get_rating_display()})
        handoff.rating, handoff.rating_note, handoff.rated_at = rating, note.strip(), now
        fields = ("rating", "rating_note", "rated_at")
        self._move(Kind.HANDOFF_RATED, move, *fields, by=by, now=now, said=note, rating=rating.value)

    def void(self, *, now: datetime) -> None:
        """The giver does not lead any more, so there is nothing to accept. The caller holds the lock."""
        note = _("%(name)s does not lead it any more.") % {"name": self._handoff.giver.name}
        self._end(Kind.HANDOFF_VOIDED, HandoffState.VOID, by=None, now=now, note=note)

    def end_with_subject(self, *, now: datetime) -> None:
        """What was offered has ended: the incident, or the lane. The caller holds the lock."""
        note = _("What was offered has ended.")
        self._end(Kind.HANDOFF_WITHDRAWN, HandoffState.WITHDRAWN, by=None, now=now, note=note, ended="yes")

    def pass_deadline(self, *, now: datetime) -> None:
        """Nobody answered in time. It can still be answered; the caller holds the locks."""
        handoff = self._handoff
        handoff.unanswered_at, handoff.remind_at = now, None
        handoff.save(update_fields=["unanswered_at", "remind_at"])
        self.tell(Kind.HANDOFF_UNANSWERED, by=None, now=now)
        announce(Occasion.HANDOFF_SILENCE, facts=self.news(), now=now)

    def may_be_taken_by(self, move: HandoffMove, person: User) -> bool:
        """Whether the person may take this move, whatever the state."""
        whose = self._handoff.receiver_id if move.who is Who.RECEIVER else self._handoff.giver_id
        return whose == person.pk and person.can(Capability.ANNOTATE)

    def lock(self) -> None:
        """The incidents that it concerns, in their order, and then the row itself."""
        handoff = self._handoff
        wanted = self._concerned().order_by("pk").select_for_update(of=("self",))
        list(wanted.values_list("pk", flat=True))
        handoff.refresh_from_db(from_queryset=type(handoff)._base_manager.select_for_update(of=("self",)))

    def tell(self, kind: Kind, *, by: User | None, now: datetime, said: str = "", **facts: Any) -> None:
        """One entry on each incident that it concerns. Words about a shift stay out: they may speak of several."""
        handoff = self._handoff
        text = "" if handoff.is_shift else said.strip()
        told = {name: value for name, value in (handoff.facts | facts).items() if value is not None}
        incidents: Sequence[Incident] = list(self._concerned().order_by("pk"))
        append_all([Addition(incident, kind, by, told, text) for incident in incidents], now=now)
        if handoff.is_shift:
            record(act=kind.value, at=now, by=by, object_label=f"handoff/{handoff.pk}", facts=told)

    def news(self, **more: Any) -> dict[str, Any]:
        """What people are told of it."""
        handoff = self._handoff
        return handoff.facts | {"incident": handoff.incident_id, "state": str(handoff.state)} | more

    @property
    def _handoff(self) -> "Handoff":
        return cast("Handoff", self)

    def _concerned(self) -> models.QuerySet[Incident]:
        """The incidents of what the present version offers."""
        handoff = self._handoff
        items = handoff.packets.filter(number=handoff.version, items__outcome__in=CONCERNED)
        return Incident.objects.filter(pk__in=items.values("items__incident"))

    def begin(self, verb: HandoffVerb, *, by: User, words: str | None = None) -> tuple["Handoff", HandoffMove]:
        """Raises NotPermitted, NotTheReceiver, HandoffInWrongState or ReasonMissing."""
        handoff, move = self._handoff, HANDOFF_MOVES[verb]
        self.lock()
        self._check_person(move, by)
        if HandoffState(handoff.state) not in move.sources:
            raise HandoffInWrongState(
                _("This handoff is %(state)s. Reload the page to see what can be done with it.")
                % {"state": handoff.get_state_display().lower()}
            )
        if move.demands and not (words or "").strip():
            raise ReasonMissing(str(move.demands))
        return handoff, move

    def _check_person(self, move: HandoffMove, by: User) -> None:
        handoff = self._handoff
        if not by.can(Capability.ANNOTATE):
            raise NotPermitted(_("Your roles do not allow this. Ask the lead."))
        if self.may_be_taken_by(move, by):
            return
        if move.who is Who.RECEIVER:
            raise NotTheReceiver(_("It was offered to %(name)s. Only they answer.") % {"name": handoff.receiver.name})
        raise NotTheReceiver(_("%(name)s offers it. Only they change it.") % {"name": handoff.giver.name})

    def _end(
        self,
        kind: Kind,
        to: HandoffState,
        *,
        by: User | None,
        now: datetime,
        said: str = "",
        note: str = "",
        **facts: Any,
    ) -> None:
        handoff = self._handoff
        handoff.ended_at, handoff.remind_at, handoff.note = now, None, (note or said).strip()
        move = HandoffMove(frozenset(), to, Who.GIVER)
        self._move(kind, move, *ENDED, by=by, now=now, said=said, **facts)

    def _move(
        self, kind: Kind, move: HandoffMove, *fields: str, by: User | None, now: datetime, said: str = "", **facts: Any
    ) -> None:
        handoff = self._handoff
        handoff.state = move.to
        handoff.save(update_fields=["state", *fields])
        self.tell(kind, by=by, now=now, said=said, **facts)
        if kind != Kind.HANDOFF_RATED:
            announce(Occasion.HANDOFF_MOVED, facts=self.news(by=by.pk if by else None), now=now)
