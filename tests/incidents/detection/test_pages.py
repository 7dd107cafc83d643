"""Pages of detection and the decisions on a breach, over HTTP."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from airp.audit.models import AuditEntry
from incidents.detection.attaching import declaration_of
from incidents.detection.breaches import Breach
from incidents.detection.counting import Delta, add_to_buckets
from incidents.detection.deciding import Decision
from incidents.detection.evaluation import tick_of
from incidents.detection.judging import judge_shard
from incidents.detection.queries import breaches_to_decide
from incidents.detection.thresholds import Threshold
from incidents.detection.verdicts import Verdict
from incidents.response.declaring import Declaration, declare, declare_or_join
from incidents.response.models import Incident
from incidents.response.visibility import Visibility
from tests.incidents.detection import makers
from tests.incidents.detection.makers import MINUTE
from tests.incidents.detection.test_ticks import series


@pytest.fixture
def threshold(db) -> Threshold:
    makers.source()
    found = makers.threshold()
    makers.version(found, now=timezone.now() - timedelta(days=1), confidence="95", for_seconds=0)
    return found


@pytest.fixture
def breach(threshold) -> Breach:
    tick = tick_of(timezone.now())
    deltas = {
        (series("traffic").pk, tick - 2 * MINUTE): Delta(n=412, n_raw=412),
        (series("violation").pk, tick - 2 * MINUTE): Delta(n=33, n_raw=33),
    }
    add_to_buckets(deltas, now=timezone.now())
    judge_shard(shard=0, tick_at=tick, now=timezone.now())
    return Breach.objects.get()


def address(name: str, breach: Breach) -> str:
    return reverse(f"incidents:{name}", args=[breach.pk])


class TestReading:
    def test_the_list_shows_state_value_and_limit(self, client_for, uma, breach):
        page = client_for(uma).get("/thresholds/").content.decode()
        assert "Refund promises" in page
        assert "8.0 % of 412 answers" in page
        assert "Firing" in page

    def test_a_threshold_says_its_rule_as_a_sentence_and_shows_a_chart_with_words(self, client_for, uma, breach):
        page = client_for(uma).get(reverse("incidents:threshold", args=[breach.threshold_id])).content.decode()
        assert "fires when more than 2 % of at least 50 answers in 5 min are policy breaches, 95 % sure" in page
        assert "<svg" in page
        assert "Highest 8.0 %" in page
        assert "Measured in February." in page

    def test_a_threshold_without_a_version_says_what_is_missing(self, client_for, uma):
        makers.system()
        bare = makers.threshold()
        assert b"No version is in force" in client_for(uma).get(reverse("incidents:threshold", args=[bare.pk])).content
        assert b"no version yet" in client_for(uma).get("/thresholds/").content

    def test_a_source_shows_its_counters_refusals_and_a_line_to_try(self, client_for, uma, db):
        makers.system()
        gateway = makers.source()
        token = gateway.issue_token(by=None, now=timezone.now())
        makers.post(token, [makers.item(1, at=timezone.now()), {"id": "x"}])
        page = client_for(uma).get(reverse("incidents:source", args=[gateway.pk])).content.decode()
        assert "missing_field" in page
        assert "curl" in page
        assert token not in page
        assert b"Gateway" in client_for(uma).get("/sources/").content

    def test_empty_lists_say_why(self, client_for, uma):
        assert b"No threshold yet" in client_for(uma).get("/thresholds/").content
        assert b"No source yet" in client_for(uma).get("/sources/").content

    @pytest.mark.parametrize("name", ["thresholds", "sources"])
    def test_strangers_read_nothing(self, client_for, sam, name):
        assert client_for(sam).get(reverse(f"incidents:{name}")).status_code == 403

    def test_a_list_of_many_thresholds_takes_as_many_queries_as_one_of_few(
        self, client_for, uma, breach, django_assert_max_num_queries
    ):
        for number in range(30):
            makers.version(makers.threshold(f"More {number:02}"), now=timezone.now() - timedelta(hours=1))
        client = client_for(uma)
        with django_assert_max_num_queries(15):
            assert client.get("/thresholds/").status_code == 200


class TestDeciding:
    def test_intervening_declares_an_incident_and_goes_there(self, client_for, tess, breach):
        fields = {
            "intervention-title": "Refunds promised",
            "intervention-severity": makers.severity("SEV1").pk,
            "intervention-reason": "Customers rely on it.",
        }
        answer = client_for(tess).post(address("intervention", breach), fields)
        incident = Incident.objects.get()
        assert answer.status_code == 302
        assert incident.reference in answer.headers["Location"]
        assert (incident.title, incident.severity.slug) == ("Refunds promised", "SEV1")
        breach.refresh_from_db()
        assert (breach.decision, breach.verdict, breach.decided_by) == (Decision.INTERVENE, Verdict.TRUE, tess)
        assert AuditEntry.objects.filter(act="breach.decided", actor=tess).count() == 1

    def test_holding_brings_the_question_back(self, client_for, tess, breach):
        until = (timezone.now() + timedelta(hours=1)).replace(second=0, microsecond=0)
        fields = {"hold-until": until.strftime("%Y-%m-%dT%H:%M"), "hold-reason": "The vendor is rolling back."}
        assert client_for(tess).post(address("hold", breach), fields).status_code == 302
        breach.refresh_from_db()
        assert (breach.decision, breach.decision_due_at) == (Decision.HOLD, until)
        assert breaches_to_decide(tess, timezone.now()) == []
        breach.note_unanswered(now=until)
        assert breach.decision == Decision.NONE
        assert breach.unanswered_at is None
        assert [row["id"] for row in breaches_to_decide(tess, until)] == [breach.pk]

    def test_dismissing_records_verdict_and_reason(self, client_for, tess, breach):
        fields = {"dismissal-verdict": "false_alarm", "dismissal-reason": "A load test."}
        assert client_for(tess).post(address("dismissal", breach), fields).status_code == 302
        breach.refresh_from_db()
        assert (breach.decision, breach.verdict, breach.reason) == ("dismiss", "false_alarm", "A load test.")
        decision = breach.decisions.get()
        assert (decision.by, decision.reason) == (tess, "A load test.")
        assert not Incident.objects.exists()
        page = client_for(tess).get(address("breach", breach)).content.decode()
        assert "A load test." in page
        assert "offer-hold" not in page

    def test_whoever_owns_the_threshold_decides_whatever_their_role_and_a_colleague_does_not(
        self, client_for, edie, breach
    ):
        fields = {"dismissal-verdict": "false_alarm", "dismissal-reason": "The checker was wrong."}
        answer = client_for(edie).post(address("dismissal", breach), fields)
        assert answer.status_code == 422
        assert "Ask the owner" in answer.content.decode()
        assert Breach.objects.get().decision == Decision.NONE
        Threshold.objects.update(owner=edie)
        assert client_for(edie).post(address("dismissal", breach), fields).status_code == 302
        assert Breach.objects.get().decided_by == edie

    def test_the_second_decision_is_refused_in_place_and_changes_nothing(self, client_for, tess, ravi, breach):
        breach.dismiss(verdict=Verdict.OTHER, by=tess, now=timezone.now(), reason="Known.")
        fields = {"dismissal-verdict": "false_alarm", "dismissal-reason": "No."}
        answer = client_for(ravi).post(address("dismissal", breach), fields)
        assert answer.status_code == 422
        assert "Tess Triager has already decided" in answer.content.decode()
        assert breach.decisions.count() == 1

    @pytest.mark.parametrize(
        ("name", "fields"),
        [
            ("hold", {"hold-until": "2001-01-01T00:00", "hold-reason": "x"}),
            ("hold", {"hold-until": "", "hold-reason": "x"}),
            ("hold", {"hold-until": "2999-01-01T00:00", "hold-reason": "x"}),
            ("dismissal", {"dismissal-verdict": "true", "dismissal-reason": "x"}),
            ("dismissal", {"dismissal-verdict": "false_alarm", "dismissal-reason": "  "}),
            ("intervention", {"intervention-title": "", "intervention-severity": ""}),
        ],
    )
    def test_what_is_wrong_is_said_in_place(self, client_for, tess, breach, name, fields):
        answer = client_for(tess).post(address(name, breach), fields, headers={"HX-Request": "true"})
        assert answer.status_code == 422
        assert "error-summary" in answer.content.decode()
        assert "<html" not in answer.content.decode()
        breach.refresh_from_db()
        assert breach.decision == Decision.NONE
        assert breach.decisions.count() == 0

    def test_it_attaches_to_an_open_incident_of_the_system(self, client_for, tess, mo, breach):
        incident = _incident(mo)
        fields = {
            "intervention-incident": incident.pk,
            "intervention-title": "unused",
            "intervention-severity": makers.severity("SEV3").pk,
        }
        client_for(tess).post(address("intervention", breach), fields)
        breach.refresh_from_db()
        assert breach.incident == incident
        incident.refresh_from_db()
        assert incident.severity.slug == "SEV2"

    def test_auditors_read_and_do_not_decide(self, client_for, uma, breach):
        page = client_for(uma).get(address("breach", breach))
        assert page.status_code == 200
        assert b"offer-hold" not in page.content
        assert client_for(uma).post(address("dismissal", breach), {}).status_code == 403

    def test_a_breach_of_a_restricted_incident_does_not_exist_for_outsiders(self, client_for, tess, mo, breach):
        incident = breach.intervene(by=mo, now=timezone.now())
        incident.set_visibility(to=Visibility.RESTRICTED, by=mo, now=timezone.now(), reason="Personal data.")
        lee = makers.factories.person("lee")
        assert client_for(lee).get(address("breach", breach)).status_code == 404
        assert client_for(mo).get(address("breach", breach)).status_code == 200

    def test_joining_a_restricted_incident_tells_nothing_about_it(self, client_for, tess, mo, breach):
        hidden, _is_new = declare_or_join(declaration_of(breach), now=timezone.now())
        hidden.set_visibility(to=Visibility.RESTRICTED, by=mo, now=timezone.now(), reason="Personal data.")
        fields = {"intervention-title": "Refunds", "intervention-severity": breach.version.severity_id}
        answer = client_for(tess).post(address("intervention", breach), fields, follow=True)
        breach.refresh_from_db()
        assert (breach.incident, answer.status_code) == (hidden, 200)
        assert "Colleagues are at work on this already." in answer.content.decode()
        assert hidden.reference not in answer.content.decode()


class TestUnanswered:
    def test_it_is_counted_once_and_escalates(self, breach):
        due = breach.decision_due_at
        breach.note_unanswered(now=due - timedelta(seconds=1))
        assert breach.unanswered_at is None
        breach.note_unanswered(now=due)
        breach.note_unanswered(now=due + MINUTE)
        breach.refresh_from_db()
        assert breach.unanswered_at == due
        assert breach.decisions.count() == 1
        assert not Incident.objects.exists()
        assert not Breach.objects.decision_overdue(now=due + MINUTE).exists()

    def test_it_declares_where_the_threshold_says_so(self, breach):
        Threshold.objects.update(on_unanswered="declare")
        breach = Breach.objects.get()
        breach.note_unanswered(now=breach.decision_due_at)
        assert Incident.objects.get() == breach.incident


def _incident(by) -> Incident:
    declaration = Declaration(title="Refunds", system=makers.system(), severity=makers.severity("SEV3"))
    return declare(declaration, by=by, now=timezone.now())
