"""Resolving opens the review that the severity demands."""

from datetime import date, timedelta

import pytest

from incidents.classification.models import SeverityLevel
from incidents.response.kinds import Kind
from incidents.response.models import PendingReaction
from incidents.response.refusals import NotPermitted
from reviews.postmortem.models import Review
from reviews.postmortem.opening import open_by_choice, open_for
from reviews.postmortem.refusals import ReviewAlreadyOpen, ReviewInWrongState
from tests.reviews.conftest import LATER, kinds, react


def test_resolving_opens_the_review_with_the_frozen_terms(incident):
    react()
    review = Review.objects.get(incident=incident)
    assert (review.state, review.signer_role, review.opened_at) == ("draft", "manager", LATER)
    assert review.due_date == date(2026, 11, 19)  # five working days after a Thursday
    entry = incident.timeline.get(kind=Kind.REVIEW_OPENED)
    assert entry.actor is None
    assert entry.facts == {"review": review.pk, "due_date": "2026-11-19", "signer_role": "manager"}


def test_later_edits_of_the_severity_level_do_not_change_the_terms(incident):
    SeverityLevel.objects.filter(slug="SEV2").update(review_due_working_days=1, review_signer_role="legal")
    react()
    review = Review.objects.get(incident=incident)
    assert (review.due_date, review.signer_role) == (date(2026, 11, 19), "manager")


def test_opening_twice_changes_nothing(draft, incident):
    before = kinds(incident)
    again = open_for(incident, now=LATER + timedelta(days=3))
    assert again is not None
    draft.refresh_from_db()
    assert (again.pk, draft.opened_at, draft.due_date) == (draft.pk, LATER, date(2026, 11, 19))
    assert kinds(incident) == before


def test_no_review_opens_where_the_severity_demands_none(resolved):
    incident = resolved("SEV4")
    react()
    assert not Review.objects.exists()
    assert Kind.REVIEW_OPENED not in kinds(incident)
    assert not PendingReaction.objects.exists()


def test_raising_the_severity_of_a_resolved_incident_opens_the_review(resolved, levels, mo):
    incident = resolved("SEV4")
    react()
    incident.raise_severity(to=levels["SEV2"], by=mo, now=LATER, reason="More people relied on it")
    react()
    assert Review.objects.get(incident=incident).due_date == date(2026, 11, 19)


def test_raising_the_severity_makes_an_unfinished_review_due_sooner(resolved, levels, mo):
    incident = resolved("SEV3")
    react()
    assert Review.objects.get().due_date == date(2026, 11, 26)
    incident.raise_severity(to=levels["SEV1"], by=mo, now=LATER, reason="A child was affected")
    react()
    assert Review.objects.get().due_date == date(2026, 11, 19)
    assert kinds(incident).count(Kind.REVIEW_OPENED) == 1


def test_a_reopened_incident_takes_its_signed_review_back_to_draft(signed_off, incident, tess):
    incident.reopen(by=tess, now=LATER, reason="It promised refunds again")
    react()
    signed_off.refresh_from_db()
    assert (signed_off.state, signed_off.due_date) == ("draft", None)
    assert (signed_off.signed_off_by, signed_off.submitted_by) == (None, None)
    assert signed_off.summary.startswith("The assistant promised")
    comment = signed_off.comments.get(kind="reopened")
    assert (comment.author, comment.text) == (tess, "The incident was reopened: It promised refunds again")


def test_resolving_again_gives_the_same_review_a_new_due_date(signed_off, incident, tess, mo):
    incident.reopen(by=tess, now=LATER, reason="It promised refunds again")
    react()
    incident.contain(by=mo, now=LATER, reason="Switched off")
    monday = LATER + timedelta(days=4)
    incident.resolve(by=mo, now=monday, reason="Fixed for good")
    react(monday)
    review = Review.objects.get()
    assert (review.pk, review.state, review.due_date) == (signed_off.pk, "draft", date(2026, 11, 23))
    assert kinds(incident).count(Kind.REVIEW_OPENED) == 2


def test_reopening_and_resolving_before_any_reaction_ends_in_one_fresh_draft(signed_off, incident, tess, mo):
    incident.reopen(by=tess, now=LATER, reason="It promised refunds again")
    incident.contain(by=mo, now=LATER, reason="Switched off")
    incident.resolve(by=mo, now=LATER, reason="Fixed for good")
    react()
    signed_off.refresh_from_db()
    assert (signed_off.state, signed_off.opened_for) == ("draft", 1)
    assert signed_off.due_date == date(2026, 11, 19)
    assert signed_off.comments.filter(kind="reopened").count() == 1


def test_people_may_open_a_review_that_nobody_demands(resolved, ravi):
    incident = resolved("SEV4")
    review = open_by_choice(incident, by=ravi, now=LATER)
    assert review.state == "draft"
    assert incident.timeline.get(kind=Kind.REVIEW_OPENED).actor == ravi


def test_it_refuses_to_open_a_second_review(draft, incident, ravi):
    with pytest.raises(ReviewAlreadyOpen, match="has its review already"):
        open_by_choice(incident, by=ravi, now=LATER)
    assert Review.objects.count() == 1


def test_it_refuses_to_open_a_review_while_the_harm_goes_on(incident, ravi, tess):
    incident.reopen(by=tess, now=LATER, reason="Back again")
    with pytest.raises(ReviewInWrongState, match="can be opened once it is resolved"):
        open_by_choice(incident, by=ravi, now=LATER)
    assert not Review.objects.exists()


def test_it_refuses_to_open_a_review_for_somebody_who_does_not_write_them(resolved, tess):
    with pytest.raises(NotPermitted, match="roles do not allow"):
        open_by_choice(resolved("SEV4"), by=tess, now=LATER)
    assert not Review.objects.exists()
