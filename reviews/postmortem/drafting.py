"""Writing a review: its texts, with a guard against overwriting each other, and its contributing factors."""

from dataclasses import asdict, dataclass
from datetime import datetime

import pghistory
from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from airp.accounts.models import User
from reviews.postmortem.acting import Reviewing
from reviews.postmortem.completeness import Part, parts
from reviews.postmortem.refusals import DraftConflict, FactorNotThere, WordsMissing
from reviews.postmortem.states import ReviewVerb


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """The long texts of a review."""

    summary: str = ""
    what_happened: str = ""
    impact: str = ""
    what_slowed_us: str = ""


class Drafting(Reviewing):
    """The texts and the factors. Nothing here moves the state."""

    class Meta(Reviewing.Meta):
        abstract = True

    @property
    def texts(self) -> Texts:
        review = self._review
        return Texts(
            summary=review.summary,
            what_happened=review.what_happened,
            impact=review.impact,
            what_slowed_us=review.what_slowed_us,
        )

    @transaction.atomic
    def save_draft(self, *, texts: Texts, by: User, now: datetime, expected: int) -> None:
        """Write the texts. `expected` is the version that the form was opened with.

        Saving what is already stored changes nothing, whatever the version. Raises DraftConflict with both
        versions when somebody else saved other words meanwhile.
        """
        review = self._review
        self.begin(ReviewVerb.WRITE, by=by)
        if texts == self.texts:
            return
        if expected != review.version:
            raise DraftConflict(mine=texts, expected=expected, found=review.version)
        for name, text in asdict(texts).items():
            setattr(review, name, text)
        review.version += 1
        review.saved_at, review.saved_by = now, by
        review.save(update_fields=[*asdict(texts), "version", "saved_at", "saved_by"])

    @transaction.atomic
    def add_factor(self, *, text: str, by: User, now: datetime) -> "ContributingFactor":
        """Name one of the things that together made the incident possible."""
        self.begin(ReviewVerb.WRITE, by=by)
        if not text.strip():
            raise WordsMissing(_("Describe the factor: what made this possible, worse or harder to notice."))
        return ContributingFactor.objects.create(review=self._review, text=text.strip(), added_by=by, added_at=now)

    @transaction.atomic
    def remove_factor(self, *, factor_id: int, by: User) -> None:
        """Take a factor out of the draft. Its history stays. Raises FactorNotThere the second time."""
        self.begin(ReviewVerb.WRITE, by=by)
        removed, _by_model = self._review.factors.filter(pk=factor_id).delete()
        if not removed:
            raise FactorNotThere(_("This factor was already removed. Reload the page to see the present list."))

    def parts(self) -> list[Part]:
        """The completeness list, from two counts."""
        return parts(
            **asdict(self.texts), factor_count=self._review.factors.count(), action_count=self._review.actions.count()
        )


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class ContributingFactor(models.Model):
    """One of several reasons. There is never a single root cause."""

    review = models.ForeignKey("reviews.Review", on_delete=models.PROTECT, related_name="factors")
    text = models.TextField(gettext_lazy("factor"))
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(gettext_lazy("added"))

    class Meta:
        verbose_name = gettext_lazy("contributing factor")
        verbose_name_plural = gettext_lazy("contributing factors")

    def __str__(self) -> str:
        return f"factor {self.pk} of review {self.review_id}"
