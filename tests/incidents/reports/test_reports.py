"""Reports by colleagues: who may know who it was, what is stored, what triage does, and how it is followed."""

import logging
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from airp.audit.models import AuditEntry
from incidents.reports.report import Report, ReportOriginal
from incidents.reports.states import Discretion, State
from incidents.response.declaring import Declaration
from incidents.response.refusals import AlreadyDone, ImpossibleTime, NotPermitted, ReasonMissing, WrongState
from incidents.response.revealing import TooManyReveals
from incidents.response.visibility import Visibility
from incidents.systems.models import AISystem
from incidents.triage.reasons import DeclineReason
from tests.incidents import cases
from tests.incidents.reports.makers import CANARY, TEXT, report

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def now():
    cases.assistant()
    return timezone.now()


def typed(**given):
    known = {
        "ticket": "t" * 32,
        "system": cases.assistant().pk,
        "text": TEXT,
        "discretion": "named",
        "urgency": "usual",
    }
    return known | given


def test_anybody_who_can_sign_in_reports_in_one_form_and_sees_what_becomes_of_it(client_for, sam, tess, now):
    client = client_for(sam)
    assert client.post("/report/", typed(urgency="urgent")).status_code == 302
    assert client.post("/report/", typed()).status_code == 302  # pressed twice
    found = Report.objects.get()
    assert (found.reporter, found.is_urgent) == (sam, True)
    assert found.respond_by == found.received_at + HOUR
    assert CANARY not in found.text
    assert CANARY in found.original.text
    found.decline(why=DeclineReason.NOT_OURS, by=tess, now=now)
    shown = client.get("/report/").content.decode()
    assert found.reference in shown
    assert "Not about our AI systems" in shown
    assert found.reference not in client_for(tess).get("/report/").content.decode()


def test_what_is_wrong_is_said_at_the_field_and_nothing_typed_is_lost(client_for, sam, now):
    answer = client_for(sam).post("/report/", typed(system="", happened_at="2100-01-01T00:00"))
    assert answer.status_code == 422
    assert {"system", "happened_at"} == set(answer.context["form"].errors)
    assert CANARY in answer.content.decode()
    assert not Report.objects.exists()


def test_of_an_anonymous_report_nobody_knows_who_it_was(client_for, lee, tess, now, caplog):
    caplog.set_level(logging.INFO)
    client = client_for(lee)
    slip = typed(discretion="anonymous", system="")
    assert client.post("/report/", slip).status_code == 422  # whose slip it was would tell whose report follows it
    shown = client.post("/report/", typed(discretion="anonymous")).content.decode()
    code = re.search(r'class="code">([a-z2-7]{24})<', shown)[1]
    found = Report.objects.get()
    assert found.reporter is None
    assert found.entries.get().by is None
    assert AuditEntry.objects.get(act="report.taken").actor is None
    assert "anonymous: not stored" in client_for(tess).get(f"/reports/{found.pk}/").content.decode()
    followed = client.post("/report/follow/", {"code": code.upper()}).content.decode()
    assert found.reference in followed
    assert client.post("/report/follow/", {"code": "a" * 24}).status_code == 422
    finished = [each.getMessage() for each in caplog.records if "request_finished" in each.getMessage()]
    assert len(finished) == 5
    assert not any(f"'user_id': {lee.pk}" in line or f'"user_id": {lee.pk}' in line for line in finished)
    assert code not in caplog.text
    assert lee.name not in client_for(tess).get(f"/reports/{found.pk}/").content.decode()


def test_who_reported_in_confidence_is_for_triage_alone(client_for, lee, tess, mo, uma, now):
    found = report(at=now, by=lee, discretion=Discretion.CONFIDENTIAL)
    incident = cases.incident(now=now)
    found.attach_to(incident, by=tess, now=now)
    assert lee.name in client_for(tess).get(f"/reports/{found.pk}/").content.decode()
    page = client_for(uma).get(f"/incidents/{incident.reference}/").content.decode()
    assert found.reference in page
    assert lee.name not in page
    assert client_for(uma).get(f"/reports/{found.pk}/").status_code == 403
    assert AuditEntry.objects.get(act="report.taken").actor is None
    named = report(2, at=now, by=lee)
    named.attach_to(incident, by=tess, now=now)
    assert lee.name in client_for(uma).get(f"/incidents/{incident.reference}/").content.decode()


def test_the_words_as_typed_are_in_one_column_and_shown_for_a_reason_alone(client_for, tess, ravi, now):
    found = report(at=now, sample=f"Call {CANARY}@example.com")
    with connection.cursor() as cursor:
        for table in ("incidents_report", "incidents_reportoriginal", "incidents_reportentry", "audit_auditentry"):
            cursor.execute(f'SELECT count(*) FROM "{table}" AS kept WHERE kept::text ILIKE %s', [f"%{CANARY}%"])
            assert cursor.fetchone()[0] == 0, table
    address = f"/reports/{found.pk}/original/"
    assert CANARY not in client_for(tess).get(f"/reports/{found.pk}/").content.decode()
    assert client_for(ravi).post(address, {"original-reason": "Curious."}).status_code == 403
    assert client_for(tess).post(address, {"original-reason": " "}).status_code == 422
    assert not found.entries.filter(verb="reveal").exists()
    assert CANARY in client_for(tess).post(address, {"original-reason": "To ask back."}).content.decode()
    assert found.entries.get(verb="reveal").by == tess
    assert ReportOriginal.objects.count() == 1


def test_originals_are_not_read_without_end(tess, now, settings):
    settings.REVEALS_PER_HOUR = 1
    first, second = report(at=now), report(2, at=now)
    assert first.reveal(by=tess, now=now, reason="To ask back.") == first.original
    with pytest.raises(TooManyReveals):
        second.reveal(by=tess, now=now, reason="That one too.")
    assert not second.entries.filter(verb="reveal").exists()


def test_triage_accepts_attaches_declines_puts_off_and_takes_each_back(tess, lee, now):
    found = report(at=now)
    before = found.standing
    with pytest.raises(NotPermitted):
        found.decline(why=DeclineReason.SETTLED, by=lee, now=now)
    with pytest.raises(ImpossibleTime):
        found.snooze(until=now + timedelta(days=8), by=tess, now=now)
    found.snooze(until=now + HOUR, by=tess, now=now)
    found.take_back(before, by=tess, now=now)
    assert (found.state, found.snoozed_until) == (State.NEW, None)

    found.decline(why=DeclineReason.DUPLICATE, by=tess, now=now)
    with pytest.raises(WrongState):
        found.snooze(until=now + HOUR, by=tess, now=now)
    with pytest.raises(ReasonMissing):
        found.reopen(by=tess, now=now, reason=" ")
    found.reopen(by=tess, now=now, reason="It is another one.")

    given = {"title": "Address told", "system": found.system, "severity": cases.level("SEV2")}
    incident = found.accept(Declaration(**given), by=tess, now=now)
    assert incident.timeline.order_by("-seq").first().kind == "report_attached"
    found.take_back(before, by=tess, now=now)
    assert (found.state, found.incident) == (State.NEW, None)
    assert incident.timeline.order_by("-seq").first().kind == "report_detached"

    found.attach_to(incident, by=tess, now=now)
    with pytest.raises(AlreadyDone):
        found.attach_to(incident, by=tess, now=now)
    elsewhere = cases.incident(now=now, system=AISystem.objects.create(slug="b", name="B", purpose="p"))
    with pytest.raises(WrongState):
        found.attach_to(elsewhere, by=tess, now=now)
    assert found.incident == incident
    assert list(found.entries.order_by("pk").values_list("verb", flat=True)) == [
        *("take", "snooze", "take_back", "decline", "reopen", "accept", "take_back", "attach"),
    ]


def test_a_report_of_a_restricted_incident_is_not_there_for_others(client_for, tess, mo, now):
    found = report(at=now)
    found.attach_to(cases.incident(now=now, by=mo, visibility=Visibility.RESTRICTED), by=mo, now=now)
    assert client_for(tess).get(f"/reports/{found.pk}/").status_code == 404
    assert client_for(mo).get(f"/reports/{found.pk}/").status_code == 200
    assert not Report.objects.visible_to(tess).exists()
