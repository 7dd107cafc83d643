"""What people do with a complaint. Mixed into Complaint: each verb locks, asks the table of moves, changes, records."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from django.db import models, transaction
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.audit.models import record
from incidents.classification.models import HarmKind
from incidents.complaints.persons import digest_of_code, new_code
from incidents.complaints.recounting import move_count
from incidents.complaints.states import MOVES, CloseReason, Move, State, Verb
from incidents.detection.breaches import Breach
from incidents.response.kinds import Kind
from incidents.response.locking import lock_incidents
from incidents.response.models import Incident
from incidents.response.refusals import AlreadyDone, NotPermitted, ReasonMissing, WrongState
from incidents.response.revealing import check_limit
from incidents.response.timeline import append

if TYPE_CHECKING:
    from incidents.complaints.complaint import Complaint, ComplaintEntry, ComplaintOriginal


class WrongPlace(WrongState):
    """The chosen incident or breach cannot take this complaint."""


class Handling(models.Model):
    """Attach, detach, answer, close, reopen, classify; read the original; give out a code to follow it by."""

    class Meta:
        abstract = True

    @transaction.atomic
    def attach_to_incident(self, incident: Incident, *, by: User, now: datetime) -> "ComplaintEntry":
        """It belongs to this incident. Moves it there from where it was attached before."""
        complaint, move = self._begin(Verb.ATTACH, by=by)
        self._check_place(Incident.objects.visible_to(by).filter(pk=incident.pk, system_id=complaint.system_id))
        if complaint.incident_id == incident.pk and complaint.breach_id is None:
            raise AlreadyDone(_("It is attached there already."))
        return self._attach(move, incident=incident, breach=None, by=by, now=now)

    @transaction.atomic
    def attach_to_breach(self, breach: Breach, *, by: User, now: datetime) -> "ComplaintEntry":
        """It is one of those that this breach is about; with the breach it belongs to the breach's incident."""
        complaint, move = self._begin(Verb.ATTACH, by=by)
        same = Breach.objects.visible_to(by).filter(pk=breach.pk, threshold__system_id=complaint.system_id)
        self._check_place(same)
        found = same.select_related("incident").get()
        if complaint.breach_id == found.pk:
            raise AlreadyDone(_("It is attached there already."))
        return self._attach(move, incident=found.incident, breach=found, by=by, now=now)

    @transaction.atomic
    def carry_to(self, incident: Incident, *, by: User, now: datetime) -> "ComplaintEntry":
        """Its incident goes on in this one. How it stands and its breach stay as they are."""
        complaint, _move = self._begin(Verb.CARRY, by=by)
        facts = self._place()
        self._tell_incident(complaint.incident, Kind.COMPLAINT_DETACHED, by=by, now=now)
        self._tell_incident(incident, Kind.COMPLAINT_ATTACHED, by=by, now=now)
        complaint.incident = incident
        return self._done(Verb.CARRY, None, "incident", by=by, now=now, facts=facts)

    @transaction.atomic
    def detach(self, *, by: User, now: datetime, reason: str) -> "ComplaintEntry":
        """It does not belong there. It waits again, as a new one."""
        complaint, move = self._begin(Verb.DETACH, by=by, words=reason)
        left, facts = complaint.incident, self._place()
        complaint.incident = complaint.breach = None
        self._tell_incident(left, Kind.COMPLAINT_DETACHED, by=by, now=now)
        return self._done(Verb.DETACH, move.to, "incident", "breach", by=by, now=now, words=reason, facts=facts)

    @transaction.atomic
    def answer_with(self, *, text: str, by: User, now: datetime) -> "ComplaintEntry":
        """What the complainant was told. It stands on the page by which they follow their complaint."""
        complaint, move = self._begin(Verb.ANSWER, by=by, words=text)
        complaint.answer = text.strip()
        return self._done(Verb.ANSWER, move.to, "answer", by=by, now=now, words=complaint.answer)

    @transaction.atomic
    def close(self, *, why: CloseReason, by: User, now: datetime, reason: str) -> "ComplaintEntry":
        """Nothing more follows. The complainant reads `why`, colleagues also the reason."""
        complaint, move = self._begin(Verb.CLOSE, by=by, words=reason)
        complaint.close_reason = why
        return self._done(Verb.CLOSE, move.to, "close_reason", by=by, now=now, words=reason, facts={"why": why.value})

    @transaction.atomic
    def reopen(self, *, by: User, now: datetime, reason: str) -> "ComplaintEntry":
        """It is not over. What it was attached to, it is attached to again."""
        complaint, move = self._begin(Verb.REOPEN, by=by, words=reason)
        belongs = complaint.incident_id or complaint.breach_id
        complaint.close_reason = ""
        to = State.ATTACHED if belongs else move.to
        return self._done(Verb.REOPEN, to, "close_reason", by=by, now=now, words=reason)

    @transaction.atomic
    def classify(self, *, category: str, harm_kind: HarmKind | None, by: User, now: datetime) -> "ComplaintEntry":
        """Put category and harm kind right. The count moves to the new category."""
        complaint, _move = self._begin(Verb.CLASSIFY, by=by)
        facts = {"from": complaint.category, "to": category, "harm_kind": harm_kind.slug if harm_kind else ""}
        if (category, harm_kind and harm_kind.pk) == (complaint.category, complaint.harm_kind_id):
            raise AlreadyDone(_("Nothing was changed."))
        move_count(complaint, to=category, now=now)
        complaint.category, complaint.harm_kind = category, harm_kind
        return self._done(Verb.CLASSIFY, None, "category", "harm_kind", by=by, now=now, facts=facts)

    @transaction.atomic
    def reveal(self, *, by: User, now: datetime, reason: str) -> "ComplaintOriginal":
        """The words as they came and the contact, for a reason that is recorded. Raises TooManyReveals."""
        complaint, _move = self._begin(Verb.REVEAL, by=by, words=reason)
        entries = complaint.entries.model._default_manager
        check_limit(entries.filter(verb=Verb.REVEAL), by=by, now=now)
        self._record(Verb.REVEAL, by=by, now=now, words=reason)
        return complaint.original

    @transaction.atomic
    def issue_code(self, *, by: User, now: datetime) -> str:
        """A new code by which the complainant follows it, told this once. An older one ends."""
        complaint, _move = self._begin(Verb.ISSUE_CODE, by=by)
        code = new_code()
        complaint.code_digest = digest_of_code(code)
        self._done(Verb.ISSUE_CODE, None, "code_digest", by=by, now=now)
        return code

    @property
    def _complaint(self) -> "Complaint":
        return cast("Complaint", self)

    def _begin(self, verb: Verb, *, by: User, words: str = "") -> tuple["Complaint", Move]:
        """Lock it and check that the verb is possible now, for this person, with these words."""
        complaint = self._complaint
        complaint.refresh_from_db(from_queryset=type(complaint)._base_manager.select_for_update(of=("self",)))
        move = MOVES[verb]
        if not by.can(move.capability):
            raise NotPermitted(_("Your roles do not allow this. Ask a colleague of triage or a manager."))
        if State(complaint.state) not in move.sources:
            needed = " / ".join(str(state.label).lower() for state in State if state in move.sources)
            raise WrongState(
                _("%(reference)s is %(state)s. This needs a complaint that is: %(needed)s.")
                % {
                    "reference": complaint.reference,
                    "state": complaint.get_state_display().lower(),
                    "needed": needed,
                }
            )
        if move.demands and not words.strip():
            raise ReasonMissing(str(move.demands))
        return complaint, move

    def _check_place(self, found: models.QuerySet[Any]) -> None:
        if not found.exists():
            raise WrongPlace(_("Choose an incident or a breach of the same AI system."))

    def _attach(
        self, move: Move, *, incident: Incident | None, breach: Breach | None, by: User, now: datetime
    ) -> "ComplaintEntry":
        complaint = self._complaint
        if complaint.incident_id != (incident.pk if incident else None):
            lock_incidents([complaint.incident_id, incident.pk if incident else None])
            self._tell_incident(complaint.incident, Kind.COMPLAINT_DETACHED, by=by, now=now)
            self._tell_incident(incident, Kind.COMPLAINT_ATTACHED, by=by, now=now)
        complaint.incident, complaint.breach = incident, breach
        return self._done(Verb.ATTACH, move.to, "incident", "breach", by=by, now=now, facts=self._place())

    def _tell_incident(self, incident: Incident | None, kind: Kind, *, by: User, now: datetime) -> None:
        if incident is None:
            return
        locked = lock_incidents([incident.pk])[incident.pk]
        if kind is Kind.COMPLAINT_ATTACHED:
            locked.check_takes_facts()
        append(locked, kind=kind, by=by, now=now, facts={"complaint": self._complaint.reference})

    def _place(self) -> dict[str, Any]:
        complaint = self._complaint
        return {"incident": complaint.incident_id, "breach": complaint.breach_id}

    def _done(
        self,
        verb: Verb,
        to: State | None,
        *fields: str,
        by: User,
        now: datetime,
        words: str = "",
        facts: Mapping[str, Any] | None = None,
    ) -> "ComplaintEntry":
        """Write the changed fields, and who did it when in which words."""
        complaint = self._complaint
        complaint.state, complaint.changed_at = to or complaint.state, now
        complaint.save(update_fields=[*fields, "state", "changed_at"])
        return self._record(verb, by=by, now=now, words=words, facts=facts)

    def _record(
        self, verb: Verb, *, by: User, now: datetime, words: str = "", facts: Mapping[str, Any] | None = None
    ) -> "ComplaintEntry":
        complaint = self._complaint
        known = dict(facts or {})
        record(act=f"complaint.{verb}", at=now, by=by, object_label=complaint.reference, facts=known)
        return complaint.entries.create(
            at=now, by=by, verb=verb, state_after=complaint.state, words=words.strip(), facts=known
        )
