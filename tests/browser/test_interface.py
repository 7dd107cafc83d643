"""The look and the client scripts in a real browser: components, keys, forms, the morph guard, the live dot."""

import pytest
from playwright.sync_api import Page

from tests.processes.accessibility import assert_accessible

pytestmark = pytest.mark.browser
GALLERY = "/dev/components/"
POLL = "() => document.body.dispatchEvent(new CustomEvent('airp:poll'))"
REGION = """
<div id="region" data-live hx-get="/dev/components/?live" hx-trigger="airp:poll from:body" hx-target="this"
     hx-swap="morph">
  <p id="headline">{news}</p>
  <input id="typed" aria-label="t" value="{value}">
  <input type="checkbox" id="tick" aria-label="c">
  <details id="more"><summary>More</summary>text</details>
  <form id="edit">
    <input type="hidden" id="version" value="{value}"><input id="draft" aria-label="d" value="draft">
  </form>
  {extra}
</div>"""
PUT_REGION = """html => { const place = document.createElement('section'); place.innerHTML = html;
  document.querySelector('main').append(place); htmx.process(place); }"""


@pytest.fixture
def gallery(page_for, ada) -> Page:
    page = page_for(ada)
    page.goto(GALLERY)
    return page


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
@pytest.mark.parametrize("address", [GALLERY, "/profile/", "/admin/accounts/user/", "/admin/accounts/user/add/"])
def test_a_page_is_accessible(page_for, ada, address, theme, width):
    page = page_for(ada, theme=theme, width=width)
    page.goto(address)
    assert_accessible(page)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_sign_in_page_is_accessible(page_for, theme):
    page = page_for(None, theme=theme, width=390)
    page.goto("/sign-in/")
    assert_accessible(page)


def test_a_wrong_password_is_said_and_the_address_kept(page_for):
    page = page_for(None)
    page.goto("/sign-in/")
    page.fill("#id_login", "nobody@example.com")
    page.fill("#id_password", "not the password")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_selector(".error-summary:focus")
    assert page.input_value("#id_login") == "nobody@example.com"


def test_keys_move_select_and_rest_while_typing(gallery):
    for key in ("j", "j", "x", "j", "Shift+X"):
        gallery.keyboard.press(key)
    assert gallery.locator(".is-current").get_attribute("id") == "row-3"
    assert gallery.inner_text("[data-selected-count]") == "2"
    gallery.keyboard.press("/")
    gallery.keyboard.type("j?")
    assert gallery.input_value("[name=q]").startswith("j?")
    assert gallery.locator("dialog[open]").count() == 0


def test_the_sheet_of_keys_opens_and_gives_the_focus_back(gallery):
    gallery.keyboard.press("j")
    gallery.keyboard.press("?")
    assert gallery.locator("#keys[open]").count() == 1
    gallery.keyboard.press("Escape")
    assert gallery.evaluate("document.activeElement.closest('[data-row]')?.id") == "row-1"


def test_switched_off_keys_do_nothing(page_for, ada):
    ada.has_shortcuts = False
    ada.save(update_fields=["has_shortcuts"])
    page = page_for(ada)
    page.goto(GALLERY)
    page.keyboard.press("j")
    assert page.locator(".is-current").count() == 0
    ada.has_shortcuts = True
    ada.save(update_fields=["has_shortcuts"])


def test_a_refused_form_keeps_its_text_and_takes_the_focus_to_the_errors(gallery):
    gallery.fill("#id_note", "my long words")
    gallery.click("#sample-form .primary")
    gallery.wait_for_selector(".error-summary:focus")
    assert gallery.input_value("#id_note") == "my long words"


def test_an_accepted_form_offers_undo(gallery):
    gallery.fill("#id_title", "Refunds")
    gallery.select_option("#id_level", "SEV2")
    gallery.check("#id_kind_0")
    gallery.click("#sample-form .primary")
    gallery.wait_for_selector("[data-toast] [data-undo]")
    assert "Saved as SEV2." in gallery.inner_text("[data-toast]")


def test_a_poll_brings_news_and_destroys_nothing(gallery):
    gallery.evaluate(PUT_REGION, REGION.format(news="old", value="1", extra='<form id="open" data-keep>edit</form>'))
    asked = []

    def serve(route):
        asked.append(route.request.headers.get("x-airp-poll"))
        route.fulfill(content_type="text/html", body=REGION.format(news="new", value="2", extra=""))

    gallery.route("**/dev/components/?live", serve)
    gallery.fill("#typed", "mine")
    gallery.check("#tick")
    gallery.click("#more summary")
    gallery.fill("#draft", "half a sentence")
    gallery.evaluate(POLL)
    gallery.locator("#headline", has_text="new").wait_for()
    assert gallery.input_value("#typed") == "mine"
    assert gallery.is_checked("#tick")
    assert gallery.locator("#more[open]").count() == 1
    assert gallery.input_value("#draft") == "half a sentence"
    assert gallery.evaluate("document.getElementById('version').value") == "1", (
        "the conflict check must see the old one"
    )
    assert gallery.locator("#open").count() == 1
    assert set(asked) == {"true"}


@pytest.mark.parametrize(("status", "words"), [(503, "Reconnecting"), (401, "Signed out, sign in again")])
def test_the_dot_tells_the_truth(gallery, status, words):
    gallery.evaluate(PUT_REGION, REGION.format(news="old", value="1", extra=""))
    gallery.route("**/dev/components/?live", lambda route: route.fulfill(status=status))
    gallery.evaluate(POLL)
    gallery.get_by_text(words).wait_for()
    assert gallery.locator("[data-toast]").count() == 0
    gallery.troubles.clear()


def test_the_theme_is_kept_on_the_server(page_for, ada):
    page = page_for(ada)
    page.goto(GALLERY)
    page.click("[popovertarget=me]")
    page.click("#me button[value=dark]")
    page.wait_for_selector("html[data-theme=dark]")
    page.goto("/admin/")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    ada.refresh_from_db()
    assert ada.theme == "dark"
