"""Chromium for tests: pages of signed-in people that fail on console errors and on breaches of the content policy."""

import os
import re
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from airp.accounts.models import User
from airp.local.chromium import chromium

FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
HEIGHT = 900
PATIENCE_MS = 15_000  # an expectation may wait for a page's next poll, 4.6 s at the latest, on a busy machine
# The browser reports refused forms as failed resources; 409 and 422 are answers that our pages show.
EXPECTED = re.compile(r"Failed to load resource: the server responded with a status of (409|422)")
REPORT_VIOLATIONS = """
document.addEventListener('securitypolicyviolation', event =>
  console.error(`content policy: ${event.violatedDirective} ${event.blockedURI}`));
"""


class Troubles(list[str]):
    """What the browser complained about on the pages of one context."""

    def hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not EXPECTED.search(message.text):
            self.append(f"{message.text} ({message.location.get('url', '')})")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests of a worker, with a profile of its own."""
    expect.set_options(timeout=PATIENCE_MS)
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright keeps an event loop in the test's thread
    flags = [*FLAGS, *(["--no-sandbox"] if os.getuid() == 0 else [])]
    with tempfile.TemporaryDirectory(prefix="airp-browser-") as home, sync_playwright() as playwright:
        env = {**os.environ, "HOME": home}
        started = playwright.chromium.launch(executable_path=chromium(), headless=True, args=flags, env=env)
        yield started
        started.close()


@pytest.fixture
def page_for(browser: Browser, live: Any) -> Iterator[Callable[..., Page]]:
    """`page_for(user, theme="dark", width=390)`: a page of the running site, signed in as the person (or nobody).

    At the end of the test, every console error and every breach of the content policy fails it; a test that
    provokes one on purpose takes it out of `page.troubles`.
    """
    opened: list[Page] = []

    def make(user: User | None = None, *, theme: str = "light", width: int = 1280) -> Page:
        opened.append(open_page(browser, live.base_url, user, theme=theme, width=width))
        return opened[-1]

    yield make
    for page in opened:
        page.context.close()
    assert [trouble for page in opened for trouble in page.troubles] == []


def open_page(browser: Browser, url: str, user: User | None, *, theme: str, width: int) -> Page:
    """A page in a context of its own. `page.troubles` hears what the browser complains about; close the context."""
    context = browser.new_context(base_url=url, color_scheme=theme, viewport={"width": width, "height": HEIGHT})
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script(REPORT_VIOLATIONS)
    if user is not None:
        context.add_cookies([session_cookie(user, url)])
    troubles = Troubles()
    context.on("console", troubles.hear)
    context.on("weberror", lambda error: troubles.append(str(error.error)))
    page = context.new_page()
    page.troubles = troubles
    return page


def session_cookie(user: User, url: str) -> Any:
    """The cookie of a signed-in session, made in the database that the site uses."""
    client = Client()
    client.force_login(user)
    return {
        "name": settings.SESSION_COOKIE_NAME,
        "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
        "url": url,
    }
