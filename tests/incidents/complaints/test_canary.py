"""What a complainant wrote and where they can be reached is found nowhere but in the one answer that reveals it."""

import logging

import pytest
from django.contrib import admin
from django.db import connection
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from airp.audit.models import AuditEntry
from airp.outbound.models import Delivery
from incidents.complaints.own_source import own_source
from incidents.complaints.public_form import FormState, PublicForm
from incidents.response.models import TimelineText
from incidents.response.timeline import react_to_next
from tests.incidents import cases
from tests.incidents.complaints.makers import complaint
from tests.incidents.detection import makers

pytestmark = pytest.mark.django_db
CANARY = "zitronenfalter"
TEXT = f"I am at {CANARY}@example.com, my password is {CANARY}, the chat promised me money."
HTMX = {"HX-Request": "true"}


@pytest.fixture
def told(tess):
    """A complaint that went through everything that happens to one."""
    cases.assistant()
    now = timezone.now()
    incident = cases.incident(now=now, system=makers.system())
    found = complaint(at=now, text=TEXT, complainant=f"{CANARY}@mail.example", channel="press")
    PublicForm.objects.create(system=found.system, state=FormState.OPEN, known_as="the chat", promise="We read it.")
    found.attach_to_incident(incident, by=tess, now=now)
    found.classify(category="booking", harm_kind=None, by=tess, now=now)
    found.answer_with(text="You get your money.", by=tess, now=now)
    while react_to_next(now=now):
        pass
    return found, found.issue_code(by=tess, now=now)


def test_it_is_on_no_page_and_in_no_fragment(told, client_for, tess, uma, ada, caplog):
    found, code = told
    ones = [("complaint", found.reference), ("incident", found.incident.reference), ("system", found.system.slug)]
    urls = [reverse(f"incidents:{name}", args=[value]) for name, value in [*ones, ("source", own_source().pk)]]
    urls += [
        reverse("incidents:complaint_follow", args=[code]),
        reverse("incidents:complain", args=[found.system.slug]),
    ]
    urls += [
        "/",
        "/complaints/?state=all",
        f"/complaints/?state=all&q={CANARY}x",
        "/sources/",
        "/deliveries/",
        "/systems/",
    ]
    for person in (tess, uma, ada):
        # Every word of the log once is enough, and writing it is what takes the time.
        caplog.set_level(logging.DEBUG if person == ada else logging.INFO)
        client = client_for(person)
        answers = [client.get(url, headers=headers) for url in urls for headers in ({}, HTMX)]
        assert {answer.status_code for answer in answers} == {200}
        leaks = [answer.request["PATH_INFO"] for answer in answers if _leaks(answer.content.decode())]
        assert leaks == []
    assert CANARY not in caplog.text.replace(f"{CANARY}x", "")
    assert code not in "".join(record.getMessage() for record in caplog.records if "request" in record.name)


def _leaks(page):
    return CANARY in page.replace(f"{CANARY}x", "").lower()


def test_it_is_in_no_page_of_the_admin(told, client_for, ada):
    client, seen = client_for(ada), 0
    for model in admin.site._registry:
        base = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        answer = client.get(reverse(f"{base}_changelist"))
        assert not _leaks(answer.content.decode()), base
        first = model._default_manager.order_by("pk").first()
        try:
            url = reverse(f"{base}_change", args=[first.pk]) if first else ""
        except NoReverseMatch:
            continue
        seen += bool(url) and not _leaks(client.get(url).content.decode())
    assert seen > 3


def test_it_is_readable_in_no_row_of_the_database(told):
    """Every text of every table: encrypted, redacted or not there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE '%\\_p%'")
        tables = [row[0] for row in cursor.fetchall()]
        leaks = []
        for table in tables:
            cursor.execute(f'SELECT count(*) FROM "{table}" AS kept WHERE kept::text ILIKE %s', [f"%{CANARY}%"])
            leaks += [table] if cursor.fetchone()[0] else []
    assert leaks == []
    assert AuditEntry.objects.filter(act__startswith="complaint.").count() == 4
    assert Delivery.objects.exists() or TimelineText.objects.exists()
