"""The gate that an incident passes before it closes: its review, if the severity demands one, is signed off."""

from django.utils.translation import gettext as _

from airp.accounts.roles import Role
from incidents.response.models import Incident
from reviews.postmortem.models import Review
from reviews.postmortem.opening import demands_review
from reviews.postmortem.states import ReviewState


def review_is_settled(incident: Incident) -> list[str]:
    """What still stands against closing: the state of the review and the cure. Empty when nothing does."""
    if not demands_review(incident):
        return []
    review = Review.objects.filter(incident_id=incident.pk).first()
    if review is None:
        return [_("The severity demands a review, which is not open yet. Wait a moment and try again.")]
    if review.opened_for < incident.reopened_count:
        return [_("The review is from before the incident was reopened. Complete it and have it signed off again.")]
    if review.is_signed_off:
        return []
    return [_cure(review)]


def _cure(review: Review) -> str:
    signer = Role(review.signer_role).label
    sentences = {
        ReviewState.DRAFT: _("The review is still a draft. Complete it and submit it, for sign-off by: %(role)s."),
        ReviewState.RETURNED: _(
            "The review was returned. Answer the comments and submit it again, for sign-off by: %(role)s."
        ),
        ReviewState.SUBMITTED: _("The review awaits its sign-off. Ask a second person with the role %(role)s."),
    }
    return sentences[ReviewState(review.state)] % {"role": signer}
