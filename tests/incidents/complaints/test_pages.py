"""The pages of colleagues: the list, one complaint, what is done with it, and who may read the original."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from incidents.complaints.complaint import Complaint
from incidents.complaints.states import State
from incidents.detection.breaches import Breach
from incidents.response.visibility import Visibility
from tests.incidents import cases
from tests.incidents.complaints.makers import CANARY, TEXT, complaint, counted
from tests.incidents.detection import makers

pytestmark = pytest.mark.django_db
LIST = "/complaints/"
HOSTILE = "<script>alert(1)</script> \u202eevil"


@pytest.fixture
def now():
    cases.assistant()
    return timezone.now()


def page(client, url, **headers):
    return client.get(url, headers=headers).content.decode()


def test_the_list_shows_what_waits_with_press_on_top_and_hides_what_is_done(client_for, tess, now):
    old = complaint(1, at=now - timedelta(hours=2), channel="press", text="A paper asks.")
    complaint(2, at=now, text=HOSTILE)
    done = complaint(3, at=now, text="Settled long ago.")
    done.answer_with(text="Thanks.", by=tess, now=now)
    shown = page(client_for(tess), LIST)
    assert shown.index(old.reference) < shown.index("CMP-" + f"{now:%Y}-00002")
    assert "Settled long ago" not in shown
    assert "&lt;script&gt;" in shown
    assert "[U+202E]" in shown
    assert '<b class="n">2</b>' in shown


def test_filters_search_and_pages_stand_in_the_address(client_for, uma, now, monkeypatch):
    monkeypatch.setattr("incidents.complaints.pages.ROWS_PER_PAGE", 2)
    for number in range(1, 6):
        complaint(number, at=now - timedelta(minutes=number), text=f"Words {number}", channel="email")
    complaint(6, at=now, channel="regulator", category="privacy", complainant="", text="A regulator writes.")
    client = client_for(uma)

    def found(query):
        return [row["reference"][-1] for row in client.get(f"{LIST}?{query}").context["rows"]]

    assert found("sort=oldest") == ["5", "4"]
    assert found("q=words+3") == ["3"]
    assert found("q=cmp-" + f"{now:%Y}-00004") == ["4"]
    assert [found(query) for query in ("who=priority", "who=anonymous", "channel=regulator", "category=privacy")] == [
        ["6"]
    ] * 4
    assert found("state=closed") == found("system=elsewhere") == found("harm=unsafe_advice") == []
    first = client.get(LIST)
    assert [row["reference"][-1] for row in first.context["rows"]] == ["6", "1"]
    second = client.get(first.context["older"])
    assert [row["reference"][-1] for row in second.context["rows"]] == ["2", "3"]
    assert [row["reference"][-1] for row in client.get(second.context["newer"]).context["rows"]] == ["6", "1"]


def test_a_list_costs_the_same_however_long_it_is(client_for, tess, now):
    client = client_for(tess)

    def queries():
        with CaptureQueriesContext(connection) as found:
            assert client.get(LIST).status_code == 200
        return len(found)

    complaint(1, at=now)
    few = queries()
    for number in range(2, 12):
        complaint(number, at=now)
    assert queries() == few <= 14


def step(client, found, path, **fields):
    data = {f"{path}-{name}": value for name, value in fields.items()}
    return client.post(reverse("incidents:complaint", args=[found.reference]) + f"{path}/", data)


def test_each_step_is_taken_on_the_page(client_for, tess, now):
    incident = cases.incident(now=now, system=makers.system())
    found, client = complaint(at=now), client_for(tess)
    states = []
    for path, fields in (
        ("attachment", {"place": f"incident:{incident.pk}"}),
        ("classification", {"category": "booking", "harm_kind": ""}),
        ("detachment", {"reason": "Another product."}),
        ("answer", {"text": "You get your money."}),
        ("closure", {"why": "settled", "reason": "Paid."}),
        ("reopening", {"reason": "Nothing arrived."}),
    ):
        assert step(client, found, path, **fields).status_code == 302, path
        states.append(Complaint.objects.get().state)
    assert states == ["attached", "attached", "new", "answered", "closed", "new"]
    assert counted("booking") == (1, 1)
    shown = page(client, reverse("incidents:complaint", args=[found.reference]))
    for words in ("Category changed from refund to booking", "Nothing arrived.", "You get your money."):
        assert words in shown


def test_a_refusal_stands_at_its_form_with_what_was_typed(client_for, tess, now):
    found, client = complaint(at=now), client_for(tess)
    answers = [
        step(client, found, "closure", why="settled", reason=" "),
        step(client, found, "detachment", reason="Typed in vain"),
        step(client, found, "attachment", place="incident:999"),
        step(client, found, "classification", category="<b>"),
    ]
    assert [answer.status_code for answer in answers] == [422] * 4
    assert "Typed in vain" in answers[1].content.decode()
    assert "This needs a complaint that is: attached" in answers[1].content.decode()
    found.refresh_from_db()
    assert (found.state, found.entries.count()) == (State.NEW, 1)


def test_many_are_attached_at_once_and_each_refusal_is_told(client_for, tess, now):
    incident = cases.incident(now=now, system=makers.system())
    one, other = complaint(1, at=now), complaint(2, at=now)
    elsewhere = complaint(3, at=now, system=cases.assistant())
    chosen = [each.reference for each in (one, other, elsewhere)]
    client = client_for(tess)
    client.post(f"{LIST}attachments/", {"incident": incident.reference.lower(), "chosen": chosen, "state": "all"})
    shown = page(client, LIST)
    assert f"2 attached to {incident.reference}" in shown
    assert f"{elsewhere.reference}: Choose an incident" in shown
    assert set(Complaint.objects.of_incident(incident)) == {one, other}
    client.post(f"{LIST}attachments/", {"incident": "AIR-1", "chosen": chosen})
    assert "No incident has the reference" in page(client, LIST)
    panel = page(client, reverse("incidents:incident", args=[incident.reference]))
    assert "2 complaints" in panel
    assert "2 people" in panel


def test_a_breach_shows_its_complaints_and_the_way_to_all_of_its_category(client_for, tess, now):
    threshold = makers.threshold()
    version = makers.version(threshold, now=now, kind="complaint", category="refund", metric="count", limit=1,
                             denominator_kind="", min_samples=0)  # fmt: skip
    figures = {"bad": 9, "n": 9, "peak_bad": 9, "peak_n": 9, "started_at": now, "detected_at": now}
    breach = Breach.objects.create(threshold=threshold, version=version, **figures)
    client, url = client_for(tess), reverse("incidents:breach", args=[breach.pk])
    assert "None is attached to it yet" in page(client, url)
    found = complaint(at=now)
    assert step(client, found, "attachment", place=f"breach:{breach.pk}").status_code == 302
    shown = page(client, url)
    assert "1 complaint: 1 person" in shown
    assert "/complaints/?state=all&amp;system=support-assistant&amp;category=refund" in shown
    assert "Attached to a breach" in page(client, reverse("incidents:complaint", args=[found.reference]))


def test_the_original_is_shown_once_for_a_reason_and_to_nobody_else(client_for, tess, ravi, now):
    found = complaint(at=now)
    url = reverse("incidents:complaint_original", args=[found.reference])
    client = client_for(tess)
    assert client.post(url, {"original-reason": ""}).status_code == 422
    shown = client.post(url, {"original-reason": "To call back."})
    assert CANARY in shown.content.decode()
    assert "1@example.com" in shown.content.decode()
    assert "no-store" in shown.headers["Cache-Control"]
    assert client_for(ravi).post(url, {"original-reason": "Curious."}).status_code == 403
    assert found.entries.filter(verb="reveal").count() == 1


def test_a_code_for_the_complainant_is_shown_once(client_for, tess, now):
    found = complaint(at=now)
    url, client = reverse("incidents:complaint_code", args=[found.reference]), client_for(tess)
    shown = client.post(url)
    code = shown.context["code"]
    assert client.get(reverse("incidents:complaint_follow", args=[code])).status_code == 200
    assert code not in page(client, reverse("incidents:complaint", args=[found.reference]))


def test_what_hides_with_its_incident_is_in_no_list_count_or_neighbour(client_for, mo, tess, now):
    hidden = cases.incident(now=now, system=makers.system(), visibility=Visibility.RESTRICTED, by=mo)
    found, open_one = complaint(1, at=now, text="Hidden words"), complaint(2, at=now, complainant="1@example.com")
    found.attach_to_incident(hidden, by=mo, now=now)
    for person, is_seen in ((mo, True), (tess, False)):
        client = client_for(person)
        pages = page(client, LIST), page(client, reverse("incidents:complaint", args=[open_one.reference]))
        assert [("Hidden words" in shown) for shown in pages] == [is_seen, is_seen]
        status = client.get(reverse("incidents:complaint", args=[found.reference])).status_code
        assert status == (200 if is_seen else 404)
    assert TEXT not in "".join(pages)
