"""axe-core against a page, and the one thing it does not check: no sideways scrolling."""

import hashlib
from enum import Enum
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = Path(__file__).resolve().parents[1] / "vendor" / "axe" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Colours are judged when they have arrived: transitions end at once, endless animations go on.
# Where something is found, a second run writes down the places; paths to all that is well cost a third of the time.
RUN = """async ([place, chosen]) => {
  for (const each of document.getAnimations()) { try { each.finish(); } catch { continue; } }
  const brief = {...chosen, resultTypes: ['violations'], preload: false, selectors: false, noHtml: true};
  let found = await axe.run(place || document, brief);
  if (found.violations.length) found = await axe.run(place || document, {...chosen, resultTypes: ['violations']});
  return found.violations.map(v => `${v.id}: ${v.help} at ${v.nodes.map(n => n.target.join(' ')).join(', ')}`);
}"""
OF_COLOUR = ("color-contrast", "link-in-text-block")
WITHOUT_BAR = 768
# In a narrow window the bar takes its place at the foot of the page: what it covers there, people scroll to.
UNCOVER = """(width) => {
  const bar = document.querySelector('.side');
  if (bar) bar.style.position = window.innerWidth < width ? 'static' : '';
}"""
OVERFLOW = "() => document.documentElement.scrollWidth - window.innerWidth"


class Judged(Enum):
    """Which part of axe's rules a page is held against; its width is always looked at."""

    WHOLE = "whole"
    COLOURS = "colours"
    LAYOUT = "all but colours"
    WIDTH = "width alone"

    def options(self) -> dict[str, Any]:
        """The choice in axe's words."""
        if self is Judged.COLOURS:
            return {"runOnly": {"type": "rule", "values": list(OF_COLOUR)}}
        without = {rule: {"enabled": False} for rule in OF_COLOUR} if self is Judged.LAYOUT else {}
        return {"runOnly": {"type": "tag", "values": TAGS}, "rules": without}


def assert_accessible(page: Page, *, judged: Judged = Judged.WHOLE, within: str = "") -> None:
    """No violation of WCAG 2.2 AA or of axe's good practice (or of a part of them), nothing wider than its window.

    `within` is a selector: only that part is judged, and it must be there.
    """
    if within:
        page.wait_for_selector(within, state="visible")
    page.evaluate(UNCOVER, WITHOUT_BAR)
    found = violations(page, judged=judged, within=within) if judged is not Judged.WIDTH else []
    assert not found, f"{page.url} at {page.viewport_size}:\n" + "\n".join(found)
    overflow = page.evaluate(OVERFLOW)
    assert overflow <= 0, f"{page.url} is {overflow} px wider than its window of {page.viewport_size}"


def violations(page: Page, *, judged: Judged = Judged.WHOLE, within: str = "") -> list[str]:
    """Each violation with its rule and the places."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text())
    found: list[str] = page.evaluate(RUN, [within, judged.options()])
    return found


def is_as_released() -> bool:
    """Whether the vendored file has the hash that was noted when it was taken in."""
    noted = AXE.with_name("axe.min.js.sha256").read_text().strip()
    return hashlib.sha256(AXE.read_bytes()).hexdigest() == noted
