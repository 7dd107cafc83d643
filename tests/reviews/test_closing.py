"""An incident closes only with its review signed off, if the severity demands one."""

import pytest

from incidents.response.kinds import Kind
from incidents.response.refusals import HeldByGate
from incidents.response.verification import verify_timeline
from reviews.postmortem.models import Review
from tests.reviews.conftest import LATER, TEXTS, kinds, react


def test_it_refuses_to_close_before_the_review_is_open(incident, mo):
    _assert_refused(incident, mo, "not open yet")


def test_it_refuses_to_close_while_the_review_is_a_draft(draft, incident, mo):
    _assert_refused(incident, mo, "The review is still a draft. Complete it and submit it, for sign-off by: Manager.")


def test_it_refuses_to_close_while_the_review_awaits_its_sign_off(submitted, incident, mo):
    _assert_refused(incident, mo, "awaits its sign-off, which you can give.")


def test_it_refuses_to_close_with_a_returned_review(submitted, incident, mo):
    submitted.return_with_comments(comment="More", by=mo, now=LATER)
    _assert_refused(incident, mo, "was returned. Answer the comments")


def test_it_refuses_to_close_with_a_review_from_before_the_reopening(signed_off, incident, mo, tess):
    incident.reopen(by=tess, now=LATER, reason="Back again")
    incident.contain(by=mo, now=LATER, reason="Blocked")
    incident.resolve(by=mo, now=LATER, reason="Fixed")
    _assert_refused(incident, mo, "from before the incident was reopened")
    react()
    _assert_refused(incident, mo, "still a draft")


def test_it_closes_with_a_signed_off_review(signed_off, incident, mo):
    entry = incident.close(by=mo, now=LATER)
    incident.refresh_from_db()
    assert (incident.state, entry.kind) == ("closed", Kind.CLOSED)


def test_it_closes_without_a_review_where_none_is_demanded(resolved, mo):
    incident = resolved("SEV4")
    incident.close(by=mo, now=LATER)
    assert incident.state == "closed"


def test_the_whole_way_from_resolved_to_closed_stands_on_a_timeline_that_verifies(incident, mo, ravi):
    react()
    review = Review.objects.get(incident=incident)
    review.add_factor(text="No refund questions in the evaluation", by=ravi, now=LATER)
    review.submit(texts=TEXTS, expected=review.version, by=ravi, now=LATER)
    review.sign_off(expected=review.version, by=mo, now=LATER)
    incident.close(by=mo, now=LATER)
    assert kinds(incident)[-4:] == ["review_opened", "review_submitted", "review_signed_off", "closed"]
    assert verify_timeline(incident) == []


def _assert_refused(incident, by, words):
    before = kinds(incident)
    with pytest.raises(HeldByGate, match=words):
        incident.close(by=by, now=LATER)
    incident.refresh_from_db()
    assert (incident.state, kinds(incident)) == ("resolved", before)
