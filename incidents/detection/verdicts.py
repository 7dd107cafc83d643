"""What people judged a breach to be. It feeds the precision of its threshold; the last word counts, each is kept."""

from datetime import datetime
from typing import TYPE_CHECKING, cast

from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from airp.accounts.models import User
from airp.accounts.roles import Capability
from airp.audit.models import record
from incidents.response.refusals import NotPermitted, ReasonMissing, WrongState

if TYPE_CHECKING:
    from incidents.detection.breaches import Breach


class Verdict(models.TextChoices):
    TRUE = "true", gettext_lazy("Right: it was harm")
    FALSE_ALARM = "false_alarm", gettext_lazy("False alarm")
    EXPECTED_CHANGE = "expected_change", gettext_lazy("Expected change")
    DUPLICATE = "duplicate", gettext_lazy("Duplicate of something known")
    OTHER = "other", gettext_lazy("Something else")


class Judged(models.Model):
    """The verdict on a breach, given with a decision, afterwards, or presumed when its incident ends."""

    class Meta:
        abstract = True

    @transaction.atomic
    def judge(self, *, verdict: Verdict, by: User, now: datetime, reason: str) -> None:
        """Say what it was, or correct what was said.

        Possible once it is decided or an incident took it over. Raises NotPermitted, WrongState or ReasonMissing.
        """
        breach = self._lock_for_verdict()
        if not breach.may_be_decided_by(by):
            raise NotPermitted(_("Your roles do not allow judging breaches. Ask the owner or a manager."))
        if breach.awaits_decision:
            raise WrongState(_("This breach waits for its decision. Intervene, hold or dismiss first."))
        if not reason.strip():
            raise ReasonMissing(_("what the verdict rests on"))
        self._note_verdict(verdict, by=by, now=now, reason=reason)

    @transaction.atomic
    def presume(self, verdict: Verdict, *, now: datetime) -> None:
        """The incident ended and nobody said what the breach was. People may correct it."""
        if not self._lock_for_verdict().verdict:
            self._note_verdict(verdict, by=None, now=now, reason="")

    def may_be_decided_by(self, person: User) -> bool:
        """Triage, and whoever owns the threshold: the owner is asked, so the owner can answer."""
        breach = cast("Breach", self)
        return person.can(Capability.TRIAGE) or (
            person.can(Capability.ANNOTATE) and person.pk == breach.threshold.owner_id
        )

    def _lock_for_verdict(self) -> "Breach":
        breach = cast("Breach", self)
        breach.refresh_from_db(from_queryset=type(breach)._base_manager.select_for_update(of=("self",)))
        return breach

    def _note_verdict(self, verdict: Verdict, *, by: User | None, now: datetime, reason: str) -> None:
        breach = cast("Breach", self)
        before, breach.verdict = breach.verdict, verdict
        breach.save(update_fields=["verdict"])
        breach.decisions.create(at=now, by=by, decision=breach.decision, verdict=verdict, reason=reason)
        facts = {"breach": breach.pk, "verdict": verdict.value, "before": str(before)}
        record(act="breach.judged", at=now, by=by, object_label=str(breach), facts=facts)
