"""The status page: plain words for people outside the team, and one mail per change to those who asked for it."""

from http import HTTPStatus
from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from airp.accounts.models import User
from airp.outbound.models import Delivery, DeliveryState
from airp.outbound.sending import send_all_due
from incidents.classification.figures import Basis, Confidence, Figure, Figures
from incidents.impact.recording import Known, record_exposure
from incidents.response.mentions import Found, Place
from incidents.response.states import State
from incidents.response.timeline import react_to_next
from incidents.response.visibility import Visibility
from incidents.status.subscriptions import Subscription
from tests.incidents.cases import MINUTE, incident, level

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "X-Airp-Poll": "true"}


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture(autouse=True)
def no_gates(settings):
    """Moves without the gates of other packages: their own tests cover them."""
    settings.GATES = "tests.incidents.response.conftest.GATES"


@pytest.fixture
def stella(db):
    return User.objects.create_user(email="stella@example.com", name="Stella Stake", roles=["stakeholder"])


def page(case, rest=""):
    return f"/incidents/{case.reference}/status/{rest}"


def draw(now):
    while react_to_next(now=now + MINUTE):
        pass


def mails(person):
    return Delivery.objects.filter(step="status_mail", recipient=person).order_by("pk")


def test_a_stakeholder_reads_what_is_told_and_nothing_of_the_work(now, client_for, stella, mo, lee, ravi):
    case = incident(now=now, state=State.TRIAGED, title="Canary title", summary="Canary summary")
    case.hand_over(to=mo, by=mo, now=now)
    case.add_note(text="Canary note", by=lee, now=now)
    named = Found((Place(0, 15, ravi.pk),))
    case.post_update(text="@ravi.responder switched it off.", found=named, by=lee, now=now)
    client = client_for(stella)
    told = client.get(page(case)).content.decode()
    for words in ("working on stopping it", "a colleague switched it off.", mo.name, "not known yet", "Next update:"):
        assert words in told
    for hidden in ("Canary", lee.name, "Ravi", "ravi.responder", "<b>0</b>"):
        assert hidden not in told
    listed = client.get("/status/").content.decode()
    assert case.reference in listed and "Canary" not in listed
    for closed in (f"/incidents/{case.reference}/", "/", f"/incidents/{case.reference}/live/", page(case, "words/")):
        assert client.get(closed).status_code == HTTPStatus.FORBIDDEN


def test_whoever_is_outside_begins_at_the_status_list(client_for, client, stella):
    stella.set_password("correct horse battery staple")
    stella.save()
    answer = client.post("/sign-in/", {"login": stella.email, "password": "correct horse battery staple"})
    assert answer.url == "/status/"


def test_no_way_leads_who_is_outside_to_a_page_that_refuses_them(client_for, stella, tess):
    for address in ("/status/", "/my-work/", "/nowhere/"):
        told = client_for(stella).get(address).content.decode()
        assert 'href="/status/"' in told and 'href="/"' not in told
    assert 'class="brand" href="/"' in client_for(tess).get("/status/").content.decode()


def test_numbers_come_with_their_basis_and_how_sure_they_are(now, client_for, stella, mo):
    case = incident(now=now)
    figures = Figures(exposed=Figure(1_250, Basis.ESTIMATED, Confidence.LOW))
    record_exposure(case, known=Known(figures=figures, grounds="Canary logs", group="Canary group"), by=mo, now=now)
    context = client_for(stella).get(page(case)).context
    assert context["affected"][0]["number"] == "1,250"
    assert context["affected"][0]["grounds"] == "Estimated, confidence: low"
    assert context["affected"][1]["number"] == "not known yet"
    assert "Canary" not in client_for(stella).get(page(case)).content.decode()


def test_what_is_hidden_is_hidden_here_too(now, client_for, stella, uma, mo):
    hidden = incident(now=now, by=mo, visibility=Visibility.RESTRICTED)
    for person in (stella, uma):
        for rest in ("", "live/"):
            assert client_for(person).get(page(hidden, rest)).status_code == HTTPStatus.NOT_FOUND
        assert client_for(person).post(page(hidden, "subscription/")).status_code == HTTPStatus.NOT_FOUND
        assert hidden.reference not in client_for(person).get("/status/").content.decode()
    assert not Subscription.objects.exists()


def test_it_lives_and_is_put_into_words_with_a_record(now, client_for, stella, mo, cora):
    case = incident(now=now)
    live_url = client_for(stella).get(page(case)).context["live_url"]
    assert client_for(stella).get(live_url, headers=HTMX).status_code == HTTPStatus.NO_CONTENT
    typed = {"happened": "The chat promised money.", "advice": "", "version": 0}
    assert client_for(cora).post(page(case, "words/"), typed).status_code == HTTPStatus.FOUND
    told = client_for(stella).get(live_url, headers=HTMX).content.decode()
    assert "The chat promised money." in told and "report it" in told
    assert case.timeline.order_by("-seq").first().kind == "status_worded"

    late = client_for(mo).post(page(case, "words/"), {"happened": "Mine", "advice": "", "version": 0})
    assert late.status_code == HTTPStatus.CONFLICT and "The chat promised money." in late.content.decode()
    assert client_for(mo).post(page(case, "words/"), typed | {"version": 1}).status_code == 422
    assert case.status_words.count() == 1
    again = {"happened": "Mine", "advice": "Ask us.", "version": 1}
    assert client_for(mo).post(page(case, "words/"), again).status_code == HTTPStatus.FOUND
    assert client_for(stella).post(page(case, "words/"), again).status_code == HTTPStatus.FORBIDDEN


def test_subscribers_get_one_mail_per_change_until_they_end_it(now, client_for, client, stella, mo):
    case = incident(now=now, state=State.TRIAGED, title="Canary title")
    for _ in range(2):
        client_for(stella).post(page(case, "subscription/"))
    client_for(mo).post(page(case, "subscription/"))
    now = timezone.now()
    case.add_note(text="Canary note", by=mo, now=now)
    case.post_update(text="Half of it is back.", by=mo, now=now)
    case.raise_severity(to=level("SEV1"), by=mo, now=now, reason="Canary reason")
    case.contain(by=mo, now=now, reason="Canary reason")
    draw(now)
    assert [mail.subject for mail in mails(stella)] == [
        f"{case.reference}: update",
        f"{case.reference}: it is worse than thought",
        f"{case.reference}: the harm has stopped",
    ]
    assert not mails(mo).exists(), "whoever changes it knows"
    assert "Half of it is back." in mails(stella)[0].body
    assert "Canary" not in "".join(mail.body for mail in mails(stella))

    link = urlsplit(mails(stella)[0].enclosure).path
    assert "No more mails" in client.get(link).content.decode()
    assert Subscription.objects.standing().filter(person=stella).exists(), "mail scanners open links"
    client.post(link)
    assert client.post("/status/unsubscription/forged/").status_code == HTTPStatus.NOT_FOUND
    case.resolve(by=mo, now=now, reason="Done.")
    draw(now)
    assert mails(stella).count() == 3


@pytest.mark.parametrize("change", ["restricted", "no role", "ended"])
def test_whoever_may_no_longer_read_it_when_the_mail_leaves_gets_none(change, now, client_for, stella, mo):
    case = incident(now=now, by=mo)
    client_for(stella).post(page(case, "subscription/"))
    now = timezone.now()
    case.post_update(text="Canary words", by=mo, now=now)
    draw(now - MINUTE)
    assert mails(stella).count() == 1
    if change == "restricted":
        case.set_visibility(to=Visibility.RESTRICTED, reason="Names.", by=mo, now=now)
    elif change == "no role":
        User.objects.filter(pk=stella.pk).update(roles=[])
    else:
        client_for(stella).post(page(case, "subscription/"), {"to": "end"})
    Delivery.objects.exclude(pk=mails(stella).get().pk).update(state=DeliveryState.SUPERSEDED, due_at=None)
    send_all_due(clock=timezone.now, budget_seconds=5)
    mail = mails(stella).get()
    assert (mail.state, mail.error_class) == ("cancelled", "no_longer_meant")
