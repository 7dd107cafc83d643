"""Anybody complains and follows it, without an account; nothing is lost, nothing is told to others."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from incidents.complaints import public_pages
from incidents.complaints.complaint import Complaint
from incidents.complaints.knocking import Knocks, address_of
from incidents.complaints.public_form import FormState, PublicForm
from incidents.complaints.states import CloseReason
from tests.incidents.complaints.makers import CANARY, TEXT, complaint, counted
from tests.incidents.detection import makers

pytestmark = pytest.mark.django_db
ADDRESS = "/complain/support-assistant/"


@pytest.fixture(autouse=True)
def open_form(monkeypatch):
    monkeypatch.setattr(public_pages, "knocks", Knocks())
    return PublicForm.objects.create(
        system=makers.system(), state=FormState.OPEN, known_as="the chat", promise="We read it within a day."
    )


def filled(client, **fields):
    ticket = re.search(r'name="ticket" value="([^"]+)"', client.get(ADDRESS).content.decode())[1]
    return {
        "ticket": ticket,
        "text": TEXT,
        "topic": "promise",
        "happened_on": "",
        "contact": "Eva@Example.com",
    } | fields


def test_a_complaint_is_stored_counted_and_can_be_followed_without_an_account(tess):
    visitor = Client(enforce_csrf_checks=True)
    data = filled(visitor) | {"csrfmiddlewaretoken": visitor.cookies["airp_csrf"].value}

    answers = [visitor.post(ADDRESS, data) for _press in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0].url == answers[1].url
    stored = Complaint.objects.get()
    assert (stored.channel, stored.category, stored.contact_allowed) == ("web_form", "promise", "yes")
    assert counted("promise") == (1, 1)
    arrived = visitor.get(answers[0].url).content.decode()
    code = re.search(r"/follow/([a-z2-7]{24})/", answers[0].url)[1]
    assert stored.reference in arrived
    assert code in arrived
    assert "We read it within a day." in arrived
    stored.answer_with(text="You get your money.", by=tess, now=makers.NOON)
    stored.close(why=CloseReason.SETTLED, by=tess, now=makers.NOON, reason="Internal words")
    by_code = visitor.post("/follow/", {"code": f"{code[:12].upper()} {code[12:]}", **csrf(visitor)})
    followed = visitor.get(by_code.url).content.decode()
    assert "You get your money." in followed
    assert "Put right" in followed
    assert "Internal words" not in followed
    assert CANARY not in followed + arrived


def csrf(visitor):
    return {"csrfmiddlewaretoken": visitor.cookies["airp_csrf"].value}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"text": " "}, "This field is required"),
        ({"text": "x" * 10_001}, "at most 10000"),
        ({"topic": "nonsense"}, "Select a valid choice"),
        ({"happened_on": "2999-01-01"}, "lies in the future"),
        ({"website": "http://spam"}, "trap for robots"),
        ({"contact": "x" * 255}, "at most 254"),
    ],
)
def test_bad_input_is_named_at_its_field_and_nothing_typed_is_lost(client, fields, words):
    answer = client.post(ADDRESS, filled(client, **fields))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert fields.get("text", CANARY) in page or fields["text"] == " "
    assert not Complaint.objects.exists()


def test_too_many_from_one_network_wait_with_their_text(client, settings):
    settings.COMPLAINTS_PER_HOUR = 2
    answers = [client.post(ADDRESS, filled(client)) for _each in range(3)]
    assert [answer.status_code for answer in answers] == [302, 302, 429]
    assert int(answers[2].headers["Retry-After"]) > 60
    assert CANARY in answers[2].content.decode()
    assert Complaint.objects.count() == 2


def test_other_words_under_the_same_form_are_offered_as_a_second_complaint(client):
    data = filled(client)
    client.post(ADDRESS, data)
    answer = client.post(ADDRESS, data | {"text": "And one more thing."})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "And one more thing." in page
    ticket = re.search(r'name="ticket" value="([^"]+)"', page)[1]
    assert client.post(ADDRESS, data | {"text": "And one more thing.", "ticket": ticket}).status_code == 302
    assert Complaint.objects.count() == 2
    assert len(set(Complaint.objects.values_list("person", flat=True))) == 1


@pytest.mark.parametrize("state", ["closed", "missing"])
def test_a_form_that_is_not_open_does_not_exist(client, open_form, state):
    if state == "closed":
        PublicForm.objects.update(state=FormState.CLOSED)
    else:
        open_form.delete()
    assert client.get(ADDRESS).status_code == 404
    assert client.post(ADDRESS, {"text": TEXT}).status_code == 404


def test_a_wrong_code_opens_nothing(client):
    complaint(at=makers.NOON)
    assert client.get(reverse("incidents:complaint_follow", args=["a" * 24])).status_code == 404
    assert client.post("/follow/", {"code": "a" * 24}).status_code == 422


def test_the_visitors_address_is_the_one_that_our_own_proxy_saw(rf, settings):
    settings.TRUSTED_PROXIES = 1
    forged, plain = (
        {"HTTP_X_FORWARDED_FOR": value, "REMOTE_ADDR": "10.0.0.1"} for value in ("1.1.1.1, 9.9.9.9", "9.9.9.9")
    )
    assert address_of(rf.get("/", **forged)) == address_of(rf.get("/", **plain))
    settings.TRUSTED_PROXIES = 0
    assert address_of(rf.get("/", **forged)) == address_of(rf.get("/", REMOTE_ADDR="10.0.0.1"))
    one, other = (address_of(rf.get("/", REMOTE_ADDR=f"2001:db8:1:1::{end}")) for end in (1, 2))
    assert one == other != address_of(rf.get("/", REMOTE_ADDR="2001:db8:1:2::1"))
    knocks = Knocks()
    assert [knocks.wait_seconds(one, most=1, at=at) for at in (0, 1, 3_600)] == [0, 3_599, 0]
