"""How well thresholds do: verdicts, precision, blindness, and the register that shows them."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from incidents.detection.breaches import Breach, BreachDecision
from incidents.detection.choices import Mode
from incidents.detection.counting import Delta, add_to_buckets
from incidents.detection.quality import ThresholdQuality, measure, stalest
from incidents.detection.tasks import measure_thresholds
from incidents.detection.thresholds import Threshold
from incidents.detection.verdicts import Verdict
from incidents.response.declaring import Declaration, declare
from incidents.response.refusals import NotPermitted, ReasonMissing, WrongState
from incidents.response.timeline import react_to_next
from tests.incidents import cases
from tests.incidents.detection import makers
from tests.incidents.detection.makers import MINUTE, NOON
from tests.incidents.detection.test_ticks import series

DAY = timedelta(days=1)


@pytest.fixture
def threshold(db) -> Threshold:
    makers.source()
    found = makers.threshold()
    makers.version(found, now=NOON - 90 * DAY)
    return found


def breach(threshold: Threshold, *, at=NOON - DAY, **fields: object) -> Breach:
    given: dict[str, object] = {
        "version": threshold.version_at(at),
        "started_at": at,
        "detected_at": at,
        "cleared_at": at,
    }
    return Breach.objects.create(threshold=threshold, bad=9, n=100, peak_bad=9, peak_n=100, **given | fields)


class TestFigures:
    def test_right_and_wrong_are_counted_and_duplicates_are_neither(self, threshold):
        for verdict in ("true", "true", "true", "false_alarm", "expected_change", "duplicate", "other", ""):
            breach(threshold, verdict=verdict)
        breach(threshold, kind="shadow", verdict="true")
        breach(threshold, at=NOON - 91 * DAY + DAY / 2, verdict="false_alarm", version=threshold.versions.get())
        quality = measure(threshold, now=NOON)
        assert (quality.breach_count, quality.true_count, quality.wrong_count) == (8, 3, 2)
        assert (quality.other_count, quality.unjudged_count) == (2, 1)
        assert quality.precision_ppm == 600_000
        assert 300_000 < quality.precision_at_least_ppm < 600_000
        assert round(quality.wrong_per_week, 3) == round(2 * 7 / 90, 3)

    def test_without_a_verdict_there_is_no_precision(self, threshold):
        breach(threshold)
        assert measure(threshold, now=NOON).precision_ppm is None

    def test_breaches_of_restricted_incidents_count_in_no_figure(self, threshold):
        for seen in ("restricted", "normal"):
            of = {"system": threshold.system, "visibility": seen}
            breach(threshold, verdict="true", incident=cases.incident(now=NOON, **of))
        quality = measure(threshold, now=NOON)
        assert (quality.breach_count, quality.true_count) == (1, 1)

    def test_a_threshold_that_no_series_feeds_is_blind_and_says_so(self, threshold):
        quality = measure(threshold, now=NOON)
        assert (quality.blind_ppm, quality.blind_reason) == (1_000_000, "no_series")

    def test_what_reads_no_signals_is_never_blind(self, threshold):
        makers.version(threshold, now=NOON - DAY, metric="alert", denominator_kind="")
        assert measure(threshold, now=NOON).blind_ppm is None

    def test_a_kind_that_must_never_come_and_has_not_come_is_no_blindness(self, threshold):
        makers.version(threshold, now=NOON - DAY, metric="zero_tolerance", denominator_kind="", limit=1, op="gte")
        assert measure(threshold, now=NOON).blind_ppm is None

    def test_minutes_with_too_few_samples_are_blind(self, threshold):
        traffic = series("traffic")
        # The last whole day has 10 answers a minute: a window of five minutes reaches its 50. Before there is one.
        deltas = {
            (traffic.pk, NOON - number * MINUTE): Delta(n=count, n_raw=count)
            for number in range(1, 7 * 1_440 + 6)
            for count in [10 if number <= 1_440 else 1]
        }
        add_to_buckets(deltas, now=NOON)
        quality = measure(threshold, now=NOON)
        assert quality.blind_reason == "below_minimum"
        assert quality.blind_ppm == pytest.approx(6 / 7 * 1_000_000, abs=500)

    def test_counts_are_never_blind_where_a_series_exists(self, threshold):
        series("violation")
        makers.version(threshold, now=NOON - DAY, metric="count", denominator_kind="", limit=8)
        assert measure(threshold, now=NOON).blind_ppm is None

    def test_the_job_takes_what_is_stale_and_judged(self, threshold):
        makers.threshold("Asleep", mode=Mode.DRAFT)
        assert measure_thresholds() == 1
        assert ThresholdQuality.objects.get().threshold == threshold
        now = timezone.now()
        assert stalest(now=now, most=9) == []
        assert stalest(now=now + timedelta(hours=2), most=9) == [threshold]
        breach(threshold, at=now + MINUTE)
        assert stalest(now=now + 2 * MINUTE, most=9) == [threshold]


class TestVerdicts:
    def test_a_verdict_is_kept_and_the_last_one_counts(self, threshold, tess):
        found = breach(threshold, decision="dismiss", verdict="false_alarm")
        found.judge(verdict=Verdict.TRUE, by=tess, now=NOON, reason="Customers called later.")
        assert Breach.objects.get().verdict == "true"
        kept = BreachDecision.objects.get()
        assert (kept.verdict, kept.by, kept.reason) == ("true", tess, "Customers called later.")

    @pytest.mark.parametrize(
        ("who", "fields", "reason", "error"),
        [
            ("tess", {}, "Seen.", WrongState),
            ("tess", {"decision": "dismiss"}, " ", ReasonMissing),
            ("uma", {"decision": "dismiss"}, "Seen.", NotPermitted),
        ],
    )
    def test_it_is_refused(self, threshold, request, who, fields, reason, error):
        found = breach(threshold, **fields)
        with pytest.raises(error):
            found.judge(verdict=Verdict.TRUE, by=request.getfixturevalue(who), now=NOON, reason=reason)
        assert not BreachDecision.objects.exists()

    @pytest.mark.parametrize(("verb", "verdict"), [("close", "true"), ("dismiss", "false_alarm")])
    def test_the_end_of_an_incident_judges_what_nobody_judged(self, threshold, mo, verb, verdict):
        incident = declare(
            Declaration(title="t", system=threshold.system, severity=cases.level("SEV4")), by=mo, now=NOON - DAY
        )
        mine, judged = breach(threshold, incident=incident), breach(threshold, incident=incident, verdict="duplicate")
        if verb == "close":
            incident.triage(severity=cases.level("SEV4"), harm_kind=threshold.versions.get().harm_kind, by=mo, now=NOON)
            incident.contain(by=mo, now=NOON, reason="Off.")
            incident.resolve(by=mo, now=NOON, reason="Right.")
            incident.close(by=mo, now=NOON)
        else:
            incident.dismiss(by=mo, now=NOON, reason="Nothing.")
        while react_to_next(now=NOON):
            pass
        mine.refresh_from_db()
        judged.refresh_from_db()
        assert (mine.verdict, judged.verdict) == (verdict, "duplicate")

    def test_the_page_takes_a_verdict_and_refuses_one_without_reason(self, threshold, client_for, tess):
        found = breach(threshold, decision="dismiss", verdict="false_alarm")
        address = reverse("incidents:verdict", args=[found.pk])
        answer = client_for(tess).post(address, {"verdict-verdict": "true"})
        assert answer.status_code == 422
        assert "required" in answer.content.decode()
        answer = client_for(tess).post(address, {"verdict-verdict": "true", "verdict-reason": "Seen."})
        assert answer.status_code == 302
        assert Breach.objects.get().verdict == "true"


class TestRegister:
    def test_it_shows_how_often_a_threshold_was_right_and_how_blind_it_is(self, threshold, client_for, uma):
        for verdict in ("true", "true", "false_alarm"):
            breach(threshold, at=timezone.now() - DAY, version=threshold.versions.get(), verdict=verdict)
        measure(threshold, now=timezone.now())
        page = client_for(uma).get("/thresholds/").content.decode()
        assert "2 of 3" in page
        assert "no signal of this kind ever came" in page
        assert "Refund promises" in client_for(uma).get("/thresholds/?only=blind").content.decode()
        assert "Nothing matches" in client_for(uma).get("/thresholds/?only=over").content.decode()

    def test_two_false_alarms_in_a_row_ask_for_a_look_at_the_limit(self, threshold, client_for, uma):
        address = reverse("incidents:threshold", args=[threshold.pk])
        breach(threshold, verdict="false_alarm")
        assert "false alarms. Look" not in client_for(uma).get(address).content.decode()
        breach(threshold, at=NOON - DAY / 2, version=threshold.versions.get(), verdict="false_alarm")
        assert "false alarms. Look" in client_for(uma).get(address).content.decode()

    def test_the_measured_rate_stands_beside_the_forecast_after_a_fortnight(self, threshold, client_for, uma):
        now = timezone.now()
        forecast = {"days": 30, "per_week": 1.5, "per_week_before": None, "lost_incidents": []}
        version = makers.version(threshold, now=now - 14 * DAY, forecast=forecast)
        for number in range(4):
            breach(threshold, at=now - (number + 1) * DAY, version=version)
        page = client_for(uma).get(reverse("incidents:threshold", args=[threshold.pk])).content.decode()
        assert "1.5 a week" in page
        assert "2.0 a week" in page

    def test_the_decision_register_narrows_and_pages_by_key(
        self, threshold, client_for, uma, django_assert_max_num_queries
    ):
        for number in range(55):
            breach(threshold, at=NOON - number * MINUTE, version=threshold.versions.get(), decision="dismiss")
        breach(threshold, unanswered_at=NOON, verdict="true")
        client, address = client_for(uma), reverse("incidents:breaches")
        with django_assert_max_num_queries(9):
            first = client.get(address)
        assert len(first.context["rows"]) == 50
        assert "Dismissed" in first.content.decode()
        assert len(client.get(address + first.context["older_url"]).context["rows"]) == 6
        assert len(client.get(address, {"show": "unanswered"}).context["rows"]) == 1
        assert len(client.get(address, {"verdict": "true"}).context["rows"]) == 1
        assert len(client.get(address, {"show": "waiting"}).context["rows"]) == 1
