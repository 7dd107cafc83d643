"""What was said when a review was returned, signed off or reopened. Never changed afterwards."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from airp.audit.models import append_only


class CommentKind(models.TextChoices):
    RETURNED = "returned", _("Returned")
    REOPENED = "reopened", _("Reopened")
    SIGNED_OFF = "signed_off", _("Signed off")


class ReviewComment(models.Model):
    """One comment. Without an author it was the machine."""

    review = models.ForeignKey("reviews.Review", on_delete=models.PROTECT, related_name="comments")
    kind = models.CharField(max_length=12, choices=CommentKind)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    written_at = models.DateTimeField(_("written"))
    text = models.TextField(_("comment"))

    class Meta:
        verbose_name = _("review comment")
        verbose_name_plural = _("review comments")
        triggers = append_only()

    def __str__(self) -> str:
        return f"comment {self.pk} on review {self.review_id}"
