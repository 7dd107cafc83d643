"""The steps of a journey, in their order: signals, the board, the verbs, the review, and the ledger at the end."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Sum
from playwright.sync_api import Page, expect

from airp.accounts.models import User
from airp.outbound.models import Attempt, Delivery, DeliveryState
from incidents.classification.models import HarmKind, SeverityLevel
from incidents.classification.shipped import install
from incidents.detection.breaches import Breach
from incidents.detection.choices import Mode, OnBreach
from incidents.detection.series import HourBucket, Receipt, SignalBucket
from incidents.detection.sources import SignalSource
from incidents.detection.thresholds import Threshold
from incidents.detection.versions import ThresholdVersion
from incidents.notification.policies.aims import Target
from incidents.notification.policies.records import EscalationPolicy, PolicyChoice
from incidents.response.declaring import Declaration, declare
from incidents.response.models import Incident
from incidents.response.timeline import PendingReaction
from incidents.systems.models import AISystem, Ownership
from reviews.postmortem.models import Review
from tests.journeys.sender import Sender
from tests.processes.stack import LiveStack

MINUTE = timedelta(minutes=1)
PROMISED_SECONDS = 75
ESCALATION_SECONDS = 5
PATIENCE_SECONDS = 150  # for the row to appear; more than is promised, so that a failure can tell by how much
BROWSER_MS = 30_000
LATEST_SECOND = 45  # signals of a minute are posted before this, so that all of them are in when it ends
HEALTHY, HARMFUL = 60, 12
EXPECTED_KINDS = [
    *("declared", "breach_attached", "alert_raised", "acknowledged", "triaged", "contained", "resolved"),
    *("review_opened", "review_submitted", "review_signed_off", "closed"),
]


@dataclass(frozen=True, slots=True)
class Cast:
    """Who takes which step."""

    triager: User
    responder: User
    manager: User


def prepare(stack: LiveStack, cast: Cast) -> Sender:
    """A system with owner and deputy, a source, and a threshold that declares at more than 2 % in two minutes."""
    install()
    now = datetime.now(UTC)
    system = AISystem.objects.create(slug="support-assistant", name="Support assistant", purpose="Answers customers.")
    Ownership.objects.create(system=system, person=cast.responder, deputy=cast.manager)
    source = SignalSource.objects.create(name="Gateway", system=system, lateness_seconds=60)
    threshold = Threshold.objects.create(
        name="Refund promises", system=system, owner=cast.triager, mode=Mode.ACTIVE, on_breach=OnBreach.DECLARE
    )
    rule = ThresholdVersion(
        kind="violation",
        category="refunds",
        denominator_kind="traffic",
        limit=20_000,
        window_seconds=120,
        eval_delay_seconds=0,
        severity=SeverityLevel.objects.get(slug="SEV2"),
        harm_kind=HarmKind.objects.get(slug="unauthorised_commitment"),
    )
    threshold.add_version(rule, by=None, now=now, reason="Measured in February.")
    return Sender(stack.base_url, source.issue_token(by=None, now=now), system.slug)


def post_harm(sender: Sender) -> datetime:
    """A healthy minute, then one in which promises are made; returns when that minute ends.

    One batch is sent twice and one holds items that cannot be taken, so that the ledger has something to balance.
    """
    minute = _minute_with_time_left()
    healthy = [sender.signal(at=at) for at in _spread(minute - MINUTE, minute, HEALTHY)]
    assert sender.post(healthy).counts == (HEALTHY, 0, 0)
    now = datetime.now(UTC)
    traffic = [sender.signal(at=at) for at in _spread(minute, now, HEALTHY)]
    harm = [sender.signal(at=at, kind="violation", category="refunds") for at in _spread(minute, now, HARMFUL)]
    unusable = [
        sender.signal(at=now + timedelta(hours=1)),
        sender.signal(at=now, kind="rumour"),
        sender.signal(at=now, n=float("nan")),
    ]
    mixed = sender.post([*traffic, *unusable])
    assert mixed.codes == [(HEALTHY, "clock_skew"), (HEALTHY + 1, "unknown_kind"), (HEALTHY + 2, "bad_number")]
    assert sender.post(harm).counts == (HARMFUL, 0, 0)
    assert sender.post(harm).counts == (0, HARMFUL, 0)
    return minute + MINUTE


def open_board(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_text("No open incident")).to_be_visible()
    page.evaluate("window.isStillTheSamePage = true")


def see_it_appear(page: Page, *, minute_end: datetime) -> float:
    """The row comes by itself. Returns the seconds from the end of the minute to the moment it stood there."""
    row = page.locator("#list [data-row] a[data-open]")
    row.wait_for(timeout=PATIENCE_SECONDS * 1000)
    seconds = (datetime.now(UTC) - minute_end).total_seconds()
    print(f"on the open board {seconds:.1f} s after the end of the minute")
    assert page.evaluate("window.isStillTheSamePage") is True
    assert Breach.objects.get().started_at + MINUTE == minute_end
    assert seconds <= PROMISED_SECONDS, f"promised within {PROMISED_SECONDS} s"
    return seconds


def triage(page: Page) -> str:
    """From the row to a confirmed incident; returns its address."""
    page.click("#list [data-row] a[data-open]")
    page.click("#form-acknowledge button.primary")
    _next_is(page, "Triage")
    page.fill("#form-triage [name=note]", "Read three of the conversations: they promise money.")
    page.click("#form-triage button.primary")
    _next_is(page, "Contain")
    return page.evaluate("location.pathname")


def put_right(page: Page, address: str) -> None:
    page.goto(address)
    page.fill("#form-contain [name=reason]", "Went back to the earlier model.")
    page.click("#form-contain button.primary")
    _next_is(page, "Resolve")
    page.fill("#form-resolve [name=reason]", "The prompt names the refund policy again.")
    page.click("#form-resolve button.primary")
    expect(page.locator("#progress-title")).to_have_text("Before the next step: Close", timeout=BROWSER_MS)


def is_refused_without_review(page: Page, address: str) -> None:
    """The page says what is missing instead of offering to close, and the incident stays resolved."""
    page.goto(address)
    expect(page.locator("section", has=page.locator("#progress-title"))).to_contain_text("review")
    expect(page.locator("#form-close")).to_have_count(0)
    assert Incident.objects.get().state == "resolved"


def write_review(page: Page) -> None:
    """Begins on the incident's page, where the review opened by itself."""
    page.click("#review-panel a")
    expect(page.locator("[name=what_happened]")).not_to_be_empty()
    page.fill("[name=summary]", "A new model version promised refunds. 12 customers were told so.")
    page.fill("[name=factor-text]", "No test asked about refunds.")
    page.get_by_role("button", name="Add factor").click()
    expect(page.locator("#factors table")).to_contain_text("No test asked about refunds.")
    page.get_by_role("button", name="Submit for sign-off").click()
    expect(page.locator("#next")).to_contain_text("Submitted by")


def sign_off(page: Page) -> None:
    """The second person comes from the list of reviews."""
    page.goto("/reviews/")
    page.locator("#main table a").first.click()
    page.get_by_role("button", name="Sign off").click()
    expect(page.locator("#next")).to_contain_text("Signed off by")


def close(page: Page, address: str) -> None:
    page.goto(address)
    page.click("#form-close button.primary")
    expect(page.locator(".head .title-line")).to_contain_text("Closed")


def work_through(
    stack: LiveStack,
    page_for: Callable[[User], Page],
    sender: Sender,
    cast: Cast,
    *,
    after_signals: Callable[[], None] = lambda: None,
) -> None:
    """The whole way in three browsers. `after_signals` runs between the signals and what follows from them."""
    triager, responder, manager = page_for(cast.triager), page_for(cast.responder), page_for(cast.manager)
    open_board(triager)
    minute_end = post_harm(sender)
    after_signals()
    see_it_appear(triager, minute_end=minute_end)
    stack.wait_for(stack.mails, seconds=60, what="the mail to the owner")
    address = triage(triager)
    put_right(responder, address)
    is_refused_without_review(manager, address)
    write_review(responder)
    sign_off(manager)
    close(manager, address)


def check_ledger(stack: LiveStack, sender: Sender, cast: Cast) -> None:
    """Every figure of the journey balances with its neighbours."""
    stack.wait_for(lambda: not PendingReaction.objects.exists(), seconds=60, what="the last consequences")
    sent = Delivery.objects.filter(state=DeliveryState.SENT)
    stack.wait_for(lambda: sent.count() == Delivery.objects.count(), seconds=60, what="the last delivery")
    incident = Incident.objects.get()
    _signals_balance(sender)
    _record_is_whole(stack, incident)
    _mail_balances(stack, incident, cast)


def escalates_on_time(stack: LiveStack, cast: Cast) -> None:
    """An incident that nobody acknowledges goes to the next person when that is due: never before, and soon after."""
    policy = EscalationPolicy.objects.create(name="A minute")
    policy.levels.create(number=0, target=Target.OWNER)
    policy.levels.create(number=1, delay_minutes=1, target=Target.PERSON, person=cast.triager)
    PolicyChoice.objects.filter(system=None, severity=None).delete()
    PolicyChoice.objects.create(policy=policy)
    system, level = AISystem.objects.get(), SeverityLevel.objects.get(slug="SEV2")
    almost_a_minute_ago = datetime.now(UTC) - timedelta(seconds=48)
    incident = declare(
        Declaration(title="Nobody answers", system=system, severity=level), by=cast.manager, now=almost_a_minute_ago
    )
    escalated = incident.timeline.filter(kind="escalated")
    stack.wait_for(escalated.exists, seconds=90, what="the escalation")
    late = escalated.get().happened_at - incident.escalation_levels.get().due_at
    print(f"escalated {late.total_seconds():.1f} s after it was due; promised within {ESCALATION_SECONDS} s")
    assert timedelta(0) <= late <= timedelta(seconds=2 * ESCALATION_SECONDS), "twice the promise, for a busy machine"
    mail = Delivery.objects.filter(recipient=cast.triager, subject__contains=incident.reference)
    stack.wait_for(mail.filter(state=DeliveryState.SENT).exists, seconds=30, what="the mail to the next person")


def _signals_balance(sender: Sender) -> None:
    activity = SignalSource.objects.get().activity
    told = (sender.accepted, sender.duplicates, sender.refused)
    print(f"signals posted {sender.posted} = accepted, known already, refused {told}")
    assert sender.posted == sum(told)
    assert (activity.accepted_count, activity.duplicate_count, activity.refused_count) == told
    assert Receipt.objects.count() == sender.accepted
    for bucket in (SignalBucket, HourBucket):
        assert bucket.objects.aggregate(n=Sum("n"))["n"] == sender.accepted


def _record_is_whole(stack: LiveStack, incident: Incident) -> None:
    breach, review = Breach.objects.get(), Review.objects.get()
    assert (breach.incident, breach.bad, review.incident) == (incident, HARMFUL, incident)
    assert review.submitted_by_id != review.signed_off_by_id
    assert list(incident.timeline.order_by("seq").values_list("kind", flat=True)) == EXPECTED_KINDS
    assert incident.state == "closed"
    stack.manage("verify_timeline", incident.reference)


def _mail_balances(stack: LiveStack, incident: Incident, cast: Cast) -> None:
    planned, mails = list(Delivery.objects.all()), stack.mails()
    print(f"deliveries planned {len(planned)}, mails in the sink {len(mails)}, attempts {Attempt.objects.count()}")
    assert len(planned) == len(mails) == 1
    assert Attempt.objects.count() >= len(planned)
    assert planned[0].recipient == cast.responder
    assert (mails[0]["X-RcptTo"], incident.reference in mails[0]["Subject"]) == (cast.responder.email, True)


def _next_is(page: Page, step: str) -> None:
    expect(page.locator("#progress-title")).to_have_text(f"Next: {step}", timeout=BROWSER_MS)


def _minute_with_time_left() -> datetime:
    """The start of a minute that does not end before its signals are in."""
    while (now := datetime.now(UTC)).second > LATEST_SECOND:
        time.sleep(0.2)
    return now.replace(second=0, microsecond=0)


def _spread(start: datetime, end: datetime, count: int) -> list[datetime]:
    return [start + (end - start) * place / count for place in range(count)]
