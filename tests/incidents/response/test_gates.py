"""Gates hold a verb back until what must come first is settled."""

import pytest

from incidents.response.gates import Obstacle
from incidents.response.refusals import HeldByGate
from incidents.response.states import State, Verb
from tests.incidents.cases import incident

HELD = {
    Verb.CONTAIN: (State.TRIAGED, "contain"),
    Verb.RESOLVE: (State.CONTAINED, "resolve"),
    Verb.CLOSE: (State.RESOLVED, "close"),
}


def first_this(case, *, by):
    return [Obstacle("Freeze the samples first."), Obstacle("Ask legal first.")]


GATES = {verb: (first_this,) for verb in HELD}


@pytest.mark.parametrize("verb", HELD)
def test_a_held_verb_says_every_sentence_and_changes_nothing(verb, now, mo, settings):
    state, name = HELD[verb]
    words = {} if verb == Verb.CLOSE else {"reason": "Done."}
    case = incident(now=now, state=state)
    settings.GATES = "tests.incidents.response.test_gates.GATES"
    entries = case.timeline.count()
    with pytest.raises(HeldByGate, match="Freeze the samples first. Ask legal first."):
        getattr(case, name)(by=mo, now=now, **words)
    case.refresh_from_db()
    assert case.state == state
    assert case.timeline.count() == entries


def test_a_gate_of_one_verb_holds_no_other(now, mo, settings):
    case = incident(now=now, state=State.TRIAGED)
    settings.GATES = "tests.incidents.response.test_gates.ONLY_CLOSING"
    case.contain(by=mo, now=now, reason="Switched off.")
    assert case.state == State.CONTAINED


ONLY_CLOSING = {Verb.CLOSE: (first_this,)}
