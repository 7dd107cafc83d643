"""What triage does with a report. Mixed into Report: each verb locks, asks the table of moves, changes, records."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from django.db import models, transaction
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.audit.models import record
from incidents.reports.states import MOVES, Move, State, Verb
from incidents.response.declaring import Declaration, declare
from incidents.response.kinds import Kind
from incidents.response.locking import lock_incidents
from incidents.response.models import Incident
from incidents.response.refusals import AlreadyDone, ImpossibleTime, NotPermitted, ReasonMissing, WrongState
from incidents.response.revealing import check_limit
from incidents.response.timeline import append
from incidents.triage.reasons import DeclineReason

if TYPE_CHECKING:
    from incidents.reports.report import Report, ReportEntry, ReportOriginal

LONGEST_SNOOZE = timedelta(days=7)


class Handling(models.Model):
    """Accept, attach, decline, snooze, reopen, take back; read the original."""

    class Meta:
        abstract = True

    @transaction.atomic
    def accept(self, declaration: Declaration, *, by: User, now: datetime) -> Incident:
        """It is an incident: declare it. Raises what `declare` raises."""
        report, move = self._begin(Verb.ACCEPT, by=by)
        report.incident = declare(declaration, by=by, now=now)
        self._tell(report.incident, Kind.REPORT_ATTACHED, by=by, now=now)
        self._done(Verb.ACCEPT, move.to, "incident", by=by, now=now, facts=self.standing)
        return report.incident

    @transaction.atomic
    def attach_to(self, incident: Incident, *, by: User, now: datetime) -> "ReportEntry":
        """It belongs to this incident. Moves it there from where it was."""
        report, move = self._begin(Verb.ATTACH, by=by)
        if not Incident.objects.visible_to(by).filter(pk=incident.pk, system_id=report.system_id).exists():
            raise WrongState(_("Choose an incident of the same AI system."))
        if report.incident_id == incident.pk:
            raise AlreadyDone(_("It is attached there already."))
        self._move_to(incident, by=by, now=now)
        return self._done(Verb.ATTACH, move.to, "incident", by=by, now=now, facts=self.standing)

    @transaction.atomic
    def carry_to(self, incident: Incident, *, by: User, now: datetime) -> "ReportEntry":
        """Its incident goes on in this one. How it stands stays as it is."""
        report, _move = self._begin(Verb.CARRY, by=by)
        facts = self.standing
        self._move_to(incident, by=by, now=now)
        return self._done(Verb.CARRY, None, "incident", by=by, now=now, facts=facts)

    @transaction.atomic
    def decline(self, *, why: DeclineReason, by: User, now: datetime, words: str = "") -> "ReportEntry":
        """Nothing follows. The reporter reads `why`."""
        report, move = self._begin(Verb.DECLINE, by=by)
        report.decline_reason = why
        facts = {"why": why.value}
        return self._done(Verb.DECLINE, move.to, "decline_reason", by=by, now=now, words=words, facts=facts)

    @transaction.atomic
    def snooze(self, *, until: datetime, by: User, now: datetime) -> "ReportEntry":
        """Look at it later, within a week. Raises ImpossibleTime for another moment."""
        report, _move = self._begin(Verb.SNOOZE, by=by)
        if not now < until <= now + LONGEST_SNOOZE:
            raise ImpossibleTime(_("Choose a time from now on and at most a week ahead."))
        report.snoozed_until = until
        return self._done(Verb.SNOOZE, None, "snoozed_until", by=by, now=now, facts={"until": until.isoformat()})

    @transaction.atomic
    def reopen(self, *, by: User, now: datetime, reason: str) -> "ReportEntry":
        """Declining it was wrong: it waits again."""
        report, move = self._begin(Verb.REOPEN, by=by, words=reason)
        report.decline_reason = ""
        return self._done(Verb.REOPEN, move.to, "decline_reason", by=by, now=now, words=reason)

    @transaction.atomic
    def take_back(self, before: Mapping[str, Any], *, by: User, now: datetime) -> "ReportEntry":
        """Put it as it stood before a decision, which `standing` told."""
        report, _move = self._begin(Verb.TAKE_BACK, by=by)
        back = Incident.objects.filter(pk=before["incident"]).first() if before["incident"] else None
        self._move_to(back, by=by, now=now)
        report.decline_reason = before["decline_reason"]
        report.snoozed_until = datetime.fromisoformat(before["snoozed_until"]) if before["snoozed_until"] else None
        fields = ("incident", "decline_reason", "snoozed_until")
        return self._done(Verb.TAKE_BACK, State(before["state"]), *fields, by=by, now=now)

    @transaction.atomic
    def reveal(self, *, by: User, now: datetime, reason: str) -> "ReportOriginal":
        """The words as they were typed, for a reason that is recorded. Raises TooManyReveals."""
        report, _move = self._begin(Verb.REVEAL, by=by, words=reason)
        entries = report.entries.model._default_manager
        check_limit(entries.filter(verb=Verb.REVEAL), by=by, now=now)
        self._record(Verb.REVEAL, by=by, now=now, words=reason)
        return report.original

    @property
    def standing(self) -> dict[str, Any]:
        """What `take_back` needs to put it back."""
        report = self._report
        return {
            "state": str(report.state),
            "incident": report.incident_id,
            "decline_reason": str(report.decline_reason),
            "snoozed_until": report.snoozed_until.isoformat() if report.snoozed_until else None,
        }

    @property
    def _report(self) -> "Report":
        return cast("Report", self)

    def _begin(self, verb: Verb, *, by: User, words: str = "") -> tuple["Report", Move]:
        """Lock it and check that the verb is possible now, for this person, with these words."""
        report = self._report
        report.refresh_from_db(from_queryset=type(report)._base_manager.select_for_update(of=("self",)))
        move = MOVES[verb]
        if not by.can(move.capability):
            raise NotPermitted(_("Your roles do not allow this. Ask a colleague of triage or a manager."))
        if State(report.state) not in move.sources:
            raise WrongState(
                _("%(reference)s was decided already: %(state)s.")
                % {"reference": report.reference, "state": report.get_state_display().lower()}
            )
        if move.demands and not words.strip():
            raise ReasonMissing(str(move.demands))
        return report, move

    def _move_to(self, incident: Incident | None, *, by: User, now: datetime) -> None:
        report = self._report
        if report.incident_id == (incident.pk if incident else None):
            return
        lock_incidents([report.incident_id, incident.pk if incident else None])
        self._tell(report.incident, Kind.REPORT_DETACHED, by=by, now=now)
        report.incident = incident
        self._tell(incident, Kind.REPORT_ATTACHED, by=by, now=now)

    def _tell(self, incident: Incident | None, kind: Kind, *, by: User, now: datetime) -> None:
        if incident is None:
            return
        locked = lock_incidents([incident.pk])[incident.pk]
        if kind is Kind.REPORT_ATTACHED:
            locked.check_takes_facts()
        append(locked, kind=kind, by=by, now=now, facts={"report": self._report.reference})

    def _done(
        self,
        verb: Verb,
        to: State | None,
        *fields: str,
        by: User,
        now: datetime,
        words: str = "",
        facts: Mapping[str, Any] | None = None,
    ) -> "ReportEntry":
        report = self._report
        report.state, report.changed_at = to or report.state, now
        report.save(update_fields=[*fields, "state", "changed_at"])
        return self._record(verb, by=by, now=now, words=words, facts=facts)

    def _record(
        self, verb: Verb, *, by: User, now: datetime, words: str = "", facts: Mapping[str, Any] | None = None
    ) -> "ReportEntry":
        report, known = self._report, dict(facts or {})
        record(act=f"report.{verb}", at=now, by=by, object_label=report.reference, facts=known)
        return report.entries.create(
            at=now, by=by, verb=verb, state_after=report.state, words=words.strip(), facts=known
        )
