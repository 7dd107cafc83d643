"""Alerts of other systems in our own format: what they open, what repeats and what ends, and that people decide."""

import threading
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from airp.audit.models import AuditEntry
from incidents.detection.activity import IngestRefusal, SourceActivity
from incidents.detection.alerting import take_reports
from incidents.detection.breaches import Breach
from incidents.detection.choices import Metric, Mode
from incidents.detection.deciding import Decision
from incidents.detection.dialects import AlertDialect
from incidents.detection.foreign_alerts import ForeignAlert
from incidents.detection.ingestion import Outcome
from incidents.detection.parsers.reports import read_report
from incidents.detection.retention import drop_expired
from incidents.detection.thresholds import Threshold
from incidents.detection.watching import withdraw_unwatched
from incidents.response.kinds import Kind, Occasion
from incidents.response.models import Incident
from incidents.response.states import State
from incidents.response.timeline import PendingReaction
from incidents.systems.models import Ownership
from tests import factories
from tests.incidents import cases
from tests.incidents.detection import makers
from tests.incidents.detection.senders import own, send

ALERTS = "/ingest/v1/alerts"


@pytest.fixture
def source(db, tess):
    makers.severity()
    system = makers.system()
    Ownership.objects.create(system=system, person=tess)
    return makers.source(system=system)


@pytest.fixture
def token(source) -> str:
    return source.issue_token(by=None, now=timezone.now())


def watcher(**fields) -> Threshold:
    """A threshold for alerts about the assistant, made by an admin."""
    category = fields.pop("category", "")
    severity = fields.pop("severity", "SEV2")
    threshold = makers.threshold(**{"name": "Alerts of others", **fields})
    makers.version(
        threshold,
        now=timezone.now(),
        metric=Metric.ALERT,
        limit=1,
        category=category,
        severity=makers.severity(severity),
        dedup_template="{system}/alerts",
    )
    return threshold


class TestFiring:
    def test_an_alert_opens_a_breach_that_asks_the_owner_of_the_system(self, token, tess):
        answer = send(ALERTS, own(severity="error", source_url="https://watch.example.com/7"), token=token)
        assert (answer.status_code, answer.json()) == (202, {"accepted": 1, "duplicates": 0, "refused": []})
        alert, breach = ForeignAlert.objects.get(), Breach.objects.get()
        assert (alert.breach, alert.severity, alert.severity_origin) == (breach, "error", "sent")
        assert (breach.headline, breach.incident, breach.decision) == ("Refund answers went wrong", None, Decision.NONE)
        assert breach.decision_due_at == breach.detected_at + timedelta(minutes=15)
        assert PendingReaction.objects.filter(kind=Occasion.BREACH_OPENED).count() == 1
        threshold = breach.threshold
        assert (threshold.owner, threshold.mode, threshold.on_breach) == (tess, Mode.ACTIVE, "ask")
        assert AuditEntry.objects.filter(act="threshold.mode_set", object_label=threshold.name).count() == 1

    def test_the_threshold_is_made_once_and_takes_the_next_alert_too(self, token):
        send(ALERTS, [own("a"), own("b")], token=token)
        send(ALERTS, own("c"), token=token)
        assert Threshold.objects.count() == 1
        assert Breach.objects.open().count() == 3

    def test_whoever_read_the_clock_before_the_threshold_was_made_is_asked_about_too(self, token, source):
        send(ALERTS, own("a"), token=token)
        take_reports(source, [(0, read_report(own("b")))], Outcome(), now=timezone.now() - timedelta(seconds=9))
        assert Breach.objects.open().count() == 2

    def test_a_repeat_is_an_occurrence_and_a_second_try_is_not(self, token):
        send(ALERTS, own(), token=token)
        assert send(ALERTS, own(), token=token).json() == {"accepted": 0, "duplicates": 1, "refused": []}
        send(ALERTS, own(title="Worse", description="now 9 of 40"), token=token)
        ForeignAlert.objects.update(last_seen_at=timezone.now() - timedelta(minutes=6))
        send(ALERTS, own(title="Worse", description="now 9 of 40"), token=token)
        alert = ForeignAlert.objects.get()
        assert (alert.occurrence_count, alert.title, alert.description) == (3, "Worse", "now 9 of 40")
        assert Breach.objects.get().headline == "Refund answers went wrong"

    def test_an_unknown_severity_is_a_warning_and_says_so(self, token, source):
        AlertDialect.objects.create(source=source, severity_words={"Page": "critical"})
        send(ALERTS, [own("a", severity="P9"), own("b", severity="page"), own("c")], token=token)
        found = ForeignAlert.objects.order_by("key").values_list("severity_sent", "severity", "severity_origin")
        assert list(found) == [("P9", "warning", "assumed"), ("page", "critical", "mapped"), ("", "warning", "assumed")]

    def test_two_sources_with_one_key_mean_two_alerts(self, token, source):
        other = makers.source("Other", system=source.system)
        send(ALERTS, own("x" * 255), token=token)
        send(ALERTS, own("x" * 255), token=other.issue_token(by=None, now=timezone.now()))
        assert Breach.objects.open().count() == 2
        assert all(len(key) < 255 for key in Breach.objects.values_list("group_key", flat=True))

    def test_a_policy_of_declaring_declares_and_further_alerts_join(self, token):
        watcher(on_breach="declare")
        send(ALERTS, own("a"), token=token)
        send(ALERTS, own("b", title="Another one"), token=token)
        incident = Incident.objects.get()
        assert incident.title == "Refund answers went wrong"
        assert incident.breaches.count() == 2
        assert incident.timeline.filter(kind=Kind.BREACH_ATTACHED).count() == 2

    def test_a_threshold_for_a_severity_comes_before_the_one_for_all(self, token):
        watcher()
        urgent = watcher(name="Critical alerts", category="critical", severity="SEV1", on_breach="declare")
        send(ALERTS, own("a", severity="warning"), token=token)
        assert Incident.objects.count() == 0
        send(ALERTS, own("a", severity="critical"), token=token)
        assert set(Breach.objects.open().values_list("threshold__name", flat=True)) == {
            "Alerts of others",
            "Critical alerts",
        }
        assert Incident.objects.get().severity.slug == "SEV1"
        send(ALERTS, own("a", severity="info"), token=token)
        assert ForeignAlert.objects.get().breach.threshold == urgent
        send(ALERTS, own("a", status="resolved"), token=token)
        assert Breach.objects.open().count() == 0


class TestEnding:
    def test_resolve_ends_the_breach_and_says_so_on_the_incident_which_stays_open(self, token):
        watcher(on_breach="declare")
        send(ALERTS, own(), token=token)
        answer = send(ALERTS, own(status="resolved"), token=token)
        assert answer.status_code == 202
        breach, incident = Breach.objects.get(), Incident.objects.get()
        assert (breach.cleared_reason, incident.is_open) == ("sender_resolved", True)
        assert incident.timeline.filter(kind=Kind.SIGNAL_CLEARED).count() == 1
        assert ForeignAlert.objects.get().resolved_at is not None

    def test_an_ended_breach_that_nobody_decided_still_asks(self, token):
        send(ALERTS, own(), token=token)
        send(ALERTS, own(status="resolved"), token=token)
        assert Breach.objects.undecided().get().decision_due_at is not None

    def test_resolve_of_what_we_do_not_know_is_taken_and_changes_nothing(self, token):
        answer = send(ALERTS, own(status="resolved"), token=token)
        assert (answer.status_code, answer.json()["unmatched"]) == (202, 1)
        assert (ForeignAlert.objects.count(), Breach.objects.count()) == (0, 0)

    def test_after_the_end_the_same_key_is_a_new_alert(self, token):
        for status in ("firing", "resolved", "firing"):
            send(ALERTS, own(status=status), token=token)
        assert ForeignAlert.objects.count() == 2
        first, second = Breach.objects.order_by("pk")
        assert (first.cleared_reason, second.cleared_at) == ("sender_resolved", None)

    def test_pausing_the_threshold_ends_the_breach_and_the_alert_is_kept(self, token):
        threshold = watcher()
        send(ALERTS, own(), token=token)
        now = timezone.now()
        threshold.set_mode(Mode.PAUSED, by=None, now=now, reason="Moving house")
        assert withdraw_unwatched(now=now) == 1
        assert Breach.objects.get().cleared_reason == "withdrawn"
        send(ALERTS, own(title="Again"), token=token)
        assert Breach.objects.count() == 1
        threshold.set_mode(Mode.ACTIVE, by=None, now=now, reason="Back")
        send(ALERTS, own(title="And again"), token=token)
        assert Breach.objects.open().get() == ForeignAlert.objects.get().breach


class TestRefusing:
    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({"title": ""}, "missing_field"),
            ({"title": "  "}, "bad_text"),
            ({"title": "x" * 1025}, "too_long"),
            ({"deduplication_key": "x" * 256}, "too_long"),
            ({"status": "open"}, "unknown_status"),
            ({"system": "other"}, "unknown_system"),
            ({"metadata": [1]}, "bad_text"),
            ({"description": "a\x00b"}, "bad_text"),
        ],
    )
    def test_a_bad_item_is_refused_with_its_reason_and_the_rest_is_taken(self, token, fields, code):
        answer = send(ALERTS, [own("a") | fields, own("b")], token=token)
        assert answer.status_code == 202
        assert [(refused["index"], refused["code"]) for refused in answer.json()["refused"]] == [(0, code)]
        assert ForeignAlert.objects.get().key == "b"
        assert IngestRefusal.objects.get().code == code

    def test_a_source_of_all_systems_must_name_one(self, token, source):
        source.system = None
        source.save()
        assert send(ALERTS, own(), token=token).status_code == 422
        assert send(ALERTS, own(system="support-assistant"), token=token).status_code == 202

    def test_beyond_the_cap_new_alerts_are_refused_and_known_ones_flow(self, token, monkeypatch):
        monkeypatch.setattr("incidents.detection.alerting.MAX_OPEN_ALERTS", 1)
        send(ALERTS, own("a"), token=token)
        answer = send(ALERTS, [own("b"), own("a", title="Again")], token=token)
        assert [refused["code"] for refused in answer.json()["refused"]] == ["too_many_open"]
        assert answer.json()["accepted"] == 1
        send(ALERTS, own("a", status="resolved"), token=token)
        assert send(ALERTS, own("b"), token=token).status_code == 202

    def test_without_token_or_in_another_form_nothing_is_stored(self, token):
        assert send(ALERTS, own()).status_code == 401
        assert send(f"{ALERTS}?token={token}", own(), token=token).status_code == 401
        assert send(ALERTS, own(), token=token, media="text/plain").status_code == 415
        assert send(ALERTS, b"{", token=token).status_code == 400
        assert send(ALERTS, b"[" + b" " * 300_000 + b"]", token=token).status_code == 413
        assert ForeignAlert.objects.count() == 0
        assert IngestRefusal.objects.get().code == "whole_body"

    def test_an_idempotency_key_gets_the_first_answer_again(self, token):
        send(ALERTS, own(), token=token, idempotency_key="k")
        again = send(ALERTS, own(), token=token, idempotency_key="k")
        assert (again.headers["Idempotent-Replayed"], again.json()["accepted"]) == ("true", 1)
        assert ForeignAlert.objects.get().occurrence_count == 1

    def test_counters_show_on_the_source(self, token):
        send(ALERTS, [own("a", colour="red"), own("b", status="?")], token=token)
        activity = SourceActivity.objects.get()
        assert (activity.accepted_count, activity.refused_count, activity.unknown_field_count) == (1, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_racing_senders_make_one_threshold_and_one_alert_each():
    makers.severity()
    factories.person("mo")
    system, now = makers.system(), timezone.now()
    tokens = [makers.source(name, system=system).issue_token(by=None, now=now) for name in ("One", "Two")]
    start, answers = threading.Barrier(6), []

    def run(token: str) -> None:
        start.wait()
        answers.append(send(ALERTS, own(), token=token).status_code)
        connections.close_all()

    threads = [threading.Thread(target=run, args=[token]) for token in tokens * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200] * 4 + [202] * 2
    assert (ForeignAlert.objects.count(), Breach.objects.open().count(), Threshold.objects.count()) == (2, 2, 1)


def test_people_and_keys_are_hidden_before_an_alert_is_stored_and_repeats_find_it(token):
    said = own(
        "eva@mail.example.com/login",
        title="Login of eva@mail.example.com failed",
        description="password: hunter2, 3 of 40",
        source_url="https://watch.example.com/7?token=abc",
        metadata={"customer_id": "48213", "pod": "gw-1", "note": "call +47 912 34 567"},
    )
    send(ALERTS, said, token=token)
    alert, breach = ForeignAlert.objects.get(), Breach.objects.get()
    assert (alert.title, breach.headline) == ("Login of [e-mail hidden] failed",) * 2
    assert alert.description == "[secret hidden], 3 of 40"
    assert alert.source_url == "https://watch.example.com/7?token=%5Bhidden%5D"
    assert dict(alert.facts) == {"customer_id": "[hidden]", "pod": "gw-1", "note": "call [phone hidden]"}
    stored = f"{alert.key} {breach.group_key}"
    assert "eva" not in stored
    send(ALERTS, said | {"status": "resolved"}, token=token)
    assert ForeignAlert.objects.get().resolved_at is not None
    assert Breach.objects.get().cleared_at is not None


def test_ended_alerts_are_dropped_after_their_term_unless_somebody_still_decides(token, settings):
    for key in ("over", "breach", "incident", "fresh", "firing"):
        send(ALERTS, own(key), token=token)
    now = timezone.now()
    long_ago = now - settings.ALERTS_KEPT - timedelta(hours=1)
    incidents = {"incident": cases.incident(now=now), "over": cases.incident(now=now, state=State.DISMISSED)}
    for alert in ForeignAlert.objects.exclude(key="firing").select_related("breach"):
        alert.resolved_at = now if alert.key == "fresh" else long_ago
        alert.save()
        Breach.objects.filter(pk=alert.breach_id).update(
            cleared_at=None if alert.key == "breach" else now,
            incident=incidents.get(alert.key),
        )
    drop_expired(now=now)
    assert set(ForeignAlert.objects.values_list("key", flat=True)) == {"breach", "incident", "fresh", "firing"}
    assert Breach.objects.count() == 5
