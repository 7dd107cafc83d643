"""Back-tests against the database: what they read, how they match what happened live, and what is kept of them."""

from tests.incidents.detection import makers, twins


def test_rules_judged_live_and_played_afterwards_have_the_same_transitions(db):
    makers.source()
    found = twins.compare(number=1, rules=25, ticks=50)
    assert [(str(version), live, played) for version, live, played in found.differing] == []
    assert found.transitions > 40
