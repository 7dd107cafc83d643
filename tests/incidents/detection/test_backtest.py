"""Back-tests against the database: what they read, how they match what happened live, and what is kept of them."""

import pytest

from tests.incidents.detection import makers, twins


@pytest.mark.parametrize("number", [1, 2])
def test_rules_judged_live_and_played_afterwards_have_the_same_transitions(db, number):
    makers.source()
    found = twins.compare(number=number, rules=30, ticks=60)
    assert [(str(version), live, played) for version, live, played in found.differing] == []
    assert found.transitions > 100
