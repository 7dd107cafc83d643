"""Who takes which step of a journey."""

import pytest

from tests.journeys.steps import Cast


@pytest.fixture
def cast(tess, ravi, mo) -> Cast:
    return Cast(triager=tess, responder=ravi, manager=mo)
