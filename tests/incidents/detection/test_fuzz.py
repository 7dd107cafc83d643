"""A few hundred mutated bodies for each parser; `make fuzz` throws 200,000."""

import pytest

from tests.fuzz.firing import fire
from tests.fuzz.targets import TARGETS

COUNT = 300


@pytest.mark.parametrize("name", TARGETS)
def test_any_body_is_taken_or_refused_with_a_reason(name):
    tally = fire(TARGETS[name], count=COUNT)
    assert tally.bodies == COUNT
    assert tally.refused_whole + tally.refused > COUNT / 20
    assert tally.taken > 0
