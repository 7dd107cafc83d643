"""How every verb of a review acts: lock the incident, then the review, consult the table of moves."""

from typing import TYPE_CHECKING, cast

from django.db import models
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.accounts.roles import Capability, Role
from incidents.response.models import Incident
from incidents.response.refusals import NotPermitted
from reviews.postmortem.refusals import NotTheSigner, ReviewInWrongState
from reviews.postmortem.states import REVIEW_MOVES, ReviewMove, ReviewState, ReviewVerb

if TYPE_CHECKING:
    from reviews.postmortem.models import Review


class Reviewing(models.Model):
    """Locks and guards. The verbs in the other mixins are built from these steps."""

    class Meta:
        abstract = True

    def begin(self, verb: ReviewVerb, *, by: User | None) -> ReviewMove:
        """Lock incident and review, in this order, and check that `verb` is possible now for this person.

        Must be called inside a transaction. `by` None is the machine. Raises NotPermitted or
        ReviewInWrongState.
        """
        review = self._review
        incident = Incident.objects.select_for_update(of=("self",)).get(pk=review.incident_id)
        review.refresh_from_db(from_queryset=type(review)._base_manager.select_for_update(of=("self",)))
        review.incident = incident
        if by is not None and not by.can(Capability.WRITE_REVIEW):
            raise NotPermitted(_("Your roles do not allow writing reviews. Ask the lead or a manager."))
        move = REVIEW_MOVES[verb]
        if ReviewState(review.state) not in move.sources:
            raise ReviewInWrongState(self._wrong_state(verb))
        return move

    def is_signer(self, person: User) -> bool:
        """Whether the person holds the role that signs this review."""
        return person.can(Capability.WRITE_REVIEW) and person.has_role(Role(self._review.signer_role))

    def may_be_signed_by(self, person: User) -> bool:
        """Whether this person could sign it off now: submitted, the signer's role, and by somebody else."""
        review = self._review
        return bool(review.is_submitted and self.is_signer(person) and review.submitted_by_id != person.pk)

    def demand_signer(self, person: User) -> None:
        if not self.is_signer(person):
            role = Role(self._review.signer_role).label
            raise NotTheSigner(
                _("Only a person with the role %(role)s decides about this review. Ask one of them.") % {"role": role}
            )

    def _wrong_state(self, verb: ReviewVerb) -> str:
        review = self._review
        cures = {
            ReviewState.DRAFT: _("It must be submitted first."),
            ReviewState.RETURNED: _("It must be submitted again first."),
            ReviewState.SUBMITTED: _("To change it, ask for it to be returned with comments."),
            ReviewState.SIGNED_OFF: _("It changes only when the incident is reopened."),
        }
        return _("The review of %(reference)s has the state: %(state)s. %(cure)s") % {
            "reference": review.incident.reference,
            "state": review.get_state_display().lower(),
            "cure": cures[ReviewState(review.state)],
        }

    @property
    def _review(self) -> "Review":
        return cast("Review", self)
