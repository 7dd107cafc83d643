"""The browser harness itself: it sees what it must see."""

import pytest
from playwright.sync_api import Page

from tests.processes.accessibility import assert_accessible, is_as_released, violations

pytestmark = pytest.mark.browser
GOOD = """<!doctype html><html lang="en"><head><title>Fine</title></head>
<body><main><h1>Fine</h1><p>Nothing is wrong here.</p></main></body></html>"""
BAD = GOOD.replace("<p>", '<img src="data:,"><p>')
ADD_FOREIGN_SCRIPT = """() => {
  const script = document.createElement('script');
  script.src = 'https://example.com/x.js';
  document.head.append(script);
}"""
WIDE = GOOD.replace("<p>", '<p style="width: 5000px">')


@pytest.fixture
def page(browser) -> Page:
    context = browser.new_context(viewport={"width": 390, "height": 800})
    yield context.new_page()
    context.close()


def test_axe_is_the_file_that_was_released() -> None:
    assert is_as_released()


def test_it_passes_a_good_page(page: Page) -> None:
    page.set_content(GOOD)
    assert_accessible(page)


def test_it_finds_a_picture_without_words(page: Page) -> None:
    page.set_content(BAD)
    assert [found for found in violations(page) if found.startswith("image-alt")]


def test_it_finds_a_page_that_is_wider_than_its_window(page: Page) -> None:
    page.set_content(WIDE)
    with pytest.raises(AssertionError, match="wider than its window"):
        assert_accessible(page)


def test_a_signed_in_person_reaches_the_site_and_breaches_of_the_content_policy_are_heard(page_for, ada) -> None:
    page = page_for(ada, theme="dark")
    page.goto("/health/live")
    assert page.troubles == []

    page.evaluate(ADD_FOREIGN_SCRIPT)
    page.wait_for_timeout(300)
    assert any("content policy: script-src" in trouble for trouble in page.troubles)
    page.troubles.clear()
