"""What people see of alerts of other systems, and how routing keys are handed out."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from airp.audit.models import AuditEntry
from incidents.detection.alerting import take_reports
from incidents.detection.breaches import Breach
from incidents.detection.dialects import AlertDialect
from incidents.detection.foreign_alerts import ForeignAlert
from incidents.detection.ingestion import Outcome
from incidents.detection.parsers.reports import Act, Report
from incidents.detection.queries import breaches_to_decide
from incidents.detection.routing_keys import RoutingKey
from incidents.detection.sources import SignalSource
from incidents.response.models import Incident
from incidents.response.visibility import Visibility
from tests import factories
from tests.incidents.detection import makers

TITLE = "Refund answers <b>went</b> wrong"


@pytest.fixture
def source(db) -> SignalSource:
    makers.severity()
    factories.person("mo")
    return makers.source(system=makers.system())


def hear(source: SignalSource, key: str = "k1", **fields) -> ForeignAlert:
    known = {"act": Act.FIRING, "payload_hash": key.encode(), "title": TITLE, "severity": "P1"}
    facts = (("note", "hidden\u202etext"),)
    report = Report(key=key, **{**known, "source_url": "https://watch.example.com/7", "facts": facts, **fields})
    take_reports(source, [(0, report)], Outcome(), now=timezone.now())
    return ForeignAlert.objects.get(source=source, key=key)


def test_the_page_of_a_breach_shows_what_the_sender_said(client_for, uma, source):
    hear(source)
    alert = hear(source, payload_hash=b"again", description="Now 9 of 40.")
    page = client_for(uma).get(reverse("incidents:breach", args=[alert.breach_id])).content.decode()
    for words in ("Refund answers &lt;b&gt;", "Now 9 of 40.", "2 times", "sent as “P1”, which is not known here"):
        assert words in page
    assert 'href="https://watch.example.com/7" rel="noopener noreferrer nofollow"' in page
    assert "<b>went</b>" not in page
    assert "\u202e" not in page
    assert "Still going" in page


def test_the_board_asks_for_a_decision_under_the_alert_s_own_title(source, tess):
    hear(source)
    (asked,) = breaches_to_decide(tess, timezone.now())
    assert asked["title"] == TITLE


def test_the_page_of_the_source_shows_its_alerts_in_few_queries(client_for, ada, source, django_assert_max_num_queries):
    for number in range(12):
        hear(source, f"k{number}")
    url, client = reverse("incidents:source", args=[source.pk]), client_for(ada)
    with django_assert_max_num_queries(24):
        page = client.get(url).content.decode()
    assert page.count("Refund answers &lt;b&gt;") == 12
    assert "dialect-group" in page


def test_an_alert_of_a_restricted_incident_is_hidden_with_it(client_for, uma, mo, source):
    alert = hear(source)
    incident = alert.breach.intervene(by=mo, now=timezone.now())
    Incident.objects.filter(pk=incident.pk).update(visibility=Visibility.RESTRICTED)
    url = reverse("incidents:source", args=[source.pk])
    assert b"Refund answers" not in client_for(uma).get(url).content
    assert client_for(uma).get(reverse("incidents:breach", args=[alert.breach_id])).status_code == 404


def test_an_alert_that_nobody_was_asked_about_says_why(client_for, uma, source):
    threshold = hear(source).breach.threshold
    threshold.set_mode("paused", by=None, now=timezone.now(), reason="Moving house")
    Breach.objects.update(cleared_at=timezone.now(), cleared_reason="withdrawn")
    hear(source, "k2")
    page = client_for(uma).get(reverse("incidents:source", args=[source.pk])).content.decode()
    assert page.count("not put before anybody") == 1


def test_a_routing_key_is_shown_once_and_works(client_for, ada, source):
    client, url = client_for(ada), reverse("incidents:source_routing_keys", args=[source.pk])
    page = client.post(url).content.decode()
    (key,) = set(re.findall(r">([0-9a-f]{32})<", page))
    assert RoutingKey.prove(key) == source
    assert key not in client.get(reverse("incidents:source", args=[source.pk])).content.decode()
    assert client.post(url).status_code == 200
    refused = client.post(url)
    assert refused.status_code == 409
    assert b"Two routing keys are live" in refused.content
    assert RoutingKey.objects.count() == 2


def test_a_revoked_key_ends_at_once_and_only_its_own_source_can_revoke_it(client_for, ada, tess, source):
    key = RoutingKey.issue(source, by=ada, now=timezone.now())
    known, other = RoutingKey.objects.get(), makers.source("Other")
    name = "incidents:source_routing_key_revocation"
    assert client_for(tess).post(reverse(name, args=[source.pk, known.pk])).status_code == 403
    assert client_for(ada).post(reverse(name, args=[other.pk, known.pk])).status_code == 404
    assert RoutingKey.prove(key) == source
    assert client_for(ada).post(reverse(name, args=[source.pk, known.pk])).status_code == 302
    assert RoutingKey.prove(key) is None
    assert AuditEntry.objects.filter(act="source.routing_key_revoked", actor=ada).count() == 1


def test_admins_write_down_the_words_of_a_source_and_mistakes_are_named(client_for, ada, source):
    client, url = client_for(ada), reverse("admin:incidents_signalsource_change", args=[source.pk])
    form = client.get(url).context["adminform"].form
    given = {name: value for name, value in form.initial.items() if value is not None} | {"mapping": "{}"}
    formsets = {
        **{f"tokens-{name}": 0 for name in ("TOTAL_FORMS", "INITIAL_FORMS")},
        **{"dialect-TOTAL_FORMS": 1, "dialect-INITIAL_FORMS": 0, "dialect-0-webhook_origins": "[]"},
    }
    wrong = client.post(url, given | formsets | {"dialect-0-severity_words": '{"page": "terrible"}'})
    assert wrong.status_code == 200
    assert "must stand for one of" in wrong.content.decode()
    assert not AlertDialect.objects.exists()
    saved = client.post(url, given | formsets | {"dialect-0-severity_words": '{"page": "critical"}'})
    assert saved.status_code == 302
    assert AlertDialect.objects.get().severity_words == {"page": "critical"}
