"""The due date of a review as one of the clocks of its incident."""

from collections.abc import Iterator, Sequence

from django.urls import reverse

from incidents.response.clocks import Clock, ClockName
from reviews.postmortem.due import end_of
from reviews.postmortem.models import Review


def clock_of(review: Review) -> Clock | None:
    """Kept when it is signed off. None while no date is promised, as for an incident that was reopened."""
    if review.due_date is None:
        return None
    url = reverse("reviews:review", args=[review.incident.reference])
    return Clock(ClockName.REVIEW, review.opened_at, end_of(review.due_date), review.signed_off_at, url=url)


def review_promises(ids: Sequence[int]) -> Iterator[tuple[int, Clock]]:
    """Unfinished ones of incidents that the caller may show. One query."""
    waiting = Review.objects.unfinished().filter(incident__in=ids, due_date__isnull=False)
    for incident_id, opened_at, due_date in waiting.values_list("incident", "opened_at", "due_date"):
        if due_date is not None:
            yield incident_id, Clock(ClockName.REVIEW, opened_at, end_of(due_date))
