"""POST /ingest/v1/complaints, and that a complaint is stored and counted exactly once."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from airp.local.product.assistant import Assistant
from airp.local.product.levers import BAD, Levers
from incidents.complaints.complaint import Complaint, ComplaintOriginal
from incidents.detection.activity import IngestRefusal
from tests.incidents.complaints.makers import CANARY, TEXT, counted
from tests.incidents.detection import makers

pytestmark = pytest.mark.django_db
ADDRESS = "/ingest/v1/complaints"


@pytest.fixture
def token():
    makers.system()
    return makers.source().issue_token(by=None, now=timezone.now())


def item(number=1, **fields):
    at = (timezone.now() - timedelta(minutes=3)).isoformat()
    known = {"id": f"c{number}", "received_at": at, "system": "support-assistant", "channel": "chat"}
    return known | {"category": "refund", "text": TEXT, "complainant": f"customer-{number}"} | fields


def post(token, body, **headers):
    headers = {"authorization": f"Bearer {token}"} | {name.replace("_", "-"): value for name, value in headers.items()}
    raw = body if isinstance(body, bytes) else json.dumps(body)
    return Client().post(ADDRESS, raw, content_type="application/json", headers=headers)


def test_complaints_are_stored_redacted_and_counted_once_each(token):
    batch = [item(1), item(2, complainant=None), item(3, channel="email", priority_contact="press")]

    answers = [post(token, batch, idempotency_key="k") for _turn in range(2)] + [post(token, batch)]

    assert [answer.status_code for answer in answers] == [202, 202, 200]
    assert answers[0].json() == {"accepted": 3, "duplicates": 0, "refused": []}
    assert answers[1].headers["Idempotent-Replayed"] == "true"
    assert answers[2].json()["duplicates"] == 3
    first, second, third = Complaint.objects.order_by("pk")
    assert first.reference == f"CMP-{timezone.now():%Y}-00001"
    assert "[e-mail hidden]" in first.text
    assert first.original.text == TEXT
    assert first.original.contact == "customer-1"
    assert [first.is_anonymous, second.is_anonymous] == [False, True]
    assert third.priority_contact == "press"
    assert [counted("refund"), counted("press_contact")] == [(2, 2), (1, 1)]
    assert post(token, item(1, text="Other words")).json()["refused"][0]["code"] == "conflict"
    assert counted("refund") == (2, 2)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"id": ""}, "missing_field"),
        ({"received_at": "yesterday"}, "bad_time"),
        ({"received_at": "2999-01-01T00:00:00Z"}, "clock_skew"),
        ({"received_at": "2001-01-01T00:00:00Z"}, "too_old"),
        ({"system": "elsewhere"}, "unknown_system"),
        ({"channel": "pigeon"}, "unknown_channel"),
        ({"priority_contact": "king"}, "unknown_priority_contact"),
        ({"harm_kind": "rudeness"}, "unknown_harm_kind"),
        ({"category": "<b>"}, "bad_text"),
        ({"contact_allowed": "yes"}, "bad_text"),
        ({"attachments_urls": ["http://example.com/a"]}, "bad_text"),
        ({"text": "x" * 10_001}, "too_long"),
        ({"text": "a\x00b"}, "bad_text"),
    ],
)
def test_a_flawed_item_is_refused_alone_and_its_words_are_kept_nowhere(token, fields, code):
    answer = post(token, [item(1), item(2, **fields)])

    assert answer.status_code == 202
    assert [(each["index"], each["code"]) for each in answer.json()["refused"]] == [(1, code)]
    assert Complaint.objects.count() == 1
    assert CANARY not in IngestRefusal.objects.get().sample
    assert post(token, [item(3, **fields)]).status_code == 422


def test_tests_and_bodies_that_nobody_can_read_store_nothing(token):
    assert post(token, item(test=True)).json() == {"accepted": 0, "duplicates": 0, "tests": 1, "refused": []}
    assert post(token, b"{").status_code == 400
    assert post("airp_wrong_token", item()).status_code == 401
    assert not Complaint.objects.exists()


def test_the_original_is_encrypted_in_the_database(token):
    post(token, item())
    with connection.cursor() as cursor:
        cursor.execute("SELECT text || contact FROM incidents_complaintoriginal")
        stored = cursor.fetchone()[0]
    assert CANARY not in stored
    assert "customer" not in stored
    assert ComplaintOriginal.objects.get().text == TEXT


def test_a_cloudevent_of_its_type_brings_one_too(token):
    data = {name: value for name, value in item().items() if name not in {"id", "received_at"}}
    known = {"specversion": "1.0", "source": "/shop", "type": "airp.complaint.v1", "time": item()["received_at"]}
    events = [known | {"id": "e1", "data": data}, known | {"id": "e2", "data": data | {"channel": "pigeon"}}]
    raw, media = json.dumps(events), "application/cloudevents-batch+json"

    answers = [
        Client().post("/ingest/cloudevents", raw, content_type=media, headers={"authorization": f"Bearer {token}"})
        for _turn in range(2)
    ]

    assert [answer.status_code for answer in answers] == [202, 204]
    assert answers[0].json()["accepted"] == 1
    assert [(each["index"], each["code"]) for each in answers[0].json()["refused"]] == [(1, "unknown_channel")]
    assert Complaint.objects.get().channel == "chat"
    assert counted("refund") == (1, 1)


def test_what_the_customers_of_the_demo_write_is_taken(token):
    now = timezone.now()
    assistant = Assistant(Levers(model=BAD), seed=3, run="run")
    for step in range(30, 2, -1):
        assistant.serve(until=now - step * timedelta(seconds=20), seconds=20)
    items = assistant.complain(until=now)

    answer = post(token, items)

    assert answer.json() == {"accepted": len(items), "duplicates": 0, "refused": []}
    assert Complaint.objects.exclude(priority_contact="").count() == 1
    shown = " ".join(Complaint.objects.values_list("text", flat=True))
    assert "mail.example" not in shown
    assert "+47" not in shown
    assert "EUR" in shown
