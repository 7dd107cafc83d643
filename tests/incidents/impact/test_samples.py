"""The vault: redacted to read, raw only for a reason; the words as they came are found nowhere else."""

import logging
from datetime import timedelta

import pytest
from django.contrib import admin
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from airp.audit.models import AuditEntry
from incidents.complaints.sampling import take
from incidents.impact.keeping import Draft, OriginalErased, keep_sample, reveal
from incidents.impact.retention import erase_expired
from incidents.impact.samples import Found, HarmSample, SampleOriginal, SampleReveal
from incidents.response.kinds import Kind
from incidents.response.models import Incident
from incidents.response.refusals import AlreadyDone, NotPermitted, ReasonMissing
from incidents.response.revealing import TooManyReveals
from incidents.response.states import State
from incidents.response.timeline import react_to_next
from incidents.response.visibility import Visibility
from tests.incidents import cases
from tests.incidents.complaints.makers import complaint
from tests.incidents.detection import makers

pytestmark = pytest.mark.django_db
CANARY = "zitronenfalter"
PROMPT = f"Mail me at {CANARY}@example.com. <script>alert(1)</script> \u202egnp"
OUTPUT = f"Your password is {CANARY}. https://evil.example/x <b hx-get=/x>"
HTMX = {"HX-Request": "true"}


def kept(case, by, now, **more):
    given = {"prompt": PROMPT, "output": OUTPUT, "source": f"log of {CANARY}@example.com", "found": Found.LOGS}
    return keep_sample(case, draft=Draft(**given | more), by=by, now=now)


def page_of(case):
    return f"/incidents/{case.reference}/samples/"


def original_of(case, sample):
    return f"{page_of(case)}{sample.number}/original/"


def test_a_sample_is_read_redacted_and_its_original_for_a_reason_that_is_recorded(now, client_for, edie, ravi):
    case = cases.incident(now=now)
    sample, client = kept(case, edie, now, version="v15", language="en"), client_for(ravi)
    assert (sample.prompt[:24], "[secret hidden]" in sample.output) == ("Mail me at [e-mail hidde", True)
    shown = client.get(page_of(case)).content.decode()
    for words in ("&lt;script&gt;", "[U+202E]", "&lt;b hx-get", 'class="words blurred" hx-disable', "Nobody yet"):
        assert words in shown
    assert "<a href=" + '"https://evil' not in shown
    refused = client.post(original_of(case, sample), {f"reveal-{sample.number}-reason": " "}, headers=HTMX)
    assert (refused.status_code, SampleReveal.objects.count()) == (422, 0)
    said = {f"reveal-{sample.number}-reason": "To judge the tone."}
    answer = client.post(original_of(case, sample), said, headers=HTMX)
    assert f"{CANARY}@example.com" in answer.content.decode()
    assert "&lt;script&gt;" in answer.content.decode()
    assert "no-store" in answer.headers["Cache-Control"]
    entry = case.timeline.get(kind=Kind.SAMPLE_REVEALED)
    assert (entry.actor, entry.facts, entry.words) == (ravi, {"sample": 1}, "To judge the tone.")
    assert AuditEntry.objects.get(act="sample.revealed").actor == ravi
    later = client.get(page_of(case)).content.decode()
    assert "Original read once." in later
    assert "Original read 0" not in later
    assert "Ravi Responder" in later
    assert CANARY not in later


def test_who_may_not_read_originals_gets_none_and_nothing_is_recorded(now, client_for, tess, uma, ada, cora, mo, ravi):
    case = cases.incident(now=now)
    sample = kept(case, tess, now)
    for person in (uma, ada, cora):
        assert client_for(person).post(original_of(case, sample), {}).status_code == 403
        with pytest.raises(NotPermitted):
            reveal(sample, by=person, now=now, reason="Curious.")
    with pytest.raises(ReasonMissing):
        reveal(sample, by=ravi, now=now, reason=" ")
    for person in (uma, ada):
        with pytest.raises(NotPermitted):
            kept(case, person, now)
    hidden = cases.incident(now=now, visibility=Visibility.RESTRICTED, by=mo)
    secret = kept(hidden, mo, now)
    for address in (page_of(hidden), f"{page_of(hidden)}taken-over/", original_of(hidden, secret)):
        assert client_for(ravi).post(address).status_code == 404
    with pytest.raises(NotPermitted):
        reveal(secret, by=ravi, now=now, reason="Curious.")
    assert not SampleReveal.objects.exists()
    assert not AuditEntry.objects.filter(act="sample.revealed").exists()


def test_reveals_of_one_person_are_limited_within_an_hour(now, tess, ravi, settings):
    settings.REVEALS_PER_HOUR = 2
    case = cases.incident(now=now)
    sample = kept(case, tess, now)
    for _n in range(2):
        reveal(sample, by=ravi, now=now, reason="To judge.")
    with pytest.raises(TooManyReveals):
        reveal(sample, by=ravi, now=now + timedelta(minutes=59), reason="To judge.")
    assert reveal(sample, by=tess, now=now, reason="To judge.").output == OUTPUT
    reveal(sample, by=ravi, now=now + timedelta(minutes=61), reason="To judge.")
    assert SampleReveal.objects.filter(by=ravi).count() == 3
    with pytest.raises(DatabaseError), transaction.atomic():
        SampleReveal.objects.all().delete()


def test_the_form_keeps_what_was_typed_and_needs_words(now, client_for, tess):
    case, client = cases.incident(now=now), client_for(tess)
    empty = client.post(page_of(case), {"source": "The log", "found": "logs", "prompt": " "})
    assert (empty.status_code, "The log" in empty.content.decode()) == (422, True)
    assert not HarmSample.objects.exists()
    typed = {"prompt": PROMPT, "output": "", "found": "test", "happened_at": "2026-11-01T10:00"}
    assert client.post(page_of(case), typed).status_code == 302
    sample = HarmSample.objects.get()
    assert (sample.number, sample.found, sample.by) == (1, "test", tess)
    assert sample.original.prompt == PROMPT
    with pytest.raises(DatabaseError), transaction.atomic():
        HarmSample.objects.update(prompt="x")


def test_words_of_a_complaint_are_taken_over_once_by_those_who_may_read_them(now, client_for, tess, ravi):
    cases.assistant()
    case = cases.incident(now=now, system=makers.system())
    told = complaint(at=now, text=OUTPUT)
    told.attach_to_incident(case, by=tess, now=now)
    other = complaint(2, at=now, text="Elsewhere")
    assert "Take over from a complaint" not in client_for(ravi).get(page_of(case)).content.decode()
    client, address = client_for(tess), f"{page_of(case)}taken-over/"
    assert told.reference in client.get(page_of(case)).content.decode()
    wanted = {"from": f"complaint/{told.reference}"}
    client_for(ravi).post(address, wanted)
    client.post(address, {"from": f"complaint/{other.reference}"})
    client.post(address, {"from": "nobody/1"})
    assert not HarmSample.objects.exists()
    for _n in range(2):
        client.post(address, wanted)
    sample = HarmSample.objects.get()
    assert (sample.found, sample.source, sample.original.output) == ("complaint", told.reference, OUTPUT)
    assert CANARY not in sample.output
    assert AuditEntry.objects.filter(act="complaint.sampled").count() == 1
    with pytest.raises(AlreadyDone):
        keep_sample(case, draft=take(case, told.reference, by=tess, now=now), by=tess, now=now)


def held():
    return Incident.objects.filter(title="Held")


HOLDS = (held,)


def test_originals_end_with_their_term_after_the_incident_unless_held(now, tess, ravi, settings):
    settings.EVIDENCE_HOLDS = "tests.incidents.impact.test_samples.HOLDS"
    settings.SAMPLES_KEPT = timedelta(days=90)
    ended = {"now": now, "state": State.CLOSED, "severity": "SEV4"}
    over, open_one = cases.incident(**ended), cases.incident(now=now)
    kept_ones = [kept(case, tess, now) for case in (over, open_one, cases.incident(**ended, title="Held"))]
    kept(over, tess, now + timedelta(days=60))
    assert erase_expired(now=now + timedelta(days=89)) == 0
    assert erase_expired(now=now + timedelta(days=91)) == 1
    assert erase_expired(now=now + timedelta(days=91)) == 0
    assert not SampleOriginal.objects.filter(sample=kept_ones[0]).exists()
    assert SampleOriginal.objects.count() == 3
    assert HarmSample.objects.count() == 4
    assert AuditEntry.objects.get(act="samples.erased").facts == {"count": 1, "samples": [kept_ones[0].pk]}
    with pytest.raises(OriginalErased):
        reveal(kept_ones[0], by=ravi, now=now, reason="To judge.")


def test_the_list_pages_and_costs_the_same_however_long_it_is(now, client_for, tess, monkeypatch):
    monkeypatch.setattr("incidents.impact.sample_pages.SHOWN", 3)
    case, client = cases.incident(now=now), client_for(tess)

    def queries():
        with CaptureQueriesContext(connection) as found:
            assert client.get(page_of(case)).status_code == 200
        return len(found)

    reveal(kept(case, tess, now), by=tess, now=now, reason="To judge.")
    few = queries()
    for _n in range(4):
        kept(case, tess, now)
    assert queries() == few <= 12
    first = client.get(page_of(case)).context
    assert [row["sample"].number for row in first["rows"]] == [5, 4, 3]
    older = client.get(f"{page_of(case)}?before={first['older']}").context
    assert [row["sample"].number for row in older["rows"]] == [2, 1]


def leaks(page):
    return CANARY in page.lower()


def test_the_words_as_they_came_are_nowhere_else(client_for, tess, uma, ada, caplog):
    """Pages, fragments, admin, mails, logs, and every text of every table."""
    now = timezone.now()
    case = cases.incident(now=now)
    sample = kept(case, tess, now)
    reveal(sample, by=tess, now=now, reason=f"Is {CANARY}@example.com a customer?")
    while react_to_next(now=now):
        pass
    room = reverse("incidents:incident", args=[case.reference])
    urls = [room, page_of(case), f"{room}exposure/", f"{room}live/", "/", "/complaints/?state=all", "/deliveries/",
            "/systems/", f"/?q={CANARY}x"]  # fmt: skip
    for person in (tess, uma, ada):
        caplog.set_level(logging.DEBUG if person == ada else logging.INFO)
        client = client_for(person)
        answers = [client.get(url, headers=headers) for url in urls for headers in ({}, HTMX)]
        assert {answer.status_code for answer in answers} == {200}
        assert [a.request["PATH_INFO"] for a in answers if leaks(a.content.decode().replace(f"{CANARY}x", ""))] == []
    assert not leaks(caplog.text.replace(f"{CANARY}x", ""))
    for model in admin.site._registry:
        base = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        assert not leaks(client.get(reverse(f"{base}_changelist")).content.decode()), base
    with pytest.raises(NoReverseMatch):
        reverse("admin:incidents_harmsample_changelist")
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE '%\\_p%'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT count(*) FROM "{table}" AS kept WHERE kept::text ILIKE %s', [f"%{CANARY}%"])
            assert cursor.fetchone()[0] == 0, table
