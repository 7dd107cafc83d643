"""Every page of the product, in both themes at two widths: axe finds nothing, nothing is wider than its window,
and the browser has nothing to complain about.

One stack and one browser page per person serve them all; theme and width change on the page as it stands.
"""

import re
from datetime import UTC, datetime

import pytest
from django.template.loader import render_to_string

from airp.accounts.registry import registry
from tests import factories
from tests.architecture.addresses import every_address
from tests.browser import visits, world
from tests.browser.visits import EMPTY, FILLED, Visit
from tests.browser.world import World
from tests.conftest import orm_on
from tests.processes.accessibility import assert_accessible
from tests.processes.browser import HEIGHT, open_page
from tests.processes.stack import LiveStack

pytestmark = pytest.mark.browser
LOOKS = [(theme, width) for width in (1280, 390) for theme in ("light", "dark")]
# A theme changes colours and nothing else, so each theme and each width is judged whole once, and colours always.
# A form opened on a page that has been judged, or a stock page of the admin, adds no colour: for those, once.
WHOLE = {("light", 1280), ("dark", 390)}
COLOURS = ("color-contrast", "link-in-text-block")
# Addresses that can be read and are no pages.
NO_PAGES = {
    "health_live": "a word for machines",
    "health_ready": "figures for machines",
    "incidents:on_call_calendar": "a feed for calendars",
    "incidents:board_live": "a part of the board",
    "incidents:triage_live": "a part of the inbox",
    "incidents:incident_live": "a part of the incident's page",
    "incidents:ingest_cloudevents": "the handshake of a webhook",
}
# Django's own that lead elsewhere, are for machines, or that only somebody without sign-in would see.
NO_ADMIN_PAGES = {
    f"admin:{name}" for name in ("login", "logout", "password_change_done", "autocomplete", "jsi18n", "view_on_site")
}


@pytest.fixture(scope="module")
def live(django_db_blocker):
    """The web server alone: nobody changes the world while it is looked at."""
    with django_db_blocker.unblock(), LiveStack(has_broker=False, only={"web"}) as stack, orm_on(stack.database):
        yield stack


@pytest.fixture(scope="module")
def page_of(browser, live):
    """The one page of a person; nobody's for ''."""
    pages = {}

    def find(who):
        if who not in pages:
            user = factories.person(who) if who else None
            pages[who] = open_page(browser, live.base_url, user, theme="light", width=1280)
        return pages[who]

    yield find
    for page in pages.values():
        page.context.close()


@pytest.fixture(scope="module")
def filled(live) -> World:
    built = world.build(live, now=datetime.now(UTC))
    product = world.product(live)
    yield built
    product.shutdown()


def look_at(visit: Visit, page, built: World | None):
    page.troubles.clear()
    page.set_viewport_size({"width": 1280, "height": HEIGHT})
    answer = page.goto(visit.address(built))
    assert answer.status == visit.status
    visit.first(page, built)
    look_from_all_sides(page, looks=[look for look in LOOKS if look in WHOLE] if visit.is_variant else LOOKS)
    expected = re.compile(f"the server responded with a status of {visit.status}" if visit.status >= 400 else "$^")
    assert [trouble for trouble in page.troubles if not expected.search(trouble)] == []


def look_from_all_sides(page, *, looks=LOOKS):
    for theme, width in looks:
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size({"width": width, "height": HEIGHT})
        assert_accessible(page, only=() if (theme, width) in WHOLE else COLOURS)


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
    look_from_all_sides(page)
    page.unroute(address)
    assert page.troubles == []


def test_no_page_is_left_out():
    readable = {name for name, access in registry().items() if access.read is not None and not name.endswith(":*")}
    visited = {visit.name for visit in FILLED}
    assert readable - visited == set(NO_PAGES)


def test_no_page_of_the_admin_is_left_out():
    addresses = {each.view_name for each in every_address() if re.fullmatch(r"admin:\w+", each.view_name)}
    visited = {visit.name for visit in visits.of_admin()}
    beside = {name for name in addresses - visited if name.endswith(("_add", "_delete"))}
    assert addresses - visited - beside == NO_ADMIN_PAGES
    assert {name.replace("_change", "_add") for name in visited if name.endswith("_change")} >= {
        name for name in beside if name.endswith("_add")
    }
