"""The page of an incident in all its states, and each of its steps with the form open."""

import pytest

from tests.browser.pages.looking import look_at
from tests.browser.visits import AT_AN_INCIDENT

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("visit", AT_AN_INCIDENT, ids=str)
def test_a_page_of_an_incident(visit, page_of, filled):
    look_at(visit, page_of(visit.who), filled)
