"""Drafts are saved, never over each other, and only while the review is being written."""

from dataclasses import replace

import pytest

from incidents.response.refusals import NotPermitted
from reviews.postmortem.models import ContributingFactor, Review
from reviews.postmortem.refusals import DraftConflict, FactorNotThere, ReviewInWrongState, WordsMissing
from tests.reviews.conftest import LATER, TEXTS, kinds


def test_a_draft_is_saved_with_who_and_when(draft, ravi):
    draft.save_draft(texts=TEXTS, by=ravi, now=LATER, expected=1)
    stored = Review.objects.get()
    assert stored.texts == TEXTS
    assert (stored.version, stored.saved_by, stored.saved_at) == (2, ravi, LATER)


def test_saving_a_draft_adds_nothing_to_the_timeline(draft, ravi, incident):
    before = kinds(incident)
    draft.save_draft(texts=TEXTS, by=ravi, now=LATER, expected=1)
    assert kinds(incident) == before


def test_it_refuses_to_save_over_words_that_somebody_else_saved(draft, ravi, lee):
    draft.save_draft(texts=TEXTS, by=ravi, now=LATER, expected=1)
    mine = replace(TEXTS, summary="The vendor is to blame.")
    with pytest.raises(DraftConflict) as refusal:
        Review.objects.get().save_draft(texts=mine, by=lee, now=LATER, expected=1)
    assert (refusal.value.mine, refusal.value.expected, refusal.value.found) == (mine, 1, 2)
    assert Review.objects.get().texts == TEXTS


def test_saving_the_same_words_again_is_no_conflict(draft, ravi, lee):
    draft.save_draft(texts=TEXTS, by=ravi, now=LATER, expected=1)
    Review.objects.get().save_draft(texts=TEXTS, by=lee, now=LATER, expected=1)
    stored = Review.objects.get()
    assert (stored.version, stored.saved_by) == (2, ravi)


def test_it_refuses_to_change_a_submitted_review(submitted, ravi):
    with pytest.raises(ReviewInWrongState, match="ask for it to be returned"):
        submitted.save_draft(texts=replace(TEXTS, summary="Other"), by=ravi, now=LATER, expected=submitted.version)
    with pytest.raises(ReviewInWrongState):
        submitted.add_factor(text="Another one", by=ravi, now=LATER)
    assert Review.objects.get().texts == TEXTS
    assert ContributingFactor.objects.count() == 1


def test_it_refuses_a_draft_of_somebody_who_does_not_write_reviews(draft, tess):
    with pytest.raises(NotPermitted, match="do not allow writing reviews"):
        draft.save_draft(texts=TEXTS, by=tess, now=LATER, expected=1)
    assert Review.objects.get().version == 1


def test_factors_are_many_and_can_be_taken_out_of_the_draft(draft, ravi):
    first = draft.add_factor(text="  No refund questions in the evaluation ", by=ravi, now=LATER)
    second = draft.add_factor(text="The prompt had no owner", by=ravi, now=LATER)
    draft.remove_factor(factor_id=second.pk, by=ravi)
    assert list(draft.factors.values_list("text", "added_by")) == [("No refund questions in the evaluation", ravi.pk)]
    history = ContributingFactor.pgh_event_model.objects.filter(pgh_obj_id=second.pk).order_by("pgh_id")
    assert list(history.values_list("pgh_label", "text")) == [
        ("insert", "The prompt had no owner"),
        ("delete", "The prompt had no owner"),
    ]
    assert first.added_at == LATER


def test_it_refuses_a_factor_without_words(draft, ravi):
    with pytest.raises(WordsMissing, match="Describe the factor"):
        draft.add_factor(text=" \n", by=ravi, now=LATER)
    assert not ContributingFactor.objects.exists()


def test_it_refuses_to_remove_a_factor_twice_or_of_another_review(draft, resolved, ravi):
    factor = draft.add_factor(text="One", by=ravi, now=LATER)
    other = resolved(title="Another one")
    foreign = Review.objects.create(incident=other, opened_at=LATER)
    with pytest.raises(FactorNotThere, match="already removed"):
        foreign.remove_factor(factor_id=factor.pk, by=ravi)
    draft.remove_factor(factor_id=factor.pk, by=ravi)
    with pytest.raises(FactorNotThere):
        draft.remove_factor(factor_id=factor.pk, by=ravi)
