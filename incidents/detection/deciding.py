"""The decision that a breach forces: intervene, hold or dismiss. Mixed into Breach.

Each verb locks the breach, consults the table of moves, changes it and records the decision. Nothing is undone:
a decision that turns out wrong is followed by another one where the table allows it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, cast

from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from airp.accounts.models import User
from airp.audit.models import record
from incidents.classification.models import SeverityLevel
from incidents.detection.announcing import tell
from incidents.detection.attaching import attach, declaration_of, declare_for
from incidents.detection.verdicts import Verdict
from incidents.response.declaring import declare_or_join
from incidents.response.kinds import Occasion
from incidents.response.locking import lock_incidents
from incidents.response.models import Incident
from incidents.response.refusals import ImpossibleTime, NotPermitted, ReasonMissing, WrongState

if TYPE_CHECKING:
    from incidents.detection.breaches import Breach

LONGEST_HOLD = timedelta(days=7)


class Decision(models.TextChoices):
    NONE = "none", gettext_lazy("Not decided")
    INTERVENE = "intervene", gettext_lazy("Intervene")
    HOLD = "hold", gettext_lazy("Hold")
    DISMISS = "dismiss", gettext_lazy("Dismiss")


@dataclass(frozen=True, slots=True)
class Move:
    """From which decisions another one may follow, and the words for a missing reason."""

    sources: frozenset[Decision]
    demands_reason: str = ""


UNDECIDED = frozenset({Decision.NONE, Decision.HOLD})
MOVES: dict[Decision, Move] = {
    Decision.INTERVENE: Move(UNDECIDED),
    Decision.HOLD: Move(UNDECIDED, demands_reason="what you are waiting for"),
    Decision.DISMISS: Move(UNDECIDED, demands_reason="why this needs no incident"),
}


class AlreadyDecided(WrongState):
    """The breach has its decision, or an incident took it over."""


class WrongIncident(WrongState):
    """The chosen incident cannot take this breach."""


class Deciding(models.Model):
    """The three decisions, and what happens when nobody decides."""

    class Meta:
        abstract = True

    @transaction.atomic
    def intervene(
        self,
        *,
        by: User,
        now: datetime,
        reason: str = "",
        severity: SeverityLevel | None = None,
        title: str = "",
        incident: Incident | None = None,
    ) -> Incident:
        """Work on it: attach to `incident`, or declare one (an open one of the same key is joined).

        Raises NotPermitted, AlreadyDecided or WrongIncident.
        """
        breach = self._begin(Decision.INTERVENE, by=by, reason=reason)
        if incident is None:
            chosen, _is_new = declare_or_join(declaration_of(breach, severity=severity, title=title), now=now)
        else:
            chosen = self._attachable(incident, by=by)
        attach(breach, chosen, by=by, now=now)
        breach.verdict = Verdict.TRUE
        self._decide(Decision.INTERVENE, by=by, now=now, reason=reason)
        return chosen

    @transaction.atomic
    def hold(self, *, until: datetime, by: User, now: datetime, reason: str) -> None:
        """Wait until a moment within a week; then the question comes back. Raises ImpossibleTime for another one."""
        breach = self._begin(Decision.HOLD, by=by, reason=reason)
        if breach.cleared_at is not None:
            raise WrongState(_("This breach is over. Intervene, or dismiss it with a verdict."))
        if not now < until <= now + LONGEST_HOLD:
            raise ImpossibleTime(_("Choose a time from now on and at most a week ahead."))
        breach.hold_until = breach.decision_due_at = until
        self._decide(Decision.HOLD, by=by, now=now, reason=reason)

    @transaction.atomic
    def dismiss(self, *, verdict: Verdict, by: User, now: datetime, reason: str) -> None:
        """Needs no incident. The verdict counts for how well the threshold is set."""
        breach = self._begin(Decision.DISMISS, by=by, reason=reason)
        if verdict == Verdict.TRUE:
            raise WrongState(_("A breach that was real harm is not dismissed. Intervene instead."))
        breach.verdict, breach.decision_due_at = verdict, None
        self._decide(Decision.DISMISS, by=by, now=now, reason=reason)

    @transaction.atomic
    def note_unanswered(self, *, now: datetime) -> None:
        """The decision was due and nobody decided. Counts it once, then escalates or declares."""
        breach = self._locked()
        if breach.incident_id or breach.decision_due_at is None or breach.decision_due_at > now:
            return
        if breach.decision == Decision.HOLD:
            self._ask_again(now=now)
        elif breach.decision == Decision.NONE and breach.unanswered_at is None:
            breach.unanswered_at = now
            breach.save(update_fields=["unanswered_at"])
            breach.decisions.create(at=now, by=None, decision=Decision.NONE)
            tell(Occasion.BREACH_UNANSWERED, breach, now=now)
            if breach.threshold.on_unanswered == "declare" and breach.cleared_at is None:
                declare_for(breach, now=now)
                tell(Occasion.BREACH_DECIDED, breach, now=now, decision="declared")

    @property
    def awaits_decision(self) -> bool:
        """Somebody is asked, by a clock."""
        return self._breach.kind == "live" and self.can_be_decided

    @property
    def can_be_decided(self) -> bool:
        """Also what is only recorded may still be worked on or judged; nobody is asked to."""
        breach = self._breach
        is_open = breach.incident_id is None and breach.decision in UNDECIDED
        return is_open and breach.kind != "shadow" and not breach.is_warning

    @property
    def _breach(self) -> "Breach":
        return cast("Breach", self)

    def _locked(self) -> "Breach":
        breach = self._breach
        breach.refresh_from_db(from_queryset=type(breach)._base_manager.select_for_update(of=("self",)))
        return breach

    def _begin(self, decision: Decision, *, by: User, reason: str) -> "Breach":
        """Lock the breach and check that this decision is possible now, for this person, with this reason."""
        breach = self._locked()
        move = MOVES[decision]
        if not breach.may_be_decided_by(by):
            raise NotPermitted(_("Your roles do not allow deciding on breaches. Ask the owner or a manager."))
        if breach.kind == "shadow":
            raise WrongState(_("A shadow breach asks for no decision: its threshold is on trial."))
        if breach.is_warning:
            raise WrongState(_("A warning asks for no decision. Declare an incident if you see harm already."))
        if breach.incident is not None:
            raise AlreadyDecided(
                _("%(reference)s has taken this breach over.") % {"reference": breach.incident.reference}
            )
        if Decision(breach.decision) not in move.sources:
            raise AlreadyDecided(self._already())
        if move.demands_reason and not reason.strip():
            raise ReasonMissing(move.demands_reason)
        return breach

    def _already(self) -> str:
        breach = self._breach
        who = breach.decided_by.name if breach.decided_by else _("Somebody")
        return _("%(who)s has already decided: %(decision)s.") % {
            "who": who,
            "decision": breach.get_decision_display().lower(),
        }

    def _attachable(self, incident: Incident, *, by: User) -> Incident:
        """The incident, locked, if this person sees it, it is open and it is about the same system."""
        found = Incident.objects.visible_to(by).filter(pk=incident.pk).first()
        if found is None or not found.is_open or found.system_id != self._breach.threshold.system_id:
            raise WrongIncident(_("Choose an open incident of the same AI system."))
        locked = lock_incidents([found.pk])[found.pk]
        locked.check_takes_facts()
        return locked

    def _decide(self, decision: Decision, *, by: User, now: datetime, reason: str) -> None:
        breach = self._breach
        breach.decision, breach.decided_by, breach.decided_at, breach.reason = decision, by, now, reason
        fields = ["decision", "decided_by", "decided_at", "reason", "verdict", "hold_until", "decision_due_at"]
        breach.save(update_fields=fields)
        breach.decisions.create(
            at=now,
            by=by,
            decision=decision,
            verdict=breach.verdict,
            reason=reason,
            hold_until=breach.hold_until if decision == Decision.HOLD else None,
        )
        facts = {"breach": breach.pk, "decision": decision.value, "verdict": str(breach.verdict)}
        record(act="breach.decided", at=now, by=by, object_label=str(breach), facts=facts)
        tell(Occasion.BREACH_DECIDED, breach, now=now, decision=decision.value)

    def _ask_again(self, *, now: datetime) -> None:
        """A hold ran out: the question is open again, with a new clock."""
        breach = self._breach
        breach.decision = Decision.NONE
        breach.unanswered_at = None
        breach.decision_due_at = now + timedelta(seconds=breach.threshold.decision_due_seconds)
        breach.save(update_fields=["decision", "unanswered_at", "decision_due_at"])
        tell(Occasion.BREACH_OPENED, breach, now=now, again="hold_ended")
