"""The gate that an incident passes before it closes: its review, if the severity demands one, is signed off."""

from django.urls import reverse
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.accounts.roles import Role
from incidents.response.gates import Obstacle
from incidents.response.models import Incident
from incidents.response.presence import may_have, rows_of
from reviews.postmortem.models import Review
from reviews.postmortem.opening import demands_review
from reviews.postmortem.states import ReviewState

# For the page of an incident: incidents/response/presence.py
HAS_REVIEW = rows_of("reviews_review")
_READ = "_review_read"


def review_for_the_page(incident: Incident) -> Review | None:
    """The review of an incident, kept for the panel of this page, so that the gate and the panel read once."""
    found = Review.objects.filter(incident_id=incident.pk).first() if may_have(incident, "review") else None
    incident.__dict__[_READ] = found
    return found


def review_of_the_panel(incident: Incident) -> Review | None:
    """What the gate has just read, once; a later look reads anew."""
    if _READ not in incident.__dict__:
        review_for_the_page(incident)
    found: Review | None = incident.__dict__.pop(_READ)
    return found


def review_is_settled(incident: Incident, *, by: User | None = None) -> list[Obstacle]:
    """What still stands against closing, told to `by`: the review and its cure. Empty when nothing does."""
    if not demands_review(incident):
        return []
    return left_of(incident, review_for_the_page(incident), by=by)


def left_of(incident: Incident, review: Review | None, *, by: User | None) -> list[Obstacle]:
    """What stands against closing an incident whose severity demands a review. Reads nothing."""
    if review is None:
        return [Obstacle(_("The severity demands a review, which is not open yet. Wait a moment and try again."))]
    url = reverse("reviews:review", args=[incident.reference])
    if review.opened_for < incident.reopened_count:
        old = _("The review is from before the incident was reopened. Complete it and have it signed off again.")
        return [Obstacle(old, url=url, action=_("Open the review"))]
    if review.is_signed_off:
        return []
    if by is not None and review.may_be_signed_by(by):
        return [
            Obstacle(
                _("The review awaits its sign-off, which you can give."), url=url, action=_("Sign the review off first")
            )
        ]
    return [Obstacle(_cure(review, by), url=url, action=_("Open the review"))]


def _cure(review: Review, by: User | None) -> str:
    signer = Role(review.signer_role).label
    sentences = {
        ReviewState.DRAFT: _("The review is still a draft. Complete it and submit it, for sign-off by: %(role)s."),
        ReviewState.RETURNED: _(
            "The review was returned. Answer the comments and submit it again, for sign-off by: %(role)s."
        ),
        ReviewState.SUBMITTED: _("You submitted the review. Ask another person with the role %(role)s to sign it off.")
        if by is not None and review.submitted_by_id == by.pk
        else _("The review awaits its sign-off. Ask a second person with the role %(role)s."),
    }
    return sentences[ReviewState(review.state)] % {"role": signer}
