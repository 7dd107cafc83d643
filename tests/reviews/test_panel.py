"""What the incident page and the navigation show of reviews."""

from django.template.loader import render_to_string
from django.test import RequestFactory

from airp.web.context import compose
from reviews.postmortem.models import Action, Review
from reviews.postmortem.panel import review_counts, review_panel
from tests.reviews.conftest import LATER


def _asked_by(user):
    request = RequestFactory().get("/")
    request.user = user
    return request


def _drawn(user, incident):
    panel = review_panel(_asked_by(user), incident, now=LATER)
    assert panel is not None
    return render_to_string(panel["template"], panel["context"])


def test_the_panel_shows_state_due_date_and_what_closing_waits_for(draft, incident, tess):
    drawn = _drawn(tess, incident)
    assert "Draft" in drawn
    assert "due in 7 days" in drawn
    assert "The review is still a draft" in drawn
    assert f"/reviews/{incident.reference}/" in drawn


def test_the_panel_of_a_signed_review_waits_for_nothing(signed_off, incident, tess):
    drawn = _drawn(tess, incident)
    assert "Signed off" in drawn
    assert "due" not in drawn


def test_the_part_stands_open_only_while_closing_waits_for_the_review(submitted, incident, tess, mo):
    def starts():
        panel = review_panel(_asked_by(tess), incident, now=LATER)
        assert panel is not None
        return panel["fold"].starts

    assert starts() == "open"
    submitted.sign_off(by=mo, now=LATER, expected=submitted.version)
    assert starts() == "shut"


def test_there_is_no_panel_before_there_is_something_to_review(incident, tess, mo):
    assert review_panel(_asked_by(tess), incident, now=LATER) is None
    incident.reopen(by=mo, now=LATER, reason="Back again")
    assert review_panel(_asked_by(mo), incident, now=LATER) is None


def test_writers_are_offered_a_review_that_nobody_demands(resolved, ravi):
    drawn = _drawn(ravi, resolved("SEV4"))
    assert "Start a review" in drawn


def test_a_review_that_will_open_by_itself_is_not_called_undemanded(resolved, ravi):
    incident = resolved("SEV1")
    Review.objects.filter(incident=incident).delete()
    panel = review_panel(_asked_by(ravi), incident, now=LATER)
    assert panel is not None
    assert panel["fold"].starts == "open"
    drawn = render_to_string(panel["template"], panel["context"])
    assert "opens by itself" in drawn
    assert "Start a review" not in drawn


def test_the_navigation_counts_what_waits_for_the_person(submitted, action, mo, tess, uma, sam):
    counted = {}
    for person in (mo, tess, uma):
        reviews, actions = Review.objects.visible_to(person).of(person), Action.objects.visible_to(person).of(person)
        counted[person.short_name] = figures = compose(_asked_by(person))["counts"]
        assert (figures["reviews"], figures["actions"]) == (reviews.count(), actions.count())
    assert [(each["reviews"], each["actions"]) for each in counted.values()] == [(1, 0), (0, 1), (0, 0)]
    assert review_counts(_asked_by(sam)) == {"tallies": {}}
