"""What follows from a review: one thing to do, with an owner and a due date, ended with evidence or a reason."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, ClassVar

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from airp.accounts.models import User
from airp.accounts.roles import Capability
from incidents.response.models import Incident
from incidents.response.refusals import NotPermitted
from reviews.postmortem.queries import ActionQuerySet
from reviews.postmortem.refusals import ActionInWrongState, DueInThePast, NotTheOwner, OwnerCannotSee, WordsMissing
from reviews.postmortem.states import ACTION_MOVES, ActionMove, ActionState, ActionVerb

if TYPE_CHECKING:
    from reviews.postmortem.models import Review


class ActionKind(models.TextChoices):
    DETECTIVE = "detective", gettext_lazy("Detective: notice it sooner")
    PREVENTIVE = "preventive", gettext_lazy("Preventive: keep it from happening")
    CORRECTIVE = "corrective", gettext_lazy("Corrective: put right what it did")


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """What is to be done, by whom, until when."""

    what: str
    kind: ActionKind | str
    owner: User
    due_date: date


@pghistory.track()
class Action(models.Model):
    """One thing to do. Change it through its verbs only; every change is kept."""

    review = models.ForeignKey("reviews.Review", on_delete=models.PROTECT, related_name="actions")
    what = models.TextField(gettext_lazy("what"))
    kind = models.CharField(gettext_lazy("kind"), max_length=12, choices=ActionKind)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="owned_actions",
        verbose_name=gettext_lazy("owner"),
    )
    due_date = models.DateField(gettext_lazy("due"))
    state = models.CharField(gettext_lazy("state"), max_length=10, choices=ActionState, default=ActionState.OPEN)
    evidence = models.TextField(gettext_lazy("evidence"), blank=True)
    reason = models.TextField(gettext_lazy("reason"), blank=True)
    added_at = models.DateTimeField(gettext_lazy("added"))
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    # When it left the list: done, or decided against.
    ended_at = models.DateTimeField(gettext_lazy("ended"), null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[ActionQuerySet] = ActionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = gettext_lazy("action")
        verbose_name_plural = gettext_lazy("actions")
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=ActionState.DONE) | ~Q(evidence=""), name="done_action_has_evidence"
            ),
            models.CheckConstraint(
                condition=~Q(state=ActionState.NOT_DOING) | ~Q(reason=""), name="declined_action_has_a_reason"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_date", "id"], name="open_actions_by_due_date", condition=Q(state=ActionState.OPEN)
            ),
            models.Index(
                fields=["owner", "due_date", "id"], name="open_actions_by_owner", condition=Q(state=ActionState.OPEN)
            ),
            models.Index(fields=["-ended_at", "-id"], name="actions_last_ended_first"),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"action {self.pk} of review {self.review_id}"

    @property
    def is_open(self) -> bool:
        return self.state == ActionState.OPEN

    @property
    def kind_name(self) -> str:
        """The kind in one word, for lists."""
        return str(ActionKind(self.kind).label).partition(":")[0]

    @property
    def words(self) -> str:
        """What shows that it is done, or why it is not."""
        return self.evidence or self.reason

    @classmethod
    @transaction.atomic
    def add(cls, review: "Review", *, assignment: Assignment, by: User, now: datetime) -> "Action":
        """Write down what follows, at any time in the life of the review.

        Raises NotPermitted, DueInThePast, WordsMissing or OwnerCannotSee.
        """
        if not by.can(Capability.WRITE_REVIEW):
            raise NotPermitted(_("Your roles do not allow adding actions. Ask the lead or a manager."))
        if assignment.due_date < timezone.localdate(now):
            raise DueInThePast(_("That day is over. Choose today or a later day."))
        action = cls(review=review, added_at=now, added_by=by)
        action._assign(assignment)
        action.save(force_insert=True)
        return action

    @transaction.atomic
    def edit(self, *, assignment: Assignment, by: User) -> None:
        """Reword, hand over or give another due date. What stood there before is kept in its history."""
        self._begin(ActionVerb.EDIT, by=by)
        self._assign(assignment)
        self.save(update_fields=["what", "kind", "owner", "due_date"])

    @transaction.atomic
    def complete(self, *, evidence: str, by: User, now: datetime) -> None:
        """It is done, and this shows it: a link, a test, a figure."""
        move = self._begin(ActionVerb.COMPLETE, by=by, words=evidence)
        self.evidence = evidence.strip()
        self._end(move, by=by, now=now)

    @transaction.atomic
    def decline(self, *, reason: str, by: User, now: datetime) -> None:
        """It will not be done, and why."""
        move = self._begin(ActionVerb.DECLINE, by=by, words=reason)
        self.reason = reason.strip()
        self._end(move, by=by, now=now)

    @transaction.atomic
    def resume(self, *, reason: str, by: User) -> None:
        """It was ended too soon: open again, with the reason."""
        move = self._begin(ActionVerb.RESUME, by=by, words=reason)
        self.state = move.to or self.state
        self.reason, self.evidence = reason.strip(), ""
        self.ended_at = self.ended_by = None
        self.save(update_fields=["state", "reason", "evidence", "ended_at", "ended_by"])

    def _begin(self, verb: ActionVerb, *, by: User, words: str | None = None) -> ActionMove:
        self.refresh_from_db(from_queryset=type(self)._base_manager.select_for_update(of=("self",)))
        if by.pk != self.owner_id and not by.can(Capability.WRITE_REVIEW):
            raise NotTheOwner(_("This action belongs to %(name)s. Ask them, or the lead.") % {"name": self.owner.name})
        move = ACTION_MOVES[verb]
        if ActionState(self.state) not in move.sources:
            raise ActionInWrongState(
                _("This action has the state: %(state)s. Reload the page to see what can be done with it.")
                % {"state": self.get_state_display().lower()}
            )
        if move.demands and not (words or "").strip():
            raise WordsMissing(_("Say %(demanded)s.") % {"demanded": move.demands})
        return move

    def _assign(self, assignment: Assignment) -> None:
        if not assignment.what.strip():
            raise WordsMissing(_("Say what is to be done."))
        if not Incident.objects.filter(pk=self.review.incident_id).visible_to(assignment.owner).exists():
            raise OwnerCannotSee(
                _("%(name)s cannot see this incident. Give them a role on it first, or choose somebody else.")
                % {"name": assignment.owner.name}
            )
        self.what = assignment.what.strip()
        self.kind = assignment.kind
        self.owner = assignment.owner
        self.due_date = assignment.due_date

    def _end(self, move: ActionMove, *, by: User, now: datetime) -> None:
        self.state = move.to or self.state
        self.ended_at, self.ended_by = now, by
        self.save(update_fields=["state", "evidence", "reason", "ended_at", "ended_by"])
