"""One stack and one browser page per person serve a whole file of pages."""

from datetime import UTC, datetime

import pytest

from tests import factories
from tests.browser import world
from tests.browser.world import World
from tests.conftest import orm_on
from tests.processes.browser import open_page
from tests.processes.stack import LiveStack


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
