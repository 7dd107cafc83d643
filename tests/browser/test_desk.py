"""The desk in a browser: live without reload, what is typed stays, keys act on the current row."""

import pytest
from django.utils import timezone

from incidents.response.declaring import Declaration, declare
from incidents.response.models import Incident
from tests.incidents.cases import assistant, level
from tests.processes.accessibility import assert_accessible

pytestmark = pytest.mark.browser
POLL_MS = 20_000


def declared(title: str) -> Incident:
    declaration = Declaration(title=title, system=assistant(), severity=level("SEV2"), summary="Forty chats.")
    return declare(declaration, by=None, now=timezone.now())


def test_a_new_incident_announces_itself_and_shows_when_pressed(page_for, tess) -> None:
    declared("Announced: first")
    page = page_for(tess)
    page.goto("/?q=Announced")
    declared("Announced: second")

    page.wait_for_selector("text=1 new: show it", timeout=POLL_MS)
    assert page.locator("[data-row]").count() == 1
    page.locator(".news").click()
    page.wait_for_selector("text=Announced: second")
    assert page.locator("[data-row]").count() == 2


def test_typed_text_survives_a_poll_and_a_step(page_for, tess, ravi) -> None:
    case = declared("Typed text")
    page = page_for(tess)
    page.goto(f"/incidents/{case.reference}/")
    page.fill("#say-text", "Half a note")
    page.locator("h1").click()

    page.keyboard.press("s")
    page.fill("#severity-reason", "Two acted on it.")
    case.add_note(text="A colleague writes.", by=ravi, now=timezone.now())
    page.wait_for_selector("text=A colleague writes.", timeout=POLL_MS)
    assert page.input_value("#severity-reason") == "Two acted on it."

    page.locator("#form-severity input[type=radio]").first.check()
    page.locator("#form-severity button").click()
    page.wait_for_selector("text=Severity raised from SEV2 to SEV1")
    assert page.input_value("#say-text") == "Half a note"
    assert page.locator("#step-severity").get_attribute("open") is None


def test_a_refusal_stands_at_the_form_and_takes_the_focus(page_for, tess) -> None:
    case = declared("Refused")
    case.acknowledge(by=tess, now=timezone.now())
    page = page_for(tess)
    page.goto(f"/incidents/{case.reference}/")
    page.locator("text=Confirm as incident").click()
    page.wait_for_selector(".error-summary")
    assert page.evaluate("document.activeElement.className") == "error-summary"


def test_a_row_is_chosen_acknowledged_taken_and_given_back_by_keys(page_for, tess) -> None:
    case = declared("By keys")
    page = page_for(tess)
    page.goto("/?q=By+keys")
    for key in ("j", "x", "a"):
        page.keyboard.press(key)
    page.wait_for_selector("text=1 acknowledged.")
    assert page.locator("[data-select]:checked").count() == 1

    page.keyboard.press("m")
    page.wait_for_selector(f"text=You lead {case.reference} now.")
    page.keyboard.press("u")
    page.wait_for_selector("text=Taken back")
    case.refresh_from_db()
    assert (case.acknowledged_by, case.lead) == (tess, None)


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_the_pages_are_accessible(theme, width, page_for, tess) -> None:
    case = declared("Accessible")
    page = page_for(tess, theme=theme, width=width)
    for address in ("/?q=Accessible", f"/incidents/{case.reference}/", "/declare/", "/systems/", "/severity/"):
        page.goto(address)
        assert_accessible(page)
