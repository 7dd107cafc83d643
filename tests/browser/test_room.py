"""The incident room in the browser: polls move nothing, editing happens in place, names are offered at the keyboard."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from incidents.response.states import State
from tests.conftest import orm_on
from tests.incidents import cases
from tests.processes.stack import LiveStack

pytestmark = pytest.mark.browser
POLL = "document.body.dispatchEvent(new CustomEvent('airp:poll'))"
TOP = "id => document.getElementById(id).getBoundingClientRect().top"


@pytest.fixture(scope="module")
def live(django_db_blocker):
    """The web server alone."""
    with django_db_blocker.unblock(), LiveStack(has_broker=False, only={"web"}) as stack, orm_on(stack.database):
        yield stack


@pytest.fixture
def case(live, tess, mo):
    now = datetime.now(UTC)
    made = cases.incident(now=now, state=State.TRIAGED)
    for second in range(50):
        made.add_note(text=f"Chat {second} looked at.", by=tess, now=now - timedelta(seconds=60 - second))
    return made


@pytest.fixture
def room(page_for, mo, case):
    def opened(query=""):
        page = page_for(mo)
        page.goto(f"/incidents/{case.reference}/{query}")
        return page

    return opened


def write(case, by, text="A colleague was faster."):
    case.add_note(text=text, by=by, now=datetime.now(UTC))


def test_polls_move_neither_focus_nor_text_nor_the_page(room, case, tess):
    page = room()
    page.evaluate("document.getElementById('entry-40').scrollIntoView({block: 'center'})")
    page.focus("#pin-40")
    place = page.evaluate(TOP, "entry-40")
    write(case, tess)
    page.evaluate(POLL)
    expect(page.locator("#entry-53")).to_be_attached()
    assert page.evaluate("document.activeElement.id") == "pin-40"
    assert abs(page.evaluate(TOP, "entry-40") - place) < 2

    page.fill("#form-say [name=text]", "Half a sen")
    place, chosen = page.evaluate(TOP, "form-say"), page.evaluate("document.activeElement.selectionStart")
    write(case, tess, "And faster again.")
    page.evaluate(POLL)
    expect(page.locator("#entry-54")).to_be_attached()
    assert page.input_value("#form-say [name=text]") == "Half a sen"
    assert page.evaluate("[document.activeElement.name, document.activeElement.selectionStart]") == ["text", chosen]
    assert abs(page.evaluate(TOP, "form-say") - place) < 2
    order = page.eval_on_selector_all("#entries .timeline > li", "all => all.map(each => Number(each.id.slice(6)))")
    assert order == sorted(order, reverse=True)


def test_the_filter_keeps_typed_words_and_the_address_tells_it(room, case, tess):
    page = room()
    page.fill("#form-say [name=text]", "Not sent yet")
    page.click("#timeline-filter summary")
    page.check("#form-timeline [value=state]")
    page.click("#form-timeline button")
    expect(page.locator("#entries .timeline > li")).to_have_count(2)
    assert page.url.endswith("/?kinds=state")
    assert page.input_value("#form-say [name=text]") == "Not sent yet"
    write(case, tess)
    page.evaluate(POLL)
    expect(page.locator("#entries .timeline > li")).to_have_count(2)
    page.go_back()
    expect(page.locator("#entries .timeline > li")).to_have_count(20)


def test_a_link_to_an_entry_opens_its_page_also_without_the_query(room, case):
    page = room("#entry-3")
    page.wait_for_url("**/?entry=3#entry-3")
    expect(page.locator("#entry-3.is-marked")).to_be_in_viewport()
    page.click("#pin-3")
    expect(page.locator("#pinned-3")).to_contain_text("Pinned by Mo Manager")
    expect(page.locator("#entry-3.is-marked")).to_be_attached()
    assert page.evaluate("document.activeElement.id") == "pin-3"


def test_parts_stay_as_the_person_left_them_and_links_open_what_they_point_to(room, case, tess):
    page = room()
    is_open = "id => document.getElementById(id).open"
    assert page.evaluate("document.querySelector('#owed, #progress-title').getBoundingClientRect().bottom") < 900
    assert not page.evaluate(is_open, "fold-alerts")
    page.click("#fold-alerts > summary")
    page.click("#fold-timeline > summary")
    write(case, tess)
    page.evaluate(POLL)
    expect(page.locator(".parts-bar [data-part=timeline] .n")).to_have_text("53")
    assert page.evaluate(is_open, "fold-alerts")
    assert not page.evaluate(is_open, "fold-timeline")
    page.reload()
    assert page.evaluate(is_open, "fold-alerts")
    assert not page.evaluate(is_open, "fold-timeline")

    page.keyboard.press("2")
    expect(page.locator(".parts-bar [aria-current]")).to_have_count(1)
    assert page.evaluate(is_open, "fold-lanes"), "a digit opens the part of that place in the bar"
    assert page.url.endswith("#lanes-body")
    page.goto(f"/incidents/{case.reference}/#timeline")
    page.wait_for_function("document.getElementById('fold-timeline').open")
    page.goto("/")
    page.goto(f"/incidents/{case.reference}/?entry=3#entry-3")
    expect(page.locator("#entry-3.is-marked")).to_be_in_viewport()
    page.reload()
    assert page.evaluate(is_open, "fold-alerts"), "what a link opened is no choice of the person, and undoes none"


def test_title_and_summary_are_edited_in_their_place(room, case, tess):
    page = room()
    page.click("h1")
    field = page.locator("#form-title [name=title]")
    expect(field).to_be_focused()
    page.keyboard.type(" again")
    page.keyboard.press("Escape")
    expect(page.locator("h1")).to_have_text(case.title)
    expect(page.locator("#step-title summary")).to_be_focused()
    page.keyboard.press("Enter")
    expect(field).to_be_focused()
    expect(field).to_have_value(case.title)

    field.fill("")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#form-title .error-summary")).to_be_visible()
    field.fill("Refunds promised in forty chats")
    page.keyboard.press("Control+Enter")
    expect(page.locator("h1")).to_have_text("Refunds promised in forty chats")
    expect(page.locator("#step-title summary")).to_be_focused()

    page.click("[data-edits=step-summary]")
    page.locator("#form-summary [name=summary]").fill("Mine.")
    case.refresh_from_db()
    case.edit_details(title=case.title, summary="Theirs.", by=tess, now=datetime.now(UTC), expected=case.version)
    page.evaluate(POLL)
    expect(page.locator("#entries")).to_contain_text("Title before: Refunds promised in forty")
    page.click("#form-summary button")
    expect(page.locator("#form-summary .versus")).to_contain_text("Theirs.")
    page.click("#form-summary button")
    expect(page.locator("[data-edits=step-summary]")).to_contain_text("Mine.")


def test_a_colleague_is_named_by_the_keyboard(room, case, ravi, lee):
    page = room()
    page.click("#form-say [name=text]")
    page.keyboard.type("Look, @l")
    options = page.locator(".mentionable [role=option]")
    expect(options).to_have_count(1)
    page.keyboard.press("Backspace")
    page.keyboard.press("Escape")
    page.keyboard.type("r")
    expect(options.first).to_contain_text("Ravi Responder")
    active = page.get_attribute("#form-say [name=text]", "aria-activedescendant")
    assert page.locator(f"#{active}").get_attribute("aria-selected") == "true"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(options).to_have_count(0)
    assert page.input_value("#form-say [name=text]") == "Look, @ravi.responder "
    page.keyboard.press("Control+Enter")
    expect(page.locator("#entries .mention")).to_have_text("@Ravi Responder")
