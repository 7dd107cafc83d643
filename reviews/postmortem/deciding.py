"""The moves of a review: submit, return with comments, sign off, and back to draft when the incident reopens."""

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.accounts.roles import Capability, Role
from incidents.response.kinds import Kind
from incidents.response.timeline import TimelineEntry, append
from reviews.postmortem.acting import Reviewing
from reviews.postmortem.comments import CommentKind, ReviewComment
from reviews.postmortem.completeness import missing
from reviews.postmortem.refusals import CommentMissing, DraftConflict, ReviewIncomplete, SamePersonTwice
from reviews.postmortem.states import ReviewMove, ReviewState, ReviewVerb

if TYPE_CHECKING:
    from reviews.postmortem.drafting import Texts


class Deciding(Reviewing):
    """Every move appends one entry to the incident's timeline."""

    class Meta(Reviewing.Meta):
        abstract = True

    @transaction.atomic
    def submit(
        self, *, by: User, now: datetime, texts: "Texts | None" = None, expected: int | None = None
    ) -> TimelineEntry:
        """Ask for sign-off. `texts` are saved first, so that the last words typed go along.

        Raises ReviewIncomplete with a sentence for each missing part, or DraftConflict.
        """
        review = self._review
        if texts is not None:
            review.save_draft(texts=texts, by=by, now=now, expected=expected or 0)
        move = self.begin(ReviewVerb.SUBMIT, by=by)
        if gaps := missing(review.parts()):
            raise ReviewIncomplete(gaps)
        review.submitted_at, review.submitted_by = now, by
        self._move(move, "submitted_at", "submitted_by")
        return append(review.incident, kind=Kind.REVIEW_SUBMITTED, by=by, now=now, facts=self._facts)

    @transaction.atomic
    def return_with_comments(self, *, comment: str, by: User, now: datetime) -> TimelineEntry:
        """Give it back to its writers with what to improve. For the signer's role and managers."""
        review = self._review
        move = self.begin(ReviewVerb.RETURN, by=by)
        if not by.can(Capability.SIGN_REVIEW):
            self.demand_signer(by)
        if not comment.strip():
            raise CommentMissing(_("Say what the writers should improve before it can be signed off."))
        self.comment(CommentKind.RETURNED, text=comment, by=by, now=now)
        self._move(move)
        return append(review.incident, kind=Kind.REVIEW_RETURNED, by=by, now=now, facts=self._facts, text=comment)

    @transaction.atomic
    def sign_off(self, *, by: User, now: datetime, expected: int, note: str = "") -> TimelineEntry:
        """Agree with exactly the version that was read. Two persons: never whoever submitted it.

        Raises NotTheSigner, SamePersonTwice, or DraftConflict when the review changed since it was opened.
        """
        review = self._review
        move = self.begin(ReviewVerb.SIGN_OFF, by=by)
        self.demand_signer(by)
        if review.submitted_by_id == by.pk:
            role = Role(review.signer_role).label
            raise SamePersonTwice(
                _("You submitted this review. Another person with the role %(role)s must sign it off.") % {"role": role}
            )
        if expected != review.version:
            raise DraftConflict(mine=review.texts, expected=expected, found=review.version)
        if note.strip():
            self.comment(CommentKind.SIGNED_OFF, text=note, by=by, now=now)
        facts = self._facts
        review.signed_off_at, review.signed_off_by = now, by
        self._move(move, "signed_off_at", "signed_off_by")
        return append(review.incident, kind=Kind.REVIEW_SIGNED_OFF, by=by, now=now, facts=facts, text=note.strip())

    @transaction.atomic
    def reopen(self, *, by: User | None, now: datetime, reason: str) -> None:
        """Back to draft, because the incident was reopened. It gets a due date when the incident is resolved."""
        move = self.begin(ReviewVerb.REOPEN, by=None)
        review = self._review
        review.due_date = None
        review.submitted_at = review.submitted_by = None
        review.signed_off_at = review.signed_off_by = None
        self.comment(CommentKind.REOPENED, text=reason, by=by, now=now)
        self._move(move, "due_date", "submitted_at", "submitted_by", "signed_off_at", "signed_off_by")

    def comment(self, kind: CommentKind, *, text: str, by: User | None, now: datetime) -> ReviewComment:
        return ReviewComment.objects.create(
            review=self._review, kind=kind, author=by, written_at=now, text=text.strip()
        )

    def promise(self, *, due: date, signer_role: str, opened_for: int, now: datetime) -> None:
        """Freeze what the severity demands, for this resolution of the incident."""
        review = self._review
        review.due_date, review.signer_role = due, signer_role
        review.opened_at, review.opened_for = now, opened_for
        review.save(update_fields=["due_date", "signer_role", "opened_at", "opened_for"])

    def _move(self, move: ReviewMove, *fields: str) -> None:
        review = self._review
        review.state = move.to or ReviewState(review.state)
        review.version += 1
        review.save(update_fields=["state", "version", *fields])

    @property
    def _facts(self) -> dict[str, int]:
        return {"review": self._review.pk, "version": self._review.version}
