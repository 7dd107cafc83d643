"""axe-core against a page, and the one thing it does not check: no sideways scrolling."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).resolve().parents[1] / "vendor" / "axe" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Colours are judged when they have arrived: transitions end at once, endless animations go on.
# Where something is found, a second run writes down the places; paths to all that is well cost a third of the time.
RUN = """async ([place, chosen]) => {
  for (const each of document.getAnimations()) { try { each.finish(); } catch { continue; } }
  const brief = {runOnly: chosen, resultTypes: ['violations'], preload: false, selectors: false, noHtml: true};
  let found = await axe.run(place || document, brief);
  if (found.violations.length) found = await axe.run(place || document, {runOnly: chosen, resultTypes: ['violations']});
  return found.violations.map(v => `${v.id}: ${v.help} at ${v.nodes.map(n => n.target.join(' ')).join(', ')}`);
}"""
WITHOUT_BAR = 768
OVERFLOW = "() => document.documentElement.scrollWidth - window.innerWidth"


def assert_accessible(page: Page, *, only: Sequence[str] = (), within: str = "") -> None:
    """No violation of WCAG 2.2 AA or of axe's good practice (or of some rules alone), nothing wider than its window.

    `within` is a selector: only that part is judged, and it must be there.
    """
    if within:
        page.wait_for_selector(within, state="visible")
    with _nothing_covered(page):
        found = violations(page, only=only, within=within)
    assert not found, f"{page.url} at {page.viewport_size}:\n" + "\n".join(found)
    overflow = page.evaluate(OVERFLOW)
    assert overflow <= 0, f"{page.url} is {overflow} px wider than its window of {page.viewport_size}"


@contextmanager
def _nothing_covered(page: Page) -> Iterator[None]:
    """A narrow window is made as high as its page: what the bar at its foot covers, people scroll to."""
    size = page.viewport_size
    if size is None or size["width"] >= WITHOUT_BAR:
        yield
        return
    height: int = page.evaluate("() => document.documentElement.scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": max(height, size["height"])})
    yield
    page.set_viewport_size(size)


def violations(page: Page, *, only: Sequence[str] = (), within: str = "") -> list[str]:
    """Each violation with its rule and the places."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text())
    chosen = {"type": "rule", "values": list(only)} if only else {"type": "tag", "values": TAGS}
    found: list[str] = page.evaluate(RUN, [within, chosen])
    return found


def is_as_released() -> bool:
    """Whether the vendored file has the hash that was noted when it was taken in."""
    noted = AXE.with_name("axe.min.js.sha256").read_text().strip()
    return hashlib.sha256(AXE.read_bytes()).hexdigest() == noted
