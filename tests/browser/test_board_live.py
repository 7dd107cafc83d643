"""The board and the incident page while other people change them: nothing jumps, nothing typed is lost."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from incidents.response.models import Incident
from incidents.response.states import State
from incidents.response.visibility import Visibility
from tests.conftest import orm_on
from tests.incidents import cases
from tests.processes.stack import LiveStack

pytestmark = pytest.mark.browser
POLL = "document.body.dispatchEvent(new CustomEvent('airp:poll'))"
ROWS = "#list [data-row]"


@pytest.fixture(scope="module")
def live(django_db_blocker):
    """The web server alone."""
    with django_db_blocker.unblock(), LiveStack(has_broker=False, only={"web"}) as stack, orm_on(stack.database):
        yield stack


@pytest.fixture(autouse=True)
def only_own_incidents(live):
    """Each test begins with an empty board: what others left is dismissed."""
    yield
    for left in Incident.objects.filter(state__in=["reported", "triaged"]):
        left.dismiss(by=left.declared_by, now=datetime.now(UTC), reason="The test is over.")


@pytest.fixture
def made(live, tess, mo):
    """Declares incidents as of just now."""

    def make(count: int = 1, **given) -> list[Incident]:
        return [cases.incident(now=datetime.now(UTC), **given) for _number in range(count)]

    return make


@pytest.fixture
def board(page_for, tess):
    def opened(query: str = "", *, rows: int):
        page = page_for(tess)
        page.goto(f"/{query}")
        expect(page.locator(ROWS)).to_have_count(rows)
        return page

    return opened


@pytest.fixture
def room(page_for, mo):
    """Mo on the page of an incident."""

    def opened(incident: Incident):
        page = page_for(mo)
        page.goto(f"/incidents/{incident.reference}/")
        return page

    return opened


def test_a_new_incident_waits_behind_the_bar_and_moves_nothing(made, board):
    made(2)
    page = board(rows=2)
    page.keyboard.press("j")
    page.keyboard.press("j")
    place = page.locator(".is-current").bounding_box()
    shown = page.locator(f"{ROWS} code").all_inner_texts()

    [new] = made(title="Another one")

    expect(page.locator("#news a")).to_contain_text("1 new")
    assert page.locator(f"{ROWS} code").all_inner_texts() == shown
    assert page.evaluate("document.activeElement.closest('.is-current') !== null")
    bar = page.locator("#news").bounding_box()["height"]
    assert page.locator(".is-current").bounding_box()["y"] <= place["y"] + bar + 16
    page.click("#news a")
    expect(page.locator(ROWS)).to_have_count(3)
    assert new.reference in page.locator(f"{ROWS} code").all_inner_texts()


def test_keys_move_open_and_come_back(made, board):
    made(3)
    page = board(rows=3)
    for key in ("j", "j", "j", "k"):
        page.keyboard.press(key)
    current = page.locator(".is-current code").inner_text()
    assert page.locator(f"{ROWS}.is-current").get_attribute("id") == page.locator(ROWS).nth(1).get_attribute("id")
    page.keyboard.press("o")
    page.wait_for_url(f"**/incidents/{current}/")
    page.go_back()
    page.keyboard.press("c")
    page.wait_for_url("**/declare/")
    page.go_back()
    page.keyboard.press("?")
    expect(page.locator("#keys[open]")).to_be_visible()


def test_taking_the_lead_by_key_and_undoing_it(made, board, tess):
    [incident] = made(by=None)
    page = board(rows=1)
    page.keyboard.press("j")
    page.keyboard.press("m")
    expect(page.locator(ROWS)).to_contain_text(tess.name)
    expect(page.locator("[data-toast] [data-undo]")).to_be_visible()
    incident.refresh_from_db()
    assert incident.lead == tess

    page.keyboard.press("u")
    expect(page.locator(ROWS)).to_contain_text("nobody")
    incident.refresh_from_db()
    assert incident.lead is None


def test_several_are_acknowledged_at_once(made, board):
    made(3)
    page = board(rows=3)
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("[data-selected-count]")).to_have_text("2")
    page.keyboard.press("a")
    expect(page.locator("[data-toast]")).to_contain_text("2 acknowledged.")
    assert Incident.objects.filter(state="reported", acknowledged_at__isnull=False).count() == 2
    expect(page.locator("[data-selected-count]")).to_have_text("2")  # for what is to be done next with the same ones


def test_filters_survive_going_back(made, board):
    made(2)
    [other] = made(severity="SEV1", title="Advice that endangers")
    page = board(rows=3)
    page.select_option("[name=severity]", "SEV1")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator(ROWS)).to_have_count(1)
    page.click(f"{ROWS} a[data-open]")
    page.wait_for_url(f"**/incidents/{other.reference}/")
    page.go_back()
    expect(page.locator(ROWS)).to_have_count(1)
    assert page.input_value("[name=severity]") == "SEV1"
    assert "severity=SEV1" in page.url


def test_a_refused_step_is_told_in_place_and_keeps_what_was_typed(made, room):
    [incident] = made(state=State.TRIAGED)
    page = room(incident)
    page.fill("#form-contain [name=reason]", "Switched to the old model.")
    page.fill("#form-contain [name=at]", "2099-01-01T00:00:00")
    page.click("#form-contain button.primary")
    expect(page.locator("#form-contain .error-summary")).to_be_focused()
    assert page.input_value("#form-contain [name=reason]") == "Switched to the old model."
    incident.refresh_from_db()
    assert incident.state == "triaged"


def test_two_who_reword_see_both_texts_and_choose(made, room, tess):
    [incident] = made(state=State.TRIAGED)
    page = room(incident)
    page.click("#step-title summary")
    page.fill("#form-title [name=title]", "Mine")
    now = datetime.now(UTC)
    incident.edit_details(title="Theirs", summary="", by=tess, now=now, expected=incident.version)
    page.evaluate(POLL)
    expect(page.locator("h1")).to_have_text("Theirs")
    assert page.input_value("#form-title [name=title]") == "Mine"

    page.click("#form-title button")

    expect(page.locator("#form-title .versus")).to_contain_text("Theirs")
    expect(page.locator("#form-title .versus")).to_contain_text("Mine")
    incident.refresh_from_db()
    assert incident.title == "Theirs"
    page.click("#form-title button")
    expect(page.locator("h1")).to_have_text("Mine")


def test_a_half_typed_note_survives_what_others_do(made, room, tess):
    [incident] = made(state=State.TRIAGED)
    page = room(incident)
    page.fill("#form-say [name=text]", "Half a sen")
    incident.add_note(text="A colleague was faster.", by=tess, now=datetime.now(UTC))
    expect(page.locator("#timeline")).to_contain_text("A colleague was faster.")
    assert page.input_value("#form-say [name=text]") == "Half a sen"
    assert page.evaluate("document.activeElement.name") == "text"

    page.keyboard.type("tence.")
    page.click("#form-say button:has-text('Add note')")
    expect(page.locator("#timeline")).to_contain_text("Half a sentence.")
    assert page.input_value("#form-say [name=text]") == ""


def test_somebody_who_is_signed_out_is_told_by_the_dot(made, board):
    made()
    page = board(rows=1)
    page.context.clear_cookies()
    page.evaluate(POLL)
    expect(page.locator("#live")).to_contain_text("Signed out, sign in again")
    expect(page.locator(ROWS)).to_have_count(1)
    page.troubles.clear()


def test_an_incident_that_was_hidden_meanwhile_leaves_nothing_to_read(made, page_for, uma, mo):
    [incident] = made()
    page = page_for(uma)
    page.goto(f"/incidents/{incident.reference}/")
    incident.set_visibility(to=Visibility.RESTRICTED, reason="Personal data.", by=mo, now=datetime.now(UTC))
    assert page.reload().status == 404
    page.goto("/")
    expect(page.locator(ROWS)).to_have_count(0)
    page.troubles.clear()
