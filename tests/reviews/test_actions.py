"""An action has an owner and a date, and ends with evidence or with a reason."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from incidents.response.refusals import NotPermitted
from reviews.postmortem.actions import Action, Assignment
from reviews.postmortem.refusals import ActionInWrongState, NotTheOwner, OwnerCannotSee, WordsMissing
from tests.reviews.conftest import LATER


@pytest.fixture
def assignment(tess):
    return Assignment(what="Name an owner", kind="preventive", owner=tess, due_date=LATER.date())


def test_an_action_is_added_with_owner_and_date(draft, assignment, ravi, tess):
    Action.add(draft, assignment=assignment, by=ravi, now=LATER)
    stored = Action.objects.get()
    assert (stored.owner, stored.due_date, stored.state) == (tess, LATER.date(), "open")
    assert (stored.added_by, stored.added_at) == (ravi, LATER)


def test_it_refuses_an_action_of_somebody_who_does_not_write_reviews(draft, assignment, tess):
    with pytest.raises(NotPermitted):
        Action.add(draft, assignment=assignment, by=tess, now=LATER)
    assert not Action.objects.exists()


def test_it_refuses_an_action_that_says_nothing(draft, assignment, ravi):
    with pytest.raises(WordsMissing, match="Say what is to be done"):
        Action.add(draft, assignment=replace(assignment, what="  "), by=ravi, now=LATER)
    assert not Action.objects.exists()


def test_it_refuses_an_owner_without_any_role(draft, assignment, ravi, sam):
    with pytest.raises(OwnerCannotSee):
        Action.add(draft, assignment=replace(assignment, owner=sam), by=ravi, now=LATER)
    assert not Action.objects.exists()


def test_its_owner_completes_it_with_evidence(action, tess):
    action.complete(evidence=" Run 812 ", by=tess, now=LATER)
    stored = Action.objects.get()
    assert (stored.state, stored.evidence, stored.ended_by, stored.ended_at) == ("done", "Run 812", tess, LATER)


def test_it_refuses_completion_without_evidence(action, tess):
    with pytest.raises(WordsMissing, match="Say what shows that it is done"):
        action.complete(evidence=" ", by=tess, now=LATER)
    assert Action.objects.get().state == "open"


def test_it_is_declined_with_a_reason(action, ravi):
    action.decline(reason="The feature is gone", by=ravi, now=LATER)
    stored = Action.objects.get()
    assert (stored.state, stored.reason, stored.ended_by) == ("not_doing", "The feature is gone", ravi)


def test_it_refuses_to_be_declined_without_a_reason(action, ravi):
    with pytest.raises(WordsMissing, match="Say why it will not be done"):
        action.decline(reason="", by=ravi, now=LATER)
    assert Action.objects.get().state == "open"


def test_it_refuses_the_hand_of_somebody_else(action, uma):
    with pytest.raises(NotTheOwner, match="belongs to Tess Triager"):
        action.complete(evidence="I saw it", by=uma, now=LATER)
    assert Action.objects.get().state == "open"


def test_it_refuses_to_end_twice(action, tess):
    action.complete(evidence="Run 812", by=tess, now=LATER)
    with pytest.raises(ActionInWrongState, match="has the state: done"):
        action.decline(reason="Never mind", by=tess, now=LATER)
    assert Action.objects.get().state == "done"


def test_it_is_taken_up_again_with_a_reason(action, tess):
    action.complete(evidence="Run 812", by=tess, now=LATER)
    action.resume(reason="Run 812 skipped the refund questions", by=tess)
    stored = Action.objects.get()
    assert (stored.state, stored.evidence, stored.ended_at, stored.ended_by) == ("open", "", None, None)


def test_it_refuses_to_take_up_what_is_open(action, tess):
    with pytest.raises(ActionInWrongState):
        action.resume(reason="Why not", by=tess)
    assert Action.objects.get().reason == ""


def test_every_change_is_kept(action, assignment, ravi, lee):
    action.edit(assignment=replace(assignment, owner=lee, due_date=LATER.date() + timedelta(days=30)), by=ravi)
    copies = Action.pgh_event_model.objects.order_by("pgh_id").values_list("pgh_label", "what", "owner__name")
    assert list(copies) == [
        ("insert", "Add refund questions to the evaluation", "Tess Triager"),
        ("update", "Name an owner", "Lee Legal"),
    ]


def test_it_refuses_to_edit_what_has_ended(action, assignment, ravi):
    action.decline(reason="Gone", by=ravi, now=LATER)
    with pytest.raises(ActionInWrongState):
        action.edit(assignment=assignment, by=ravi)
    assert Action.objects.get().what == "Add refund questions to the evaluation"


def test_the_database_refuses_an_end_without_its_words_and_a_deletion(action):
    with pytest.raises(IntegrityError, match="done_action_has_evidence"), transaction.atomic():
        Action.objects.update(state="done")
    with pytest.raises(IntegrityError, match="declined_action_has_a_reason"), transaction.atomic():
        Action.objects.update(state="not_doing")
    with pytest.raises(DatabaseError), transaction.atomic():
        action.delete()
    assert Action.objects.get().state == "open"
