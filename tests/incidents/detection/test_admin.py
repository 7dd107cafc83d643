"""Configuring sources and thresholds in the admin: tokens shown once, rules changed by new versions only."""

import re
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import Error, connection, transaction
from django.urls import reverse
from django.utils import timezone

from airp.audit.models import AuditEntry
from incidents.detection.choices import Mode
from incidents.detection.sources import SignalSource, SourceToken
from incidents.detection.thresholds import Threshold
from incidents.detection.versions import ThresholdVersion
from tests.incidents.detection import makers


def source_fields(**fields: object) -> dict[str, object]:
    return {
        "name": "Gateway",
        "kind": "native",
        "state": "active",
        "expected_interval_seconds": 60,
        "lateness_seconds": 0,
        "max_future_seconds": 60,
        "max_age_days": 7,
        "tokens-TOTAL_FORMS": 0,
        "tokens-INITIAL_FORMS": 0,
        "dialect-TOTAL_FORMS": 0,
        "dialect-INITIAL_FORMS": 0,
        **fields,
    }


class TestSources:
    def test_adding_a_source_shows_its_token_once(self, client_for, ada):
        page = client_for(ada).post(reverse("admin:incidents_signalsource_add"), source_fields(), follow=True)
        token = SourceToken.objects.get()
        shown = re.search(r"airp_[a-z0-9]{8}_[\w-]{43}", page.content.decode())
        assert SourceToken.prove(shown.group()) == token.source
        again = client_for(ada).get(reverse("admin:incidents_signalsource_change", args=[token.source_id]))
        assert shown.group() not in again.content.decode()
        assert AuditEntry.objects.filter(act="source.token_issued", actor=ada).count() == 1

    def test_what_is_left_open_becomes_what_is_usual_for_the_kind(self, client_for, ada):
        fields = source_fields(kind="alertmanager", expected_interval_seconds="")
        client_for(ada).post(reverse("admin:incidents_signalsource_add"), fields)
        made = SignalSource.objects.get()
        assert (made.rhythm, made.expected_interval_seconds) == ("irregular", 60)

    def test_tokens_are_revoked_at_once(self, client_for, ada):
        source = makers.source()
        source.issue_token(by=ada, now=timezone.now())
        fields = {"action": "revoke_tokens", "_selected_action": [source.pk]}
        client_for(ada).post(reverse("admin:incidents_signalsource_changelist"), fields)
        assert not SourceToken.objects.exists()

    def test_the_command_prints_a_token_and_names_the_known_sources(self, db, capsys):
        makers.source()
        call_command("issue_token", "Gateway")
        assert SourceToken.prove(capsys.readouterr().out.strip()) == SignalSource.objects.get()
        with pytest.raises(CommandError, match="Known: Gateway"):
            call_command("issue_token", "Getaway")


class TestThresholds:
    def fields(self, **fields: object) -> dict[str, object]:
        return {
            "kind": "violation",
            "denominator_kind": "traffic",
            "metric": "ratio",
            "op": "gt",
            "limit": 20_000,
            "min_samples": 50,
            "confidence": "95",
            "window_seconds": 300,
            "for_seconds": 0,
            "keep_firing_seconds": 300,
            "cooldown_seconds": 1_800,
            "no_data": "hold",
            "eval_delay_seconds": 60,
            "severity": makers.severity().pk,
            "value_of": "person",
            "pattern": "[]",
            "budget_ppm": 0,
            "floor_count": 5,
            "timezone": "UTC",
            "dedup_template": "{system}/{kind}",
            "reason": "Measured.",
            **fields,
        }

    def test_a_new_threshold_leads_to_its_first_version(self, client_for, ada):
        client = client_for(ada)
        fields = {
            "name": "Refunds",
            "system": makers.system().pk,
            "owner": makers.factories.person("tess").pk,
            "on_breach": "ask",
            "decision_due_seconds": 900,
            "review_every_days": 90,
            "on_unanswered": "escalate",
        }
        answer = client.post(reverse("admin:incidents_threshold_add"), fields)
        threshold = Threshold.objects.get()
        assert answer.headers["Location"] == reverse("admin:incidents_threshold_version", args=[threshold.pk])
        assert client.get(answer.headers["Location"]).status_code == 200
        client.post(answer.headers["Location"], self.fields())
        version = ThresholdVersion.objects.get()
        assert (version.number, version.author, version.reason) == (1, ada, "Measured.")
        page = client.get(reverse("admin:incidents_threshold_change", args=[threshold.pk])).content.decode()
        assert "v1: fires when more than 2 %" in page

    def test_a_change_is_a_new_version_and_the_old_one_stays(self, client_for, ada):
        threshold = makers.threshold()
        makers.version(threshold, now=timezone.now() - timedelta(hours=1), confidence="95")
        address = reverse("admin:incidents_threshold_version", args=[threshold.pk])
        client_for(ada).post(address, self.fields(limit=10_000))
        assert list(threshold.versions.order_by("number").values_list("number", "limit")) == [(1, 20_000), (2, 10_000)]

    def test_a_looser_rule_waits_for_a_second_person_here_too(self, client_for, ada):
        threshold = makers.threshold()
        makers.version(threshold, now=timezone.now() - timedelta(hours=1), confidence="95")
        address = reverse("admin:incidents_threshold_version", args=[threshold.pk])
        page = client_for(ada).post(address, self.fields(limit=30_000), follow=True).content.decode()
        assert "waits for a second person" in page
        assert threshold.proposals.get().rule["limit"] == 30_000
        assert threshold.versions.count() == 1

    @pytest.mark.parametrize(
        ("wrong", "words"),
        [
            ({"window_seconds": 90}, "multiple of 60"),
            ({"limit": 2_000_000}, "at most 1000000"),
            ({"denominator_kind": ""}, "Say out of what"),
            ({"metric": "count", "op": "gte", "limit": 0}, "always true"),
            ({"clear_limit": 30_000}, "It clears at or below the limit"),
            ({"reason": ""}, "required"),
        ],
    )
    def test_a_rule_that_cannot_work_is_refused(self, client_for, ada, wrong, words):
        threshold = makers.threshold()
        address = reverse("admin:incidents_threshold_version", args=[threshold.pk])
        page = client_for(ada).post(address, self.fields(**wrong)).content.decode()
        assert words in page
        assert not ThresholdVersion.objects.exists()

    def test_a_window_shorter_than_the_lateness_of_a_source_is_refused(self, db):
        makers.source(lateness_seconds=600)
        with pytest.raises(ValidationError, match="660 seconds"):
            makers.version(makers.threshold(), now=timezone.now())

    def test_the_mode_changes_with_a_reason_and_is_audited(self, client_for, ada):
        threshold = makers.threshold(mode=Mode.DRAFT)
        fields = {"mode": "active", "reason": "Trial went well."}
        client_for(ada).post(reverse("admin:incidents_threshold_mode", args=[threshold.pk]), fields)
        threshold.refresh_from_db()
        assert threshold.mode == Mode.ACTIVE
        assert AuditEntry.objects.get(act="threshold.mode_set").facts["reason"] == "Trial went well."

    def test_an_active_threshold_needs_an_owner_who_can_sign_in(self, db, ada):
        threshold = makers.threshold(mode=Mode.DRAFT)
        threshold.owner.is_active = False
        threshold.owner.save()
        with pytest.raises(ValidationError, match="can sign in"):
            threshold.set_mode(Mode.ACTIVE, by=ada, now=timezone.now(), reason="Go.")

    @pytest.mark.parametrize(
        "change", ['UPDATE incidents_thresholdversion SET "limit" = 1', "DELETE FROM incidents_thresholdversion"]
    )
    def test_the_database_refuses_to_change_a_version(self, db, change):
        makers.version(makers.threshold(), now=timezone.now())
        with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)

    def test_others_do_not_configure(self, client_for, tess):
        threshold = makers.threshold()
        assert (
            client_for(tess).get(reverse("admin:incidents_threshold_version", args=[threshold.pk])).status_code == 403
        )
