"""A change of a threshold that waits for a second person."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from airp.accounts.models import User
from airp.accounts.roles import Capability
from airp.audit.models import record
from incidents.detection.choices import Mode
from incidents.detection.thresholds import Threshold
from incidents.detection.versions import ThresholdVersion
from incidents.response.kinds import Occasion
from incidents.response.refusals import NotPermitted, ReasonMissing, WrongState
from incidents.response.timeline import announce


class ProposalState(models.TextChoices):
    WAITING = "waiting", gettext_lazy("Waits for a second person")
    APPROVED = "approved", gettext_lazy("Approved")
    RETURNED = "returned", gettext_lazy("Returned")
    WITHDRAWN = "withdrawn", gettext_lazy("Withdrawn")


class ProposalOutdated(WrongState):
    """The rule changed since the change was proposed: what was judged is not what would be changed."""


class ThresholdCannotBeSo(WrongState):
    """The threshold as a whole would not be valid: its owner cannot sign in, or a source became slower meanwhile."""


@contextmanager
def refusing_what_is_invalid() -> Iterator[None]:
    """Turn what validation says into a refusal, which pages show where the change was made."""
    try:
        yield
    except ValidationError as error:
        raise ThresholdCannotBeSo(" ".join(error.messages)) from error


class Proposal(models.Model):
    """Another rule, or another mode, with the grounds on which one person is not enough."""

    threshold = models.ForeignKey(Threshold, on_delete=models.PROTECT, related_name="proposals")
    based_on = models.ForeignKey(ThresholdVersion, on_delete=models.PROTECT, null=True, related_name="+")
    rule = models.JSONField(default=dict)
    mode = models.CharField(max_length=8, choices=Mode, blank=True)
    grounds = models.JSONField(default=list)
    forecast = models.JSONField(default=dict)
    reason = models.TextField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=ProposalState, default=ProposalState.WAITING)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    note = models.TextField(blank=True)

    class Meta:
        verbose_name = gettext_lazy("proposed change")
        verbose_name_plural = gettext_lazy("proposed changes")
        constraints = [
            models.UniqueConstraint(
                fields=["threshold"], condition=Q(state="waiting"), name="one_waiting_change_per_threshold"
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | ~Q(decided_by=F("author")), name="nobody_approves_an_own_change"
            ),
        ]
        indexes = [models.Index(fields=["threshold", "-proposed_at", "-id"], name="proposals_newest_first")]

    def __str__(self) -> str:
        return f"change of {self.threshold} ({self.state})"

    @property
    def path(self) -> str:
        return reverse("incidents:threshold_change", args=[self.pk])

    @transaction.atomic
    def approve(self, *, by: User, now: datetime, note: str = "") -> None:
        """Put the change in force, on the word of a second person.

        Raises NotPermitted, WrongState, ProposalOutdated or ThresholdCannotBeSo.
        """
        self._begin(by=by)
        if by.pk == self.author_id:
            raise NotPermitted(_("Nobody approves a change of their own. Ask another approver."))
        self._check_is_current(now=now)
        with refusing_what_is_invalid():
            self._put_in_force(by=by, now=now)
        self._decide(ProposalState.APPROVED, by=by, now=now, note=note)

    @transaction.atomic
    def give_back(self, *, by: User, now: datetime, note: str) -> None:
        """Refuse the change, saying why. Raises NotPermitted, WrongState or ReasonMissing."""
        self._begin(by=by)
        if not note.strip():
            raise ReasonMissing(_("what is missing or wrong"))
        self._decide(ProposalState.RETURNED, by=by, now=now, note=note)

    @transaction.atomic
    def withdraw(self, *, by: User, now: datetime) -> None:
        """The author takes the change back. Raises NotPermitted or WrongState."""
        self._lock()
        if by.pk != self.author_id:
            raise NotPermitted(_("Only its author withdraws a change. An approver returns it."))
        self._decide(ProposalState.WITHDRAWN, by=by, now=now, note="")

    def _put_in_force(self, *, by: User, now: datetime) -> None:
        if self.mode:
            self.threshold.set_mode(Mode(self.mode), by=self.author, now=now, reason=self.reason)
            return
        version = ThresholdVersion.from_rule(self.rule)
        version.forecast = self.forecast
        self.threshold.add_version(version, by=self.author, now=now, reason=self.reason, approver=by)

    def _begin(self, *, by: User) -> None:
        self._lock()
        if not by.can(Capability.APPROVE):
            raise NotPermitted(_("Approving a change needs the approver flag. An admin sets it."))

    def _lock(self) -> None:
        """Lock threshold and proposal, in this order, and check that the change is still to be decided."""
        self.threshold = Threshold.objects.select_for_update(no_key=True).get(pk=self.threshold_id)
        manager = type(self)._base_manager
        self.refresh_from_db(fields=["state", "decided_by"], from_queryset=manager.select_for_update(of=("self",)))
        if self.state != ProposalState.WAITING:
            raise WrongState(_("This change is decided already: %(state)s.") % {"state": self.get_state_display()})

    def _decide(self, state: ProposalState, *, by: User, now: datetime, note: str) -> None:
        self.state, self.decided_by, self.decided_at, self.note = state, by, now, note
        self.save(update_fields=["state", "decided_by", "decided_at", "note"])
        facts: dict[str, Any] = {"threshold": self.threshold_id, "proposal": self.pk, "state": str(state)}
        record(act="threshold.change_decided", at=now, by=by, object_label=self.threshold.name, facts=facts)
        told = {"author": self.author_id, "decided_by": by.pk, "title": self.threshold.name, "url": self.path}
        announce(Occasion.THRESHOLD_CHANGE_DECIDED, facts=facts | told, now=now)

    def _check_is_current(self, *, now: datetime) -> None:
        """Raises ProposalOutdated when another version came into force since this was proposed."""
        in_force = self.threshold.version_at(now)
        if (in_force.pk if in_force else None) != self.based_on_id:
            raise ProposalOutdated(_("Another version came into force meanwhile. Return this change and propose anew."))
