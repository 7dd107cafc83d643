"""The verbs of a sign-off: lock incident and sign-off, consult the table of moves, change, record."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from django.db import models, transaction
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.accounts.roles import Capability, Role
from incidents.coordination.authority import is_responsible
from incidents.coordination.refusals import ApprovesOwn, ChangedMeanwhile, NotAsked, SignOffInWrongState
from incidents.coordination.sign_off_states import SIGN_OFF_MOVES, SignOffMove, SignOffState, SignOffVerb, Silence, Who
from incidents.response.kinds import Kind
from incidents.response.models import Incident
from incidents.response.refusals import AlreadyDone, ImpossibleTime, NotPermitted, ReasonMissing
from incidents.response.timeline import TimelineEntry, append

if TYPE_CHECKING:
    from incidents.coordination.sign_off import SignOff


class Answering(models.Model):
    """Approve, return, revise, withdraw."""

    class Meta:
        abstract = True

    @transaction.atomic
    def approve(self, *, seen: str, by: User, now: datetime, note: str = "") -> TimelineEntry:
        """Agree with exactly the words that were read: `seen` is their digest. Raises ChangedMeanwhile for others."""
        sign_off, move = self._begin(SignOffVerb.APPROVE, by=by)
        if seen != sign_off.digest:
            raise ChangedMeanwhile(_("The text was changed after you opened it. Read it again, then decide."))
        sign_off.approved_digest = sign_off.digest
        return self._answer(Kind.SIGN_OFF_APPROVED, move, note, by=by, now=now, fields=("approved_digest",))

    @transaction.atomic
    def return_with_note(self, *, note: str, by: User, now: datetime) -> TimelineEntry:
        """Not like this, and what must change."""
        _sign_off, move = self._begin(SignOffVerb.RETURN, by=by, words=note)
        return self._answer(Kind.SIGN_OFF_RETURNED, move, note, by=by, now=now)

    @transaction.atomic
    def revise(self, *, content: str, by: User, now: datetime, due_at: datetime | None = None) -> TimelineEntry:
        """Other words are to be approved. An approval of the former ones is void, which is recorded."""
        sign_off, move = self._begin(SignOffVerb.REVISE, by=by, words=content)
        before, was = sign_off.digest, sign_off.state
        sign_off.write(content, by=by, now=now)
        if sign_off.digest == before:
            raise AlreadyDone(_("Nothing was changed."))
        sign_off.due_at = due_at or sign_off.due_at
        if sign_off.due_at <= now:
            raise ImpossibleTime(_("The deadline has passed. Say until when you need the answer."))
        sign_off.remind_at, sign_off.unanswered_at = sign_off.reminder_at(since=now), None
        sign_off.answered_by = sign_off.answered_at = None
        sign_off.approved_digest = sign_off.note = ""
        kind = Kind.SIGN_OFF_VOIDED if was == SignOffState.APPROVED else Kind.SIGN_OFF_REVISED
        fields = (
            *("version", "digest", "written_by", "due_at", "remind_at", "unanswered_at"),
            *("answered_by", "answered_at", "approved_digest", "note"),
        )
        return self._move(kind, move, *fields, by=by, now=now, said=sign_off.title, was_digest=before)

    @transaction.atomic
    def withdraw(self, *, reason: str, by: User, now: datetime) -> TimelineEntry:
        """It is not needed any more, and why."""
        sign_off, move = self._begin(SignOffVerb.WITHDRAW, by=by, words=reason)
        sign_off.remind_at = None
        return self._move(
            Kind.SIGN_OFF_WITHDRAWN, move, "remind_at", by=by, now=now, said=f"{sign_off.title}: {reason.strip()}"
        )

    def may_be_taken_by(self, move: SignOffMove, person: User) -> bool:
        """Whether the person may take this move, whatever the state."""
        if not person.can(Capability.ANNOTATE):
            return False
        if move.who is Who.ASKED:
            return self._is_asked(person) and not self._is_own(person)
        return self._sign_off.asked_by_id == person.pk or is_responsible(person, self._sign_off.incident)

    def pass_deadline(self, *, now: datetime) -> TimelineEntry:
        """Nobody answered in time: what that means, is said. The caller holds the locks."""
        sign_off = self._sign_off
        sign_off.unanswered_at, sign_off.remind_at = now, None
        sign_off.save(update_fields=["unanswered_at", "remind_at"])
        return self._append(Kind.SIGN_OFF_UNANSWERED, by=None, now=now, said=sign_off.title)

    @property
    def _sign_off(self) -> "SignOff":
        return cast("SignOff", self)

    def _begin(self, verb: SignOffVerb, *, by: User, words: str | None = None) -> tuple["SignOff", SignOffMove]:
        """Raises NotPermitted, NotAsked, ApprovesOwn, SignOffInWrongState or ReasonMissing."""
        sign_off, move = self._sign_off, SIGN_OFF_MOVES[verb]
        incident = Incident.objects.select_for_update(of=("self",)).get(pk=sign_off.incident_id)
        sign_off.refresh_from_db(from_queryset=type(sign_off)._base_manager.select_for_update(of=("self",)))
        sign_off.incident = incident
        self._check_person(move, by)
        if not incident.is_open:
            raise SignOffInWrongState(
                _("%(reference)s is %(state)s. Its sign-offs change only after it is reopened.")
                % {"reference": incident.reference, "state": incident.get_state_display().lower()}
            )
        if SignOffState(sign_off.state) not in move.sources:
            raise SignOffInWrongState(
                _("Sign-off %(number)d has the state: %(state)s. Reload the page to see what can be done with it.")
                % {"number": sign_off.number, "state": sign_off.get_state_display().lower()}
            )
        if move.demands and not (words or "").strip():
            raise ReasonMissing(str(move.demands))
        return sign_off, move

    def _check_person(self, move: SignOffMove, by: User) -> None:
        if not by.can(Capability.ANNOTATE):
            raise NotPermitted(_("Your roles do not allow this. Ask the lead."))
        if self.may_be_taken_by(move, by):
            return
        if move.who is Who.ASKING:
            raise NotAsked(_("Only whoever asked, the lead of the incident or a manager changes it. Ask one of them."))
        if self._is_own(by):
            raise ApprovesOwn(_("You asked for it or wrote it. Somebody else must answer."))
        raise NotAsked(_("It was asked of: %(whom)s. Only they answer.") % {"whom": self._sign_off.of_whom})

    def _is_asked(self, person: User) -> bool:
        sign_off = self._sign_off
        stands_in = sign_off.silence == Silence.MANAGER and sign_off.unanswered_at is not None
        return (
            person.pk == sign_off.person_id
            or bool(sign_off.role and person.has_role(Role(sign_off.role)))
            or (stands_in and person.has_role(Role.MANAGER))
        )

    def _is_own(self, person: User) -> bool:
        return person.pk in {self._sign_off.asked_by_id, self._sign_off.written_by_id}

    def _answer(
        self, kind: Kind, move: SignOffMove, note: str, *, by: User, now: datetime, fields: tuple[str, ...] = ()
    ) -> TimelineEntry:
        sign_off = self._sign_off
        sign_off.answered_by, sign_off.answered_at, sign_off.note = by, now, note.strip()
        sign_off.remind_at = None
        said = f"{sign_off.title}: {sign_off.note}" if sign_off.note else sign_off.title
        return self._move(
            kind, move, "answered_by", "answered_at", "note", "remind_at", *fields, by=by, now=now, said=said
        )

    def _move(
        self, kind: Kind, move: SignOffMove, *fields: str, by: User, now: datetime, said: str, **facts: Any
    ) -> TimelineEntry:
        sign_off = self._sign_off
        sign_off.state = move.to
        sign_off.save(update_fields=["state", *fields])
        return self._append(kind, by=by, now=now, said=said, **facts)

    def _append(self, kind: Kind, *, by: User | None, now: datetime, said: str, **facts: Any) -> TimelineEntry:
        sign_off = self._sign_off
        return append(sign_off.incident, kind=kind, by=by, now=now, facts=sign_off.facts | facts, text=said)
