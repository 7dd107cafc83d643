"""Changes of thresholds: what takes effect at once, what waits for a second person, and who that may be."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from airp.audit.models import AuditEntry
from airp.outbound.models import Delivery
from incidents.detection.approving import Forecast, Ground
from incidents.detection.changing import ChangeWaiting, change_mode, change_rule
from incidents.detection.choices import Mode
from incidents.detection.proposals import Proposal, ProposalOutdated, ProposalState
from incidents.detection.thresholds import Threshold
from incidents.detection.versions import ThresholdVersion
from incidents.response.refusals import NotPermitted, ReasonMissing, WrongState
from incidents.response.timeline import react_to_next
from tests.incidents import cases
from tests.incidents.detection import makers
from tests.incidents.detection.makers import NOON

LATER = NOON + timedelta(hours=1)


@pytest.fixture
def threshold(db) -> Threshold:
    found = makers.threshold()
    makers.version(found, now=NOON - timedelta(days=30))
    return found


def changed(threshold: Threshold, **fields: object) -> ThresholdVersion:
    return ThresholdVersion.from_rule({**threshold.version_at(NOON).as_rule, **fields})


def propose(threshold: Threshold, by, **fields: object) -> Proposal:
    found = change_rule(
        threshold, changed(threshold, **(fields or {"limit": 40_000})), by=by, now=NOON, reason="Noise."
    )
    assert isinstance(found, Proposal)
    return found


@pytest.mark.parametrize(
    ("fields", "ground"),
    [
        ({"limit": 20_001}, Ground.LIMIT_LOOSENED),
        ({"min_samples": 51}, Ground.MINIMUM_RAISED),
        ({"for_seconds": 60}, Ground.FOR_LENGTHENED),
        ({"confidence": "90"}, Ground.CERTAINTY_RAISED),
        ({"no_data": "ok"}, Ground.MISSING_IS_FINE),
        ({"category": "refund"}, Ground.OTHER_MEASURE),
    ],
)
def test_a_loosened_rule_waits_and_the_one_in_force_stays(threshold, ada, fields, ground):
    proposal = propose(threshold, ada, **fields)
    assert proposal.grounds == [ground]
    assert threshold.versions.count() == 1
    assert AuditEntry.objects.filter(act="threshold.change_proposed").count() == 1


@pytest.mark.parametrize("fields", [{"limit": 19_999}, {"min_samples": 40}, {"no_data": "alert"}])
def test_a_tightened_rule_is_in_force_at_once(threshold, ada, fields):
    made = change_rule(threshold, changed(threshold, **fields), by=ada, now=NOON, reason="Closer.")
    assert threshold.version_at(NOON) == made
    assert not Proposal.objects.exists()


def test_a_lower_severity_waits(threshold, ada):
    proposal = propose(threshold, ada, severity=makers.severity("SEV3").pk)
    assert proposal.grounds == [Ground.SEVERITY_LOWERED]


@pytest.mark.parametrize(
    ("forecast", "grounds"),
    [
        (Forecast(days=30, per_week=2.1, per_week_before=1.0), [Ground.MORE_THAN_DOUBLE]),
        (Forecast(days=30, per_week=2.0, per_week_before=1.0), []),
        (Forecast(days=30, per_week=1.0, per_week_before=0.0), []),
        (
            Forecast(days=30, per_week=0.5, per_week_before=1.0, lost_incidents=["AIR-2026-0001"]),
            [Ground.LOSES_INCIDENT],
        ),
    ],
)
def test_what_the_back_test_forecasts_decides_too(threshold, ada, forecast, grounds):
    made = change_rule(
        threshold, changed(threshold, limit=15_000), by=ada, now=NOON, reason="Closer.", forecast=forecast
    )
    assert (made.grounds if isinstance(made, Proposal) else []) == grounds
    assert made.forecast == forecast.as_facts


def test_a_draft_changes_without_a_second_person(threshold, ada):
    Threshold.objects.update(mode=Mode.DRAFT)
    made = change_rule(threshold, changed(threshold, limit=900_000), by=ada, now=NOON, reason="Not used yet.")
    assert isinstance(made, ThresholdVersion)


def test_a_rule_that_cannot_work_is_refused_before_it_is_proposed(threshold, ada):
    with pytest.raises(ValidationError, match="whole minutes"):
        propose(threshold, ada, limit=40_000, window_seconds=90)
    assert not Proposal.objects.exists()


def test_a_second_change_is_refused_while_one_waits(threshold, ada, mo):
    propose(threshold, ada)
    with pytest.raises(ChangeWaiting, match="Ada Admin"):
        change_rule(threshold, changed(threshold, limit=10_000), by=mo, now=NOON, reason="Closer.")
    with pytest.raises(ChangeWaiting):
        change_mode(threshold, Mode.PAUSED, by=mo, now=NOON, reason="Maintenance.")
    assert threshold.versions.count() == 1


class TestApproving:
    def test_a_second_person_puts_it_in_force_and_is_named(self, threshold, ada, mo):
        proposal = propose(threshold, ada)
        proposal.approve(by=mo, now=LATER)
        version = threshold.version_at(LATER)
        assert (version.limit, version.author, version.approver) == (40_000, ada, mo)
        assert proposal.state == ProposalState.APPROVED

    def test_nobody_approves_an_own_change_whatever_their_flags(self, threshold, mo):
        proposal = propose(threshold, mo)
        with pytest.raises(NotPermitted, match="their own"):
            proposal.approve(by=mo, now=LATER)
        with pytest.raises(IntegrityError, match="nobody_approves_an_own_change"), transaction.atomic():
            Proposal.objects.update(state=ProposalState.APPROVED, decided_by=mo)
        assert threshold.versions.count() == 1

    def test_somebody_without_the_flag_cannot(self, threshold, mo, ada):
        proposal = propose(threshold, mo)
        with pytest.raises(NotPermitted, match="approver flag"):
            proposal.approve(by=ada, now=LATER)
        assert Proposal.objects.get().state == ProposalState.WAITING

    def test_a_change_of_a_rule_that_is_no_longer_in_force_is_outdated(self, threshold, ada, mo):
        proposal = propose(threshold, ada)
        makers.version(threshold, now=NOON + timedelta(minutes=5), limit=5_000)
        with pytest.raises(ProposalOutdated):
            proposal.approve(by=mo, now=LATER)
        assert threshold.version_at(LATER).limit == 5_000

    def test_it_is_decided_once(self, threshold, ada, mo):
        proposal = propose(threshold, ada)
        with pytest.raises(ReasonMissing):
            proposal.give_back(by=mo, now=LATER, note=" ")
        proposal.give_back(by=mo, now=LATER, note="Twice the volume is no reason.")
        with pytest.raises(WrongState, match="Returned"):
            Proposal.objects.get().approve(by=mo, now=LATER)
        with pytest.raises(WrongState):
            Proposal.objects.get().withdraw(by=ada, now=LATER)
        assert threshold.versions.count() == 1

    def test_only_its_author_withdraws_it(self, threshold, ada, mo):
        proposal = propose(threshold, ada)
        with pytest.raises(NotPermitted):
            proposal.withdraw(by=mo, now=LATER)
        proposal.withdraw(by=ada, now=LATER)
        assert isinstance(propose(threshold, mo), Proposal)

    def test_pausing_an_active_threshold_waits_and_then_happens(self, threshold, ada, mo):
        proposal = change_mode(threshold, Mode.PAUSED, by=ada, now=NOON, reason="Maintenance.")
        assert Threshold.objects.get().mode == Mode.ACTIVE
        proposal.approve(by=mo, now=LATER)
        assert Threshold.objects.get().mode == Mode.PAUSED

    def test_activating_needs_one_person(self, threshold, ada):
        Threshold.objects.update(mode=Mode.SHADOW)
        assert change_mode(Threshold.objects.get(), Mode.ACTIVE, by=ada, now=NOON, reason="Tried.") is None
        assert Threshold.objects.get().mode == Mode.ACTIVE

    def test_approvers_get_a_mail_and_the_author_the_answer(self, threshold, ada, mo):
        proposal = propose(threshold, ada)
        while react_to_next(now=NOON):
            pass
        assert [delivery.recipient for delivery in Delivery.objects.all()] == [mo]
        proposal.give_back(by=mo, now=LATER, note="No.")
        while react_to_next(now=LATER):
            pass
        react_to_next(now=LATER + timedelta(minutes=3))  # news keeps a little, for more of its kind
        assert [delivery.recipient for delivery in Delivery.objects.order_by("pk")] == [mo, ada]


class TestPages:
    def test_an_approver_reads_the_grounds_and_approves(self, threshold, ada, client_for, mo):
        proposal = propose(threshold, ada)
        page = client_for(mo).get(proposal.path).content.decode()
        assert "It moves the limit so that less is noticed." in page
        assert "20000" in page and "40000" in page
        answer = client_for(mo).post(reverse("incidents:threshold_change_approval", args=[proposal.pk]))
        assert answer.status_code == 302
        assert threshold.version_at(timezone.now()).limit == 40_000

    def test_it_names_only_incidents_that_the_reader_may_see(self, threshold, ada, client_for, mo, tess):
        shown, hidden = (cases.incident(now=NOON, visibility=seen) for seen in ("normal", "restricted"))
        Proposal.objects.filter(pk=propose(threshold, ada).pk).update(
            forecast={"days": 30, "per_week": 1.0, "lost_incidents": [shown.reference, hidden.reference]}
        )
        url = reverse("incidents:threshold_change", args=[Proposal.objects.get().pk])
        for person, sees in ((mo, False), (tess, True)):  # Tess declared both
            page = client_for(person).get(url).content.decode()
            assert (shown.reference in page, hidden.reference in page) == (True, sees)

    def test_an_author_sees_no_approval_and_forcing_it_says_why(self, threshold, client_for, mo):
        proposal = propose(threshold, mo)
        client = client_for(mo)
        assert "threshold_change_approval" not in client.get(proposal.path).content.decode()
        answer = client.post(
            reverse("incidents:threshold_change_approval", args=[proposal.pk]), {"approval-note": "ok"}
        )
        assert answer.status_code == 422
        assert "Nobody approves a change of their own" in answer.content.decode()
        assert Proposal.objects.get().state == ProposalState.WAITING

    def test_returning_without_a_note_is_refused_at_the_field(self, threshold, ada, client_for, mo):
        proposal = propose(threshold, ada)
        answer = client_for(mo).post(reverse("incidents:threshold_change_return", args=[proposal.pk]))
        assert answer.status_code == 422
        assert "required" in answer.content.decode()

    def test_the_mode_page_proposes_where_it_must(self, threshold, client_for, mo):
        address = reverse("incidents:threshold_mode", args=[threshold.pk])
        assert client_for(mo).post(address, {"mode": "paused", "reason": "Maintenance."}).status_code == 302
        assert Proposal.objects.get().mode == Mode.PAUSED
        again = client_for(mo).post(address, {"mode": "retired", "reason": "Really."})
        assert again.status_code == 422
        assert "waits for approval" in again.content.decode()

    def test_activating_without_an_owner_who_can_sign_in_is_refused_in_place(self, threshold, client_for, mo):
        Threshold.objects.update(mode=Mode.PAUSED)
        threshold.owner.is_active = False
        threshold.owner.save()
        address = reverse("incidents:threshold_mode", args=[threshold.pk])
        answer = client_for(mo).post(address, {"mode": "active", "reason": "Maintenance is over."})
        assert answer.status_code == 422
        assert "an owner who can sign in" in answer.content.decode()
        assert "Maintenance is over." in answer.content.decode()
        assert Threshold.objects.get().mode == Mode.PAUSED

    def test_approving_what_became_invalid_meanwhile_is_refused_in_place(self, threshold, ada, client_for, mo):
        proposal = propose(threshold, ada)
        makers.source(lateness_seconds=3_600)
        answer = client_for(mo).post(reverse("incidents:threshold_change_approval", args=[proposal.pk]))
        assert answer.status_code == 422
        assert "may arrive that late" in answer.content.decode()
        assert Proposal.objects.get().state == ProposalState.WAITING
        assert threshold.versions.count() == 1

    def test_the_list_pages_by_key_in_a_bounded_number_of_queries(
        self, threshold, ada, mo, client_for, django_assert_max_num_queries
    ):
        Proposal.objects.bulk_create(
            Proposal(
                threshold=threshold,
                mode="paused",
                reason="r",
                author=ada,
                proposed_at=NOON + timedelta(minutes=number),
                state=ProposalState.WITHDRAWN,
            )
            for number in range(60)
        )
        client, address = client_for(mo), reverse("incidents:threshold_changes")
        with django_assert_max_num_queries(9):
            first = client.get(address, {"show": "decided"})
        assert len(first.context["rows"]) == 50
        second = client.get(address + first.context["older_url"])
        assert len(second.context["rows"]) == 10

    def test_confirming_moves_the_next_review(self, threshold, mo, client_for):
        address = reverse("incidents:threshold_confirmation", args=[threshold.pk])
        refused = client_for(mo).post(address, {"confirmation-reason": ""})
        assert refused.status_code == 422
        assert "id_confirmation-reason_error" in refused.content.decode()
        assert Threshold.objects.get().reviewed_at is None
        client_for(mo).post(address, {"confirmation-reason": "Compared with May."})
        assert Threshold.objects.get().reviewed_at is not None
        assert AuditEntry.objects.filter(act="threshold.confirmed").count() == 1
