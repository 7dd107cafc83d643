"""The same journey where there is no Redis at all: `manage.py run_loops` does what worker and beat would."""

import pytest

from tests.conftest import orm_on
from tests.journeys import steps
from tests.processes.stack import LOOPS, LiveStack

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def live(django_db_blocker):
    """Web, the loops and the mail sink; neither broker nor worker nor beat."""
    with django_db_blocker.unblock(), LiveStack(has_broker=False) as stack, orm_on(stack.database):
        yield stack


def test_the_journey_completes_without_a_broker(live, page_for, cast):
    assert set(live.table) == {"mail", "web", LOOPS}
    sender = steps.prepare(live, cast)

    steps.work_through(live, page_for, sender, cast)

    steps.check_ledger(live, sender, cast)
    steps.escalates_on_time(live, cast)
    assert "job_failed" not in live.log(LOOPS)
