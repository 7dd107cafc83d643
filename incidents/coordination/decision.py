"""A decision in an incident: the question, what could have been chosen, who chose what and why, and who disagreed."""

from datetime import datetime
from typing import Any, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from airp.accounts.models import User
from airp.accounts.roles import Capability
from incidents.coordination.decision_states import TONES, DecisionState
from incidents.coordination.revisiting import Revisiting
from incidents.response.models import Incident
from incidents.response.states import OPEN
from incidents.response.visibility import ExistsFor


class DecisionQuerySet(models.QuerySet["Decision"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """A decision of an incident that the person may not see does not exist for them."""
        if not isinstance(user, User) or not user.can(Capability.READ_INCIDENTS):
            return self.none()
        return self.filter(ExistsFor(user, path="incident__"))

    def to_revisit(self, *, now: datetime) -> Self:
        """Those that stand, in an open incident, and whose date has come."""
        return self.filter(state=DecisionState.STANDS, revisit_at__lte=now, incident__state__in=OPEN)


class Decision(Revisiting):
    """What was decided never changes; it is confirmed or reversed, and others may disagree. All through its verbs."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="decisions")
    number = models.PositiveIntegerField(_("number"))
    question = models.CharField(_("question"), max_length=300)
    options = ArrayField(models.CharField(max_length=200), verbose_name=_("options"))
    chosen = models.CharField(_("chosen"), max_length=200)
    reasons = models.TextField(_("reasons"))
    decider = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="decisions", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided"))
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reversible_until = models.DateTimeField(_("reversible until"), null=True)
    revisit_at = models.DateTimeField(_("to be looked at again"), null=True)
    revisit_noted_at = models.DateTimeField(null=True)
    state = models.CharField(_("state"), max_length=10, choices=DecisionState, default=DecisionState.STANDS)
    # Why it still stands, or was taken back.
    note = models.TextField(_("note"), blank=True)
    looked_at = models.DateTimeField(_("looked at again"), null=True)
    looked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[DecisionQuerySet] = DecisionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        constraints = [
            models.UniqueConstraint(fields=["incident", "number"], name="one_decision_per_number"),
            models.CheckConstraint(condition=~Q(reasons="") & ~Q(chosen=""), name="decision_says_what_and_why"),
            models.CheckConstraint(
                condition=Q(state="stands") | (Q(looked_at__isnull=False) & ~Q(note="")),
                name="reversed_decision_says_why",
            ),
        ]
        indexes = [
            # claimed by `note_revisit`
            models.Index(
                fields=["revisit_at", "id"],
                name="decisions_to_revisit",
                condition=Q(state="stands", revisit_at__isnull=False, revisit_noted_at__isnull=True),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="decided_words_stay",
                fields=["question", "options", "chosen", "reasons", "decider", "decided_at", "recorded_by"],
            ),
        ]

    def __str__(self) -> str:
        return f"decision {self.number} of incident {self.incident_id} ({self.state})"

    @property
    def tone(self) -> str:
        return TONES[self.state]

    @property
    def facts(self) -> dict[str, Any]:
        return {"decision": self.pk, "number": self.number, "person": self.decider_id}

    def is_due(self, *, now: datetime) -> bool:
        """Whether it should be looked at again by now."""
        return self.state == DecisionState.STANDS and self.revisit_at is not None and self.revisit_at <= now


class Dissent(models.Model):
    """Who would have decided otherwise, and why. Stays beside the decision for good."""

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="dissents")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    why = models.TextField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("dissent")
        verbose_name_plural = _("dissents")
        constraints = [models.UniqueConstraint(fields=["decision", "person"], name="one_dissent_per_person")]
        triggers = [pgtrigger.Protect(name="words_stay", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.person} about decision {self.decision_id}"
