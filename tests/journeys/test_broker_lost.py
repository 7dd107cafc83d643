"""The broker dies in the middle: with `manage.py run_loops` beside the helpless worker the journey still completes."""

import sys

import pytest

from airp.local import processes, valkey
from airp.local.processes import Program
from airp.local.state import CHECKOUT
from tests.journeys import steps
from tests.processes.stack import LOOPS

pytestmark = pytest.mark.journey


@pytest.fixture
def start_loops(live):
    """Starts `run_loops` with the very settings of the stack, a broker's address included."""
    folder = live.state.records

    def start():
        program = Program(LOOPS, (sys.executable, "manage.py", "run_loops"), live.env)
        processes.start(program, records=folder, logs=live.state.logs, cwd=CHECKOUT)

    yield start
    processes.stop([live.process(LOOPS)])


def test_the_journey_completes_when_the_broker_dies_after_the_signals(live, page_for, cast, start_loops):
    sender = steps.prepare(live, cast)

    def lose_the_broker():
        live.kill("valkey")
        start_loops()

    steps.work_through(live, page_for, sender, cast, after_signals=lose_the_broker)

    assert not valkey.is_answering(live.state)
    steps.check_ledger(live, sender, cast)
