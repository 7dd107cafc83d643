"""Every page of the product, in both themes at two widths. Incidents and the admin have files of their own."""

import pytest
from django.template.loader import render_to_string

from airp.accounts.registry import registry
from tests.browser.pages.looking import LOOKS, look_at, look_from
from tests.browser.visits import AT_AN_INCIDENT, EMPTY, FILLED

pytestmark = pytest.mark.browser
# Addresses that can be read and are no pages.
NO_PAGES = {
    "health_live": "a word for machines",
    "health_ready": "figures for machines",
    "incidents:on_call_calendar": "a feed for calendars",
    "incidents:board_live": "a part of the board",
    "incidents:triage_live": "a part of the inbox",
    "incidents:mentionable": "names for the list under a field",
    "incidents:status_live": "a part of the status page",
    "incidents:incident_live": "a part of the incident's page",
    "incidents:link_candidates": "a part of the pages that link and merge",
    "incidents:attachment": "a file to save",
    "incidents:ingest_cloudevents": "the handshake of a webhook",
}


@pytest.mark.parametrize("visit", EMPTY, ids=str)
def test_a_page_with_nothing_to_show(visit, page_of):
    look_at(visit, page_of(visit.who), None)


@pytest.mark.parametrize("visit", FILLED, ids=str)
def test_a_page(visit, page_of, filled):
    look_at(visit, page_of(visit.who), filled)


@pytest.mark.parametrize("template", ["500.html", "503.html", "403_csrf.html"])
def test_a_page_for_when_something_is_broken(template, page_of):
    """Drawn without a request, as the server draws them when little else works."""
    page, address = page_of(""), "**/health/live"
    page.troubles.clear()
    page.route(address, lambda route: route.fulfill(content_type="text/html", body=render_to_string(template)))
    page.goto("/health/live")
    look_from(LOOKS, page)
    page.unroute(address)
    assert page.troubles == []


def test_no_page_is_left_out():
    readable = {name for name, access in registry().items() if access.read is not None and not name.endswith(":*")}
    visited = {visit.name for visit in [*FILLED, *AT_AN_INCIDENT]}
    assert readable - visited == set(NO_PAGES)
