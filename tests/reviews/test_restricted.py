"""The review of a restricted incident does not exist for people outside."""

import pytest
from django.urls import reverse

from incidents.response.visibility import Visibility
from reviews.postmortem.actions import Action, Assignment
from reviews.postmortem.models import ContributingFactor, Review
from reviews.postmortem.refusals import OwnerCannotSee
from tests.reviews.conftest import LATER


@pytest.fixture
def hidden(action, incident, mo):
    action.review.add_factor(text="One", by=mo, now=LATER)
    incident.set_visibility(to=Visibility.RESTRICTED, by=mo, now=LATER, reason="Names of customers")
    return action


def _addresses(action):
    review = [action.review.incident.reference]
    factor = ContributingFactor.objects.get().pk
    return {
        "get": [
            reverse("reviews:review", args=review),
            reverse("reviews:sign_off", args=review),
            reverse("reviews:action", args=[action.pk]),
        ],
        "post": [
            *(
                reverse(f"reviews:{name}", args=review)
                for name in ("review", "opening", "submission", "return", "sign_off", "factors", "review_actions")
            ),
            reverse("reviews:factor", args=[*review, factor]),
            *(
                reverse(f"reviews:{name}", args=[action.pk])
                for name in ("action", "completion", "decline", "resumption")
            ),
        ],
    }


def test_every_address_answers_like_one_that_does_not_exist(hidden, ravi, client_for):
    client = client_for(ravi)
    for method, addresses in _addresses(hidden).items():
        for address in addresses:
            assert (address, getattr(client, method)(address).status_code) == (address, 404)
    hidden.refresh_from_db()
    assert (hidden.state, Review.objects.get().state) == ("open", "draft")


def test_those_who_work_on_it_still_see_it(hidden, mo, client_for):
    client = client_for(mo)
    assert [client.get(address).status_code for address in _addresses(hidden)["get"]] == [200, 200, 200]


def test_it_is_absent_from_lists_and_counts(hidden, tess, mo, client_for):
    for name in ("reviews:reviews", "reviews:actions"):
        told = client_for(tess).get(reverse(name))
        assert hidden.review.incident.reference not in told.content.decode()
        assert told.context["rows"] == []
        assert {tab["count"] for tab in told.context["tabs"]} == {None, 0}
        counts = told.context["frame"]["counts"]
        assert (counts["reviews"], counts["actions"]) == (0, 0)
        assert len(client_for(mo).get(reverse(name)).context["rows"]) == 1


def test_it_refuses_an_owner_who_cannot_see_the_incident(hidden, mo, edie):
    assignment = Assignment(what="Write to them", kind="corrective", owner=edie, due_date=LATER.date())
    with pytest.raises(OwnerCannotSee, match="Edie Editor cannot see this incident"):
        Action.add(hidden.review, assignment=assignment, by=mo, now=LATER)
    assert Action.objects.count() == 1
