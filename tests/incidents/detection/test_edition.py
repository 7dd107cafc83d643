"""Changing a threshold on its page: tried on the past first, in units people think in, saved with a reason."""

from datetime import timedelta

import pytest
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from incidents.detection.backtest.records import Backtest
from incidents.detection.choices import Metric
from incidents.detection.counting import Delta, add_to_buckets
from incidents.detection.evaluation import tick_of
from incidents.detection.presets import PRESETS
from incidents.detection.proposals import Proposal
from incidents.detection.quantities import NotUnderstood, scaled, seconds_of, typed
from incidents.detection.rule_form import RuleForm, typed_fields
from incidents.detection.thresholds import Threshold
from incidents.detection.versions import ThresholdVersion
from tests.incidents.detection import makers
from tests.incidents.detection.makers import MINUTE
from tests.incidents.detection.test_ticks import series


@pytest.fixture
def threshold(db) -> Threshold:
    """Two hours of which the middle was bad."""
    makers.source()
    found = makers.threshold()
    makers.version(found, now=timezone.now() - timedelta(days=3), window_seconds=600, eval_delay_seconds=60)
    end = tick_of(timezone.now())
    deltas, traffic, violation = {}, series("traffic").pk, series("violation").pk
    for minute in range(5, 125):
        bad = 8 if 50 < minute < 80 else 0
        deltas[traffic, end - minute * MINUTE] = Delta(n=100, n_raw=100)
        deltas[violation, end - minute * MINUTE] = Delta(n=bad, n_raw=bad)
    add_to_buckets(deltas, now=end)
    return found


def fields_of(threshold, **changed) -> dict:
    """What a browser would send for the rule in force, with changes."""
    known = typed_fields(threshold.version_at(timezone.now()))
    return {name: "" if value is None else value for name, value in known.items()} | {"days": "7"} | changed


def address(threshold) -> str:
    return reverse("incidents:threshold_edition", args=[threshold.pk])


class TestTyping:
    @pytest.mark.parametrize(
        ("text", "seconds"),
        [("5 min", 300), ("5", 300), ("2h", 7_200), ("1.5 h", 5_400), ("7 days", 604_800), ("0", 0), ("90 s", 90)],
    )
    def test_stretches_of_time_are_understood_as_people_write_them(self, text, seconds):
        assert seconds_of(text) == seconds

    @pytest.mark.parametrize("text", ["", "soon", "5 parsecs", "-5 min", "1e9 h", "99999999 days"])
    def test_what_is_no_stretch_says_what_would_be_one(self, text):
        with pytest.raises(NotUnderstood, match="5 min"):
            seconds_of(text)

    def test_limits_are_exact_in_both_directions(self):
        assert scaled("2.5", 10_000) == 25_000
        assert scaled("0,03 %", 10_000) == 300
        assert typed(25_000, 10_000) == "2.5"
        assert typed(14_400, 1_000) == "14.4"
        for text in ("NaN", "1e400", "two", "0.00001", "∞"):
            with pytest.raises(NotUnderstood):
                scaled(text, 10_000)

    def test_every_measure_has_a_form_that_makes_a_version_out_of_what_it_shows(self, threshold):
        before = threshold.version_at(timezone.now())
        for metric in Metric:
            lines = {"pattern": "violation refund\ncomplaint", "clear_limit": "", "warn_limit": "", "window": "1 h"}
            data = fields_of(threshold, metric=metric, **lines)
            form = RuleForm(_query(data), threshold=threshold, version=before, asks_reason=False)
            assert form.is_valid(), (metric, form.errors)
            assert ThresholdVersion.from_rule(form.version.as_rule).metric == metric

    def test_every_starting_point_can_be_saved_as_it_is(self, threshold):
        for preset in PRESETS:
            start = ThresholdVersion(threshold=threshold, severity=makers.severity(), **preset.rule)
            data = {name: "" if value is None else value for name, value in typed_fields(start).items()}
            form = RuleForm(_query(data), threshold=threshold, version=start, asks_reason=False)
            assert form.is_valid(), (preset.key, form.errors)
            assert {name: getattr(form.version, name) for name in preset.rule} == preset.rule


class TestTrying:
    def test_the_page_says_the_rule_and_what_it_would_have_done(self, client_for, mo, threshold):
        page = client_for(mo).get(address(threshold)).content.decode()
        assert "This threshold fires when more than 2 %" in page
        assert "Would have fired" in page
        assert "1 time" in page
        assert 'class="episode"' in page
        assert "Shaded is when it would have fired: 1 time." in page
        assert 'name="value_of"' not in page
        assert Backtest.objects.count() == 0

    def test_another_limit_is_tried_without_being_saved(self, client_for, mo, threshold):
        fields = fields_of(threshold, limit="9")
        answer = client_for(mo).post(address(threshold), fields, headers={"HX-Request": "true", "HX-Target": "outcome"})
        page = answer.content.decode()
        assert answer.status_code == 200
        assert "<html" not in page
        assert 'id="rule"' not in page
        assert "more than 9 %" in page
        assert "no longer fire 1 time" in page
        assert threshold.versions.count() == 1

    def test_another_measure_brings_its_own_fields_and_keeps_what_was_typed(self, client_for, mo, threshold):
        fields = fields_of(threshold, metric="distinct", category="refund")
        answer = client_for(mo).post(address(threshold), fields, headers={"HX-Request": "true", "HX-Target": "rule"})
        page = answer.content.decode()
        assert 'name="value_of"' in page
        assert 'name="min_samples"' not in page
        assert 'value="refund"' in page
        assert "error-summary" not in page

    def test_a_measure_without_a_past_says_so_plainly(self, client_for, mo, threshold):
        fields = fields_of(threshold, metric="silence")
        page = client_for(mo).post(address(threshold), fields | {"preview": "1"}).content.decode()
        assert "watched by events" in page
        assert "threshold-chart" not in page

    def test_the_past_suggests_limits_and_a_press_takes_one_over(self, client_for, mo, threshold):
        page = client_for(mo).post(address(threshold), fields_of(threshold) | {"suggest": "1"}).content.decode()
        assert "Limits that the past suggests" in page
        assert 'name="use"' in page
        taken = client_for(mo).post(address(threshold), fields_of(threshold) | {"use": "8.5"}).content.decode()
        assert 'name="limit" value="8.5"' in taken
        assert "more than 8.5 %" in taken

    def test_readers_may_try_and_may_not_save(self, client_for, uma, threshold):
        page = client_for(uma).get(address(threshold)).content.decode()
        assert "You may try limits here." in page
        assert 'name="save"' not in page
        answer = client_for(uma).post(address(threshold), fields_of(threshold, reason="No.", limit="1") | {"save": "1"})
        assert answer.status_code == 422
        assert "Only its owner" in answer.content.decode()
        assert threshold.versions.count() == 1
        assert not Backtest.objects.exists()

    def test_the_page_takes_as_many_queries_for_any_range(
        self, client_for, mo, threshold, django_assert_max_num_queries
    ):
        client = client_for(mo)
        for days in (7, 90):
            with django_assert_max_num_queries(16):
                assert client.get(f"{address(threshold)}?days={days}").status_code == 200


class TestSaving:
    def test_a_tighter_rule_is_in_force_at_once_with_its_back_test(self, client_for, tess, threshold):
        fields = fields_of(threshold, limit="1.5", reason="Two weeks of calm.") | {"save": "1"}
        assert client_for(tess).post(address(threshold), fields).status_code == 302
        version = threshold.version_at(timezone.now())
        assert (version.number, version.limit, version.author, version.reason) == (
            2,
            15_000,
            tess,
            "Two weeks of calm.",
        )
        kept = Backtest.objects.get()
        assert (kept.rule["limit"], kept.days, kept.made_by) == (15_000, 7, tess)
        assert version.forecast["per_week"] == kept.per_week

    def test_a_looser_rule_waits_for_a_second_person(self, client_for, mo, threshold):
        fields = fields_of(threshold, limit="9", reason="Too loud.") | {"save": "1"}
        answer = client_for(mo).post(address(threshold), fields)
        proposal = Proposal.objects.get()
        assert answer.headers["Location"] == proposal.path
        assert proposal.rule["limit"] == 90_000
        assert proposal.forecast["per_week"] == 0
        assert threshold.versions.count() == 1

    def test_what_is_wrong_is_said_at_its_field_and_typed_text_stays(self, client_for, mo, threshold):
        client = client_for(mo)
        wrong = {"limit": "101", "window": "90 s", "clear_limit": "3", "reason": "", "min_samples": "-1"}
        for name, text in wrong.items():
            fields = fields_of(threshold, reason="Typed <b>text</b>.") | {name: text, "save": "1"}
            answer = client.post(address(threshold), fields)
            page = answer.content.decode()
            assert answer.status_code == 422, name
            assert f'id="rule-{name}_error"' in page, name
            assert name == "reason" or "Typed &lt;b&gt;text&lt;/b&gt;." in page
        assert threshold.versions.count() == 1
        assert not Backtest.objects.exists()

    def test_a_missing_reason_alone_hides_no_back_test(self, client_for, mo, threshold):
        fields = fields_of(threshold, limit="9", reason="") | {"save": "1"}
        answer = client_for(mo).post(address(threshold), fields)
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "Would have fired" in page and "Put right what is marked" not in page
        assert threshold.versions.count() == 1

    def test_what_is_no_number_is_refused_as_it_was_typed(self, threshold):
        before = threshold.version_at(timezone.now())
        for text in ("many", "-2", "", "1e99"):
            form = RuleForm(
                _query(fields_of(threshold, limit=text)), threshold=threshold, version=before, asks_reason=False
            )
            assert list(form.errors) == ["limit"], text
            assert form["limit"].value() == text


class TestNew:
    def test_it_begins_with_a_choice_of_what_to_start_from(self, client_for, mo, db):
        page = client_for(mo).get(reverse("incidents:threshold_new")).content.decode()
        assert "?from=policy" in page
        assert "Zero tolerance: a single one of a category" in page
        assert "?from=same-person-again" in page

    def test_a_new_threshold_is_made_with_version_back_test_and_mode(self, client_for, mo, threshold):
        url = reverse("incidents:threshold_new") + "?from=policy"
        fields = _new_fields(threshold, mo)
        assert client_for(mo).post(url, fields).status_code == 302
        made = Threshold.objects.get(name="Fresh")
        assert (made.owner, made.mode, made.decision_due_seconds) == (mo, "shadow", 1_200)
        assert made.versions.get().limit == 20_000
        assert made.backtests.get().per_week is not None

    def test_a_name_that_is_taken_is_refused_and_nothing_is_made(self, client_for, mo, threshold):
        url = reverse("incidents:threshold_new") + "?from=policy"
        answer = client_for(mo).post(url, _new_fields(threshold, mo) | {"about-name": threshold.name})
        assert answer.status_code == 422
        assert "id_about-name_error" in answer.content.decode()
        assert Threshold.objects.count() == 1

    def test_readers_make_none(self, client_for, uma, db):
        assert client_for(uma).get(reverse("incidents:threshold_new")).status_code == 403


def _new_fields(threshold, owner) -> dict:
    about = {"name": "Fresh", "system": threshold.system_id, "owner": owner.pk, "mode": "shadow", "on_breach": "ask"}
    about |= {"decision_due": "20 min", "on_unanswered": "escalate"}
    fields = fields_of(threshold, reason="The first guardrail.") | {"save": "1"}
    return fields | {f"about-{name}": value for name, value in about.items()}


def _query(data: dict) -> QueryDict:
    query = QueryDict(mutable=True)
    query.update(data)
    return query
