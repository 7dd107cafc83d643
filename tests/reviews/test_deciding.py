"""Submitting, returning and signing off: who may, from where, and what the record says."""

from dataclasses import replace

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from incidents.response.kinds import Kind
from incidents.response.refusals import NotPermitted
from reviews.postmortem.comments import ReviewComment
from reviews.postmortem.models import Review
from reviews.postmortem.refusals import (
    CommentMissing,
    DraftConflict,
    NotTheSigner,
    ReviewIncomplete,
    ReviewInWrongState,
    SamePersonTwice,
)
from tests.reviews.conftest import LATER, TEXTS, kinds


def test_submitting_asks_for_the_sign_off(written, incident, ravi):
    entry = written.submit(by=ravi, now=LATER)
    stored = Review.objects.get()
    assert (stored.state, stored.submitted_by, stored.submitted_at) == ("submitted", ravi, LATER)
    assert (entry.kind, entry.actor) == (Kind.REVIEW_SUBMITTED, ravi)
    assert entry.facts == {"review": stored.pk, "version": stored.version}
    assert kinds(incident).count(Kind.REVIEW_SUBMITTED) == 1


def test_submitting_takes_the_last_words_along(draft, ravi):
    draft.add_factor(text="One", by=ravi, now=LATER)
    draft.submit(texts=TEXTS, expected=1, by=ravi, now=LATER)
    stored = Review.objects.get()
    assert (stored.state, stored.texts) == ("submitted", TEXTS)


def test_it_refuses_to_submit_an_incomplete_review_with_a_sentence_for_each_missing_part(draft, incident, ravi):
    with pytest.raises(ReviewIncomplete) as refusal:
        draft.submit(texts=replace(TEXTS, summary=" ", what_happened=""), expected=1, by=ravi, now=LATER)
    assert refusal.value.missing == [
        "Write the summary: two or three plain sentences.",
        "Tell what happened, in order, with times.",
        "Add at least one contributing factor. There are usually several.",
    ]
    stored = Review.objects.get()
    assert (stored.state, stored.impact) == ("draft", "")
    assert Kind.REVIEW_SUBMITTED not in kinds(incident)


def test_it_refuses_to_submit_words_that_somebody_else_changed_meanwhile(written, incident, lee):
    with pytest.raises(DraftConflict):
        written.submit(texts=replace(TEXTS, summary="Mine"), expected=1, by=lee, now=LATER)
    assert Review.objects.get().state == "draft"
    assert Kind.REVIEW_SUBMITTED not in kinds(incident)


def test_it_refuses_to_submit_twice(submitted, incident, ravi):
    with pytest.raises(ReviewInWrongState, match="awaiting sign-off"):
        submitted.submit(by=ravi, now=LATER)
    assert kinds(incident).count(Kind.REVIEW_SUBMITTED) == 1


def test_it_refuses_to_submit_for_somebody_who_does_not_write_reviews(written, tess):
    with pytest.raises(NotPermitted):
        written.submit(by=tess, now=LATER)
    assert Review.objects.get().state == "draft"


def test_returning_gives_the_review_back_with_comments(submitted, incident, mo):
    entry = submitted.return_with_comments(comment="Say how many were affected.", by=mo, now=LATER)
    assert Review.objects.get().state == "returned"
    comment = submitted.comments.get()
    assert (comment.kind, comment.author, comment.text) == ("returned", mo, "Say how many were affected.")
    assert (entry.kind, entry.actor, entry.words) == (Kind.REVIEW_RETURNED, mo, "Say how many were affected.")


def test_a_returned_review_is_written_and_submitted_again(submitted, incident, mo, ravi):
    submitted.return_with_comments(comment="Say how many.", by=mo, now=LATER)
    texts = replace(TEXTS, impact="41 people")
    submitted.save_draft(texts=texts, by=ravi, now=LATER, expected=submitted.version)
    submitted.submit(by=ravi, now=LATER)
    assert Review.objects.get().state == "submitted"
    assert kinds(incident).count(Kind.REVIEW_SUBMITTED) == 2


def test_it_refuses_to_return_a_review_without_a_comment(submitted, incident, mo):
    with pytest.raises(CommentMissing, match="Say what the writers should improve"):
        submitted.return_with_comments(comment=" ", by=mo, now=LATER)
    assert Review.objects.get().state == "submitted"
    assert not ReviewComment.objects.exists()
    assert Kind.REVIEW_RETURNED not in kinds(incident)


def test_it_refuses_a_return_by_somebody_who_does_not_decide(submitted, ravi):
    with pytest.raises(NotTheSigner, match="role Manager"):
        submitted.return_with_comments(comment="I want it back", by=ravi, now=LATER)
    assert Review.objects.get().state == "submitted"


def test_it_refuses_to_return_a_draft(written, mo):
    with pytest.raises(ReviewInWrongState, match="must be submitted first"):
        written.return_with_comments(comment="Too early", by=mo, now=LATER)
    assert not ReviewComment.objects.exists()


def test_a_second_person_with_the_signers_role_signs_it_off(submitted, incident, mo):
    version = submitted.version
    entry = submitted.sign_off(by=mo, now=LATER, expected=version, note="Clear and complete.")
    stored = Review.objects.get()
    assert (stored.state, stored.signed_off_by, stored.signed_off_at) == ("signed_off", mo, LATER)
    assert (entry.kind, entry.actor, entry.words) == (Kind.REVIEW_SIGNED_OFF, mo, "Clear and complete.")
    assert entry.facts == {"review": stored.pk, "version": version}
    assert kinds(incident).count(Kind.REVIEW_SIGNED_OFF) == 1


def test_it_refuses_the_signature_of_whoever_submitted_it(written, incident, mo):
    written.submit(by=mo, now=LATER)
    with pytest.raises(SamePersonTwice, match="Another person with the role Manager"):
        written.sign_off(by=mo, now=LATER, expected=written.version)
    assert Review.objects.get().state == "submitted"
    assert Kind.REVIEW_SIGNED_OFF not in kinds(incident)


def test_it_refuses_the_signature_of_another_role(submitted, incident, lee):
    with pytest.raises(NotTheSigner, match="role Manager"):
        submitted.sign_off(by=lee, now=LATER, expected=submitted.version)
    assert Review.objects.get().state == "submitted"
    assert Kind.REVIEW_SIGNED_OFF not in kinds(incident)


def test_the_role_that_the_severity_names_signs_and_no_manager_in_its_place(submitted, lee, mo):
    Review.objects.update(signer_role="legal")
    with pytest.raises(NotTheSigner, match="role Legal"):
        submitted.sign_off(by=mo, now=LATER, expected=submitted.version)
    submitted.sign_off(by=lee, now=LATER, expected=submitted.version)
    assert Review.objects.get().signed_off_by == lee


def test_it_refuses_to_sign_a_draft(written, mo):
    with pytest.raises(ReviewInWrongState, match="must be submitted first"):
        written.sign_off(by=mo, now=LATER, expected=written.version)
    assert Review.objects.get().signed_off_by is None


def test_it_refuses_to_sign_another_version_than_the_one_that_was_read(submitted, mo, ravi):
    read = submitted.version
    submitted.return_with_comments(comment="More", by=mo, now=LATER)
    submitted.submit(by=ravi, now=LATER)
    with pytest.raises(DraftConflict):
        submitted.sign_off(by=mo, now=LATER, expected=read)
    assert Review.objects.get().state == "submitted"


def test_each_move_keeps_a_copy_of_the_words(signed_off):
    copies = Review.pgh_event_model.objects.order_by("pgh_id")
    assert list(copies.values_list("pgh_label", "state")) == [
        ("opened", "draft"),
        ("moved", "submitted"),
        ("moved", "signed_off"),
    ]
    assert copies.last().summary == TEXTS.summary


def test_the_incident_is_locked_before_the_review(written, ravi):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        written.submit(by=ravi, now=LATER)
    locks = [query["sql"] for query in captured if "FOR UPDATE" in query["sql"]]
    assert 'FROM "incidents_incident"' in locks[0]
    assert 'FROM "reviews_review"' in locks[1]
    writes = [query["sql"] for query in captured if query["sql"].startswith("UPDATE")]
    assert '"reviews_review"' in writes[0]


def test_the_database_refuses_one_person_in_both_places(submitted, ravi):
    with pytest.raises(IntegrityError, match="review_takes_two_persons"), transaction.atomic():
        Review.objects.update(state="signed_off", signed_off_by=ravi, signed_off_at=LATER)
    assert Review.objects.get().state == "submitted"


def test_the_database_refuses_to_change_or_remove_comments(submitted, mo):
    submitted.return_with_comments(comment="More", by=mo, now=LATER)
    with pytest.raises(DatabaseError), transaction.atomic():
        ReviewComment.objects.update(text="Less")
    with pytest.raises(DatabaseError), transaction.atomic():
        ReviewComment.objects.all().delete()
    assert ReviewComment.objects.get().text == "More"
