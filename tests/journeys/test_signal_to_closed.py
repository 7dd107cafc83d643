"""From a signal that somebody posts to an incident that is reviewed and closed, with every process of the product."""

import pytest

from tests.journeys import steps

pytestmark = pytest.mark.journey


def test_signals_become_an_incident_that_is_worked_reviewed_and_closed(live, page_for, cast):
    sender = steps.prepare(live, cast)

    steps.work_through(live, page_for, sender, cast)

    steps.check_ledger(live, sender, cast)
    steps.escalates_on_time(live, cast)
