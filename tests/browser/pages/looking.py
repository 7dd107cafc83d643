"""How a page is looked at: axe finds nothing, nothing is wider than its window, the browser does not complain."""

import re

from playwright.sync_api import Page

from tests.browser.visits import ADMIN, AT_AN_INCIDENT, EMPTY, FILLED, Visit
from tests.browser.world import World
from tests.processes.accessibility import assert_accessible
from tests.processes.browser import HEIGHT

LOOKS = [(theme, width) for width in (1280, 390) for theme in ("light", "dark")]
# A theme changes colours and nothing else, so each theme and each width is judged whole once, and colours always.
WHOLE = {("light", 1280), ("dark", 390)}
COLOURS = ("color-contrast", "link-in-text-block")
# Another state of a page that was judged, or a page that Django draws, adds no colour: two looks are enough for it.
JUDGED_FULLY = set({visit.name: visit for visit in [*FILLED, *EMPTY, *AT_AN_INCIDENT][::-1]}.values()) - set(ADMIN)


def look_at(visit: Visit, page: Page, built: World | None) -> None:
    page.troubles.clear()
    page.set_viewport_size({"width": 1280, "height": HEIGHT})
    answer = page.goto(visit.address(built))
    assert answer.status == visit.status
    visit.first(page, built)
    looks = LOOKS if visit in JUDGED_FULLY and not visit.within else sorted(WHOLE, reverse=True)
    look_from_all_sides(page, looks=looks, within=visit.within)
    expected = re.compile(f"the server responded with a status of {visit.status}" if visit.status >= 400 else "$^")
    assert [trouble for trouble in page.troubles if not expected.search(trouble)] == []


def look_from_all_sides(page: Page, *, looks=LOOKS, within: str = "") -> None:
    for theme, width in looks:
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size({"width": width, "height": HEIGHT})
        assert_accessible(page, only=() if (theme, width) in WHOLE else COLOURS, within=within)
