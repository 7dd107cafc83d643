"""How a page is looked at: axe finds nothing, nothing is wider than its window, the browser does not complain."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from playwright.sync_api import Page

from tests.browser.visits import ADMIN, AT_AN_INCIDENT, EMPTY, FILLED, Visit
from tests.browser.world import World
from tests.processes.accessibility import Judged, assert_accessible
from tests.processes.browser import HEIGHT

GALLERY = "dev_components"


class Look(NamedTuple):
    """One side from which a page is seen, and what is judged from there."""

    theme: str
    width: int
    judged: Judged


# One look is whole. What another theme can change is colours, what another width can change is all but colours:
# an element that only narrow windows show is in the gallery, which is judged from all sides.
WHOLE, COLOURS, LAYOUT = Judged.WHOLE, Judged.COLOURS, Judged.LAYOUT
LOOKS = (Look("light", 1280, WHOLE), Look("dark", 1280, COLOURS), Look("dark", 390, LAYOUT))
ALL_SIDES = tuple(Look(theme, width, WHOLE) for width in (1280, 390) for theme in ("light", "dark"))
# Further states of a judged page, and pages that Django draws, take turns: one wide and light, one narrow and dark.
IN_TURN = (
    (Look("light", 1280, WHOLE), Look("light", 390, Judged.WIDTH)),
    (Look("dark", 390, WHOLE), Look("dark", 1280, Judged.WIDTH)),
)
VISITS = [*FILLED, *EMPTY, *AT_AN_INCIDENT, *ADMIN]
FIRST = set({visit.name: visit for visit in VISITS[::-1]}.values()) - set(ADMIN)


def looks_at(visit: Visit) -> tuple[Look, ...]:
    """From which sides a visit is judged."""
    if visit.name == GALLERY:
        return ALL_SIDES
    if visit in FIRST and not visit.within:
        return LOOKS
    return IN_TURN[VISITS.index(visit) % len(IN_TURN)]


def look_at(visit: Visit, page: Page, built: World | None) -> None:
    page.troubles.clear()
    page.set_viewport_size({"width": 1280, "height": HEIGHT})
    answer = page.goto(visit.address(built))
    assert answer.status == visit.status
    visit.first(page, built)
    look_from(looks_at(visit), page, within=visit.within)
    expected = re.compile(f"the server responded with a status of {visit.status}" if visit.status >= 400 else "$^")
    assert [trouble for trouble in page.troubles if not expected.search(trouble)] == []


def look_from(looks: Sequence[Look], page: Page, *, within: str = "") -> None:
    for theme, width, judged in looks:
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size({"width": width, "height": HEIGHT})
        assert_accessible(page, judged=judged, within=within)
