"""The verbs of a task: each moves it as the table says, with one entry; each refusal changes nothing."""

import random

import pytest

from incidents.playbooks.refusals import MandatoryTask, OwnerCannotSee, TaskInWrongState, TaskOfSomebodyElse, Unfinished
from incidents.playbooks.states import TASK_MOVES, UNFINISHED, TaskState, TaskVerb
from incidents.playbooks.task import Task
from incidents.response.gates import obstacles
from incidents.response.refusals import AlreadyDone, HeldByGate, NotPermitted, ReasonMissing, Refusal
from incidents.response.states import Verb
from incidents.response.verification import verify_timeline
from incidents.response.visibility import Visibility
from tests import factories
from tests.incidents.playbooks.makers import MINUTE, published, task, triaged

pytestmark = pytest.mark.django_db


@pytest.fixture
def incident(now):
    published(now=now, harm_kinds=["unauthorised_commitment"])
    return triaged(now=now)


VERBS = {
    TaskVerb.START: lambda each, by, now, words: each.start(by=by, now=now),
    TaskVerb.BLOCK: lambda each, by, now, words: each.block(by=by, now=now, reason=words),
    TaskVerb.FINISH: lambda each, by, now, words: each.finish(by=by, now=now, values={
        "ticks": ["0", "1", "2"], "option": "Honour", "reasons": words}),
    TaskVerb.SKIP: lambda each, by, now, words: each.skip(by=by, now=now, reason=words),
    TaskVerb.RESUME: lambda each, by, now, words: each.resume(by=by, now=now, reason=words),
    TaskVerb.ASSIGN: lambda each, by, now, words: each.assign(to=by, by=by, now=now),
    TaskVerb.RECORD: lambda each, by, now, words: each.record(by=by, now=now, values={"ticks": ["1"]}),
    TaskVerb.RESCHEDULE: lambda each, by, now, words: each.reschedule(to=now + MINUTE, by=by, now=now, reason=words),
}  # fmt: skip


def test_no_walk_of_verbs_leaves_the_table_or_the_record(incident, now, tess, ravi, lee, uma):
    """Several people, all tasks: every change is a move of the table with its entry, and the chain holds."""
    dice = random.Random(7)
    people = [tess, ravi, lee, uma, factories.person("mo")]
    done = refused = 0
    for step in range(200):
        each = task(incident, dice.randint(1, 5))
        verb, by = dice.choice(list(VERBS)), dice.choice(people)
        words = dice.choice(["", "Because."])
        before, entries, owner = each.state, incident.timeline.count(), each.owner_id
        at = now + step * MINUTE
        try:
            VERBS[verb](each, by, at, words)
        except Refusal:
            refused += 1
            after = task(incident, each.number)
            assert (after.state, after.owner_id, incident.timeline.count()) == (before, owner, entries)
            continue
        done += 1
        after, move = task(incident, each.number), TASK_MOVES[verb]
        assert TaskState(before) in move.sources
        assert after.state in {move.to or before, "in_progress" if verb == TaskVerb.RECORD else move.to or before}
        assert not move.demands or words
        assert by != uma
        assert incident.timeline.count() == entries + 1
        entry = incident.timeline.order_by("-seq").first()
        assert (entry.facts["task"], entry.actor) == (each.pk, by)
        assert (after.ended_at is None) == (after.state in UNFINISHED)
    assert done > 20 and refused > 40
    assert verify_timeline(incident) == []


def test_whoever_starts_a_task_that_nobody_has_owns_it_and_others_take_it_over_first(incident, now, ravi, lee, tess):
    first = task(incident, 1)
    first.start(by=ravi, now=now)
    assert first.owner == ravi
    with pytest.raises(TaskOfSomebodyElse, match="Ravi"):
        task(incident, 1).block(by=lee, now=now, reason="x")
    task(incident, 1).block(by=tess, now=now, reason="Waits for the vendor.")  # the lead may
    task(incident, 1).assign(to=lee, by=lee, now=now)
    task(incident, 1).finish(by=lee, now=now)
    last = incident.timeline.order_by("-seq").first()
    assert (last.kind, last.facts["before"], last.facts["after"]) == ("task_moved", "cannot_proceed", "done")
    assert last.words == "Stop it"


def test_not_doing_a_mandatory_task_takes_the_lead_or_a_manager_and_a_reason(incident, now, ravi, tess):
    with pytest.raises(MandatoryTask):
        task(incident, 1).skip(by=ravi, now=now, reason="No need.")
    with pytest.raises(ReasonMissing):
        task(incident, 1).skip(by=tess, now=now, reason="")
    assert task(incident, 1).state == "not_started"
    task(incident, 4).skip(by=ravi, now=now, reason="Nothing to watch.")  # optional
    task(incident, 1).skip(by=tess, now=now, reason="It stopped by itself.")
    assert (task(incident, 1).state, task(incident, 1).reason) == ("not_doing", "It stopped by itself.")


def test_a_decision_needs_an_option_and_reasons_and_a_checklist_all_its_ticks(incident, now, tess, lee):
    decision, ticks = task(incident, 2), task(incident, 3)
    for values in ({}, {"option": "Honour"}, {"option": "Other", "reasons": "x"}):
        with pytest.raises(Unfinished):
            decision.finish(by=lee, now=now, values=values)
    assert task(incident, 2).state == "not_started"
    decision.finish(by=lee, now=now, values={"option": "Refuse", "reasons": "No basis."})
    assert (decision.outcome, decision.result["reasons"]) == ("Refuse", "No basis.")
    ticks.record(by=tess, now=now, values={"ticks": ["0"]})
    ticks.record(by=tess, now=now + MINUTE, values={"ticks": ["0", "2"]})
    assert ticks.result["ticks"]["0"]["at"] == now.isoformat()
    assert (ticks.state, ticks.outcome) == ("in_progress", "2 of 3 ticked")
    with pytest.raises(AlreadyDone):
        ticks.record(by=tess, now=now, values={"ticks": ["0", "2"]})
    with pytest.raises(Unfinished, match="two"):
        ticks.finish(by=tess, now=now)
    ticks.finish(by=tess, now=now, values={"ticks": ["0", "1", "2"]})
    assert ticks.state == "done"


def test_a_wait_is_ended_sooner_only_with_words(incident, now, tess):
    with pytest.raises(Unfinished):
        task(incident, 4).finish(by=tess, now=now)
    task(incident, 4).finish(by=tess, now=now, values={"reasons": "The system is off."})
    assert task(incident, 4).outcome == "ended sooner"


def test_nobody_gets_a_task_of_an_incident_that_does_not_exist_for_them(now, tess, lee):
    published(now=now, harm_kinds=["unauthorised_commitment"])
    hidden = triaged(now=now, visibility=Visibility.RESTRICTED)
    with pytest.raises(OwnerCannotSee):
        task(hidden, 1).assign(to=lee, by=tess, now=now)
    assert not Task.objects.visible_to(lee).exists()
    assert Task.objects.visible_to(tess).count() == 5


def test_tasks_rest_while_the_incident_has_ended(incident, now, tess):
    incident.dismiss(by=tess, now=now, reason="A test.")
    with pytest.raises(TaskInWrongState, match="reopened"):
        task(incident, 1).start(by=tess, now=now)
    assert not Task.objects.at_work().exists()


class TestGates:
    def test_mandatory_tasks_hold_back_the_state_that_they_name(self, incident, now, mo, tess):
        with pytest.raises(HeldByGate, match=r"Task 1 is mandatory and nobody has it"):
            incident.contain(by=mo, now=now, reason="Off.")
        incident.refresh_from_db()
        assert incident.state == "triaged"
        task(incident, 1).finish(by=mo, now=now)
        incident.contain(by=mo, now=now, reason="Off.")
        with pytest.raises(HeldByGate, match="Decide what is owed"):
            incident.resolve(by=mo, now=now, reason="Mended.")
        task(incident, 2).skip(by=mo, now=now, reason="Nothing is owed.")
        incident.resolve(by=mo, now=now, reason="Mended.")
        with pytest.raises(HeldByGate, match="Check all three"):
            incident.close(by=mo, now=now)

    def test_the_page_names_three_and_counts_the_others(self, now, mo, tess):
        steps = [{"title": f"Step {n}", "before": "contained"} for n in range(5)]
        published(now=now, steps=steps, harm_kinds=["unauthorised_commitment"])
        found = obstacles(triaged(now=now), Verb.CONTAIN, by=mo)
        assert len(found) == 4
        assert "2 more" in found[-1].sentence
        assert found[0].url.startswith("/tasks/")


def test_readers_work_on_nothing(incident, now, uma):
    with pytest.raises(NotPermitted):
        task(incident, 1).assign(to=uma, by=uma, now=now)
