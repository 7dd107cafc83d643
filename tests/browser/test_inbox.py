"""A queue of forty mixed items is decided by keyboard alone; nothing is lost, and each decision can be taken back."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from incidents.complaints.complaint import Complaint
from incidents.detection.breaches import Breach
from incidents.reports.report import Report
from incidents.reports.states import Urgency
from incidents.triage.records import Deed, TriageAct, TriageLine
from tests.conftest import orm_on
from tests.incidents import cases
from tests.incidents.complaints.makers import complaint
from tests.incidents.detection import makers
from tests.incidents.reports.makers import report
from tests.processes.stack import LiveStack

pytestmark = pytest.mark.browser
ROWS = "#list [data-row]:not(.gone)"
MOST_KEYS = 3
EACH = 10


@pytest.fixture
def live(django_db_blocker):
    """The web server alone."""
    with django_db_blocker.unblock(), LiveStack(has_broker=False, only={"web"}) as stack, orm_on(stack.database):
        yield stack


def queue_of_forty() -> int:
    """Ten breaches, twenty complaints, ten reports, of one AI system that has an open incident."""
    cases.assistant()
    now = datetime.now(UTC)
    cases.incident(now=now, title="Refunds promised", system=makers.system())
    for number in range(EACH):
        threshold = makers.threshold(name=f"Threshold {number}")
        version = makers.version(threshold, now=now - timedelta(minutes=1))
        figures = {"bad": 9, "n": 100, "peak_bad": 9, "peak_n": 100, "started_at": now, "detected_at": now}
        due = now + timedelta(minutes=15 + number)
        Breach.objects.create(threshold=threshold, version=version, decision_due_at=due, **figures)
        for channel in ("press", "phone"):
            complaint(
                f"{channel} {number}", at=now, channel=channel, system=threshold.system, text=f"{channel} {number}"
            )
        urgency = Urgency.URGENT if number % 2 else Urgency.USUAL
        report(number, at=now, urgency=urgency, system=threshold.system, text=f"Report {number}")
    return 4 * EACH


def test_forty_items_are_decided_by_keyboard_alone(live, page_for, tess):
    total = queue_of_forty()
    page = page_for(tess)
    page.goto("/triage/")
    expect(page.locator(ROWS)).to_have_count(25)
    routine = [("1",), ("2", "1"), ("3", "1"), ("h", "3")]
    pressed: list[int] = []

    def decide(keys: tuple[str, ...]) -> None:
        # A row that has just left leaves none current until the list has settled.
        expect(page.locator(".is-current")).to_have_count(1)
        current = page.locator(".is-current").get_attribute("id")
        for key in keys:
            page.keyboard.press(key)
        expect(page.locator(f"#{current}")).to_have_count(0)
        pressed.append(len(keys))

    # One of each kind of decision is taken back, and stands in the queue again.
    for done, keys in enumerate(routine):
        page.keyboard.press("j")
        decide(keys)
        page.keyboard.press("u")
        expect(page.locator("#toasts")).to_contain_text("Taken back")
        assert TriageAct.objects.filter(taken_back_at__isnull=False).count() == done + 1
        page.reload()
        expect(page.locator(ROWS)).to_have_count(25)

    # Ten at once: select, and one decision for all.
    page.keyboard.press("j")
    page.keyboard.press("x")
    for _number in range(EACH - 1):
        page.keyboard.press("j")
    page.keyboard.press("Shift+X")
    for key in ("3", "2"):
        page.keyboard.press(key)
    expect(page.locator("#toasts")).to_contain_text("10 declined")

    for number in range(total - EACH):
        decide(routine[number % 4])

    expect(page.locator("#list .empty")).to_be_visible()
    assert max(pressed) <= MOST_KEYS
    standing = TriageAct.objects.filter(taken_back_at__isnull=True)
    assert TriageLine.objects.filter(act__in=standing).values("kind", "item").distinct().count() == total
    assert set(standing.values_list("deed", flat=True)) == set(Deed.values)
    assert not Report.objects.filter(state="new", snoozed_until__isnull=True).exists()
    assert not Complaint.objects.filter(state="new", snoozed_until__isnull=True).exists()
    assert not Breach.objects.undecided().exists()


def test_a_question_is_left_without_an_answer_and_another_incident_is_named(live, page_for, tess):
    cases.assistant()
    now, system = datetime.now(UTC), makers.system()
    other = [cases.incident(now=now, title=f"Other {number}", system=system) for number in range(8)][0]
    complaint("one", at=now, system=system, text="One")
    page = page_for(tess)
    page.goto("/triage/")
    page.keyboard.press("j")
    question = page.locator("#choose")
    page.locator("[data-decide=decline]").click()
    question.get_by_text("Cancel").click()
    expect(question).to_be_hidden()
    assert page.url.endswith("/triage/") and not TriageAct.objects.exists()

    page.locator("[data-decide=attach]").click()
    page.fill("#other-incident", other.reference)
    page.locator(".other-choice button").click()
    expect(page.locator("#toasts")).to_contain_text(f"attached to {other.reference}")
    assert Complaint.objects.get().incident == other
