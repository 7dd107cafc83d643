"""Assessing: the answers give the level, stay in the record, and come back when they are provisional."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction

from incidents.classification.matrix import AxisName
from incidents.classification.models import HarmKind, SeverityLevel
from incidents.response import sentences
from incidents.response.assessments import Assessment, AssessmentWords
from incidents.response.clocks import ClockName
from incidents.response.declaring import Declaration, declare
from incidents.response.kinds import Kind
from incidents.response.models import Incident
from incidents.response.names import Names
from incidents.response.refusals import (
    AlreadyDone,
    EditConflict,
    NoSuchLevel,
    NotPermitted,
    ReasonMissing,
    Refusal,
    UnknownTag,
)
from incidents.response.states import State
from incidents.response.verification import verify_timeline
from tests.incidents.answering import GRAVE, MILD, MODERATE, SERIOUS, SUSPECTED, answered, answers
from tests.incidents.cases import assistant, incident, level

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def entries(case):
    return list(case.timeline.order_by("seq").values_list("kind", flat=True))


def untouched(case):
    fresh = Incident.objects.get(pk=case.pk)
    return (fresh.severity.slug, fresh.version, entries(fresh), fresh.assessments.count())


def told(case, kind):
    (entry,) = sentences.told(case.timeline.filter(kind=kind))
    return sentences.row(entry, Names())


class TestAssessing:
    def test_the_answers_are_kept_with_the_level_the_sentence_and_the_evidence(self, now, tess):
        case = incident(now=now)
        entry = case.assess(answered=answered(answers(SERIOUS), harm="41 chats."), by=tess, now=now)

        kept = Assessment.objects.get()
        assert (kept.computed, kept.chosen, kept.matrix_id, kept.by, kept.at) == ("SEV2", "SEV2", 1, tess, now)
        assert kept.as_answers == answers(SERIOUS)
        assert kept.words.evidence == {"harm": "41 chats."}
        assert (kept.entry, kept.incident, kept.is_provisional) == (entry, case, False)
        case.refresh_from_db()
        assert (case.assessment, case.reassess_due_at) == (kept, None)
        shown = told(case, Kind.SEVERITY_ASSESSED)
        assert shown["what"] == "Assessed: SEV2"
        assert kept.why in shown["text"] and "Harm: 41 chats." in shown["text"]
        assert verify_timeline(case) == []

    def test_a_worse_outcome_raises_the_level_for_everybody_in_triage(self, now, tess):
        case = incident(now=now, severity="SEV3")
        case.assess(answered=answered(answers(GRAVE)), by=tess, now=now)

        case.refresh_from_db()
        assert case.severity.slug == "SEV1"
        assert case.acknowledge_due_at == case.clocks_began_at + timedelta(minutes=15)
        assert entries(case)[-2:] == [Kind.SEVERITY_ASSESSED, Kind.SEVERITY_RAISED]
        assert told(case, Kind.SEVERITY_RAISED)["reason"] == case.assessment.why

    @pytest.mark.parametrize("who", ["tess", "the machine"])
    def test_a_milder_outcome_is_refused_to_whoever_may_not_lower(self, who, now, tess):
        case = incident(now=now)
        before = untouched(case)
        with pytest.raises(NotPermitted, match="SEV4 is less than SEV2"):
            case.assess(answered=answered(answers(MILD)), by=tess if who == "tess" else None, now=now)
        assert untouched(case) == before

    def test_a_manager_lowers_by_assessing_and_triage_keeps_the_level_with_a_reason(self, now, tess, mo):
        case = incident(now=now)
        case.assess(answered=answered(answers(MILD), reason="The press may call."), to=level("SEV2"), by=tess, now=now)
        case.refresh_from_db()
        assert (case.severity.slug, case.assessment.computed, case.assessment.is_overridden) == ("SEV2", "SEV4", True)
        assert case.assessment.words.override_reason == "The press may call."
        assert told(case, Kind.SEVERITY_ASSESSED)["what"] == "Assessed: SEV4 by the answers, SEV2 chosen"

        case.assess(answered=answered(answers(MILD)), by=mo, now=now + HOUR)
        case.refresh_from_db()
        assert (case.severity.slug, case.assessments.count()) == ("SEV4", 2)
        assert entries(case)[-1] == Kind.SEVERITY_LOWERED

    def test_another_level_than_the_computed_one_needs_a_reason(self, now, mo):
        case = incident(now=now)
        before = untouched(case)
        for chosen in ("SEV1", "SEV3"):
            with pytest.raises(ReasonMissing, match=f"why you choose {chosen} although the answers give SEV2"):
                case.assess(answered=answered(answers(SERIOUS), reason=" "), to=level(chosen), by=mo, now=now)
        with pytest.raises(Refusal, match="Answer at least"):
            case.assess(answered=answered(answers((None, None, 3, 3, 3))), by=mo, now=now)
        with pytest.raises(EditConflict):
            case.assess(answered=answered(answers(SERIOUS)), by=mo, now=now, expected=case.version - 1)
        assert untouched(case) == before

    def test_a_level_that_is_gone_is_said(self, now, mo):
        case = incident(now=now)
        SeverityLevel.objects.filter(slug="SEV1").update(slug="S1")
        with pytest.raises(NoSuchLevel, match="SEV1"):
            case.assess(answered=answered(answers(GRAVE)), by=mo, now=now)

    def test_what_was_assessed_cannot_be_rewritten_but_its_words_can_be_erased(self, now, tess):
        case = incident(now=now)
        case.assess(answered=answered(answers(SERIOUS), harm="Ms Lund's letter."), by=tess, now=now)
        for change in (
            lambda: Assessment.objects.update(chosen="SEV4"),
            lambda: Assessment.objects.all().delete(),
            lambda: AssessmentWords.objects.update(evidence={}),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()
        AssessmentWords.objects.all().delete()
        assert Assessment.objects.get().chosen == "SEV2"


class TestProvisional:
    @pytest.mark.parametrize(
        ("values", "slug", "due"),
        [
            (GRAVE, "SEV1", datetime(2026, 11, 27, 18, 30, tzinfo=UTC)),
            (SERIOUS, "SEV2", datetime(2026, 11, 27, 18, 30, tzinfo=UTC)),
            (MODERATE, "SEV3", datetime(2026, 11, 30, 14, 30, tzinfo=UTC)),  # from Friday to Monday
            (MILD, "SEV4", datetime(2026, 11, 30, 14, 30, tzinfo=UTC)),
        ],
    )
    def test_it_runs_a_clock_until_it_is_assessed_again(self, values, slug, due, mo):
        friday = datetime(2026, 11, 27, 14, 30, tzinfo=UTC)
        case = incident(now=friday, severity="SEV4")
        case.assess(answered=answered(answers(values, SUSPECTED)), by=mo, now=friday)

        case.refresh_from_db()
        assert (case.severity.slug, case.reassess_due_at, case.assessment.is_provisional) == (slug, due, True)
        clock = next(clock for clock in case.clocks if clock.name == ClockName.REASSESS)
        assert (clock.began_at, clock.due_at, clock.met_at) == (friday, due, None)
        assert "provisional until" in told(case, Kind.SEVERITY_ASSESSED)["what"]

        case.assess(answered=answered(answers(values)), by=mo, now=friday + HOUR)
        case.refresh_from_db()
        assert (case.reassess_due_at, case.assessment.is_provisional) == (None, False)
        assert ClockName.REASSESS not in {clock.name for clock in case.clocks}

    def test_the_clock_counts_among_the_next_ones_and_comes_sooner_for_a_worse_level(self, now, mo):
        case = incident(now=now, severity="SEV4", state=State.CONTAINED)
        case.assess(answered=answered(answers(MODERATE, SUSPECTED)), by=mo, now=now)
        case.post_update(text="Nobody else so far.", by=mo, now=now + 100 * HOUR)
        case.refresh_from_db()
        assert (case.next_clock, case.next_due_at) == (ClockName.REASSESS, case.reassess_due_at)

        case.raise_severity(to=level("SEV2"), by=mo, now=now + HOUR, reason="A customer acted on it.")
        case.refresh_from_db()
        assert case.reassess_due_at == now + 5 * HOUR

    def test_terms_that_were_frozen_earlier_promise_four_hours(self, now, mo):
        case = incident(now=now)
        for terms in case.policy["levels"].values():
            del terms["reassess_minutes"]
        case.save(update_fields=["policy"])
        case.assess(answered=answered(answers(SERIOUS, SUSPECTED)), by=mo, now=now)
        assert case.reassess_due_at == now + 4 * HOUR


class TestOnTheWay:
    def test_declaring_and_triaging_keep_the_answers_that_somebody_gave(self, now, edie, tess):
        given = answered(answers(SERIOUS, SUSPECTED))
        declared = declare(
            Declaration(title="t", system=assistant(), severity=level("SEV2"), answered=given), by=edie, now=now
        )
        assert entries(declared) == [Kind.DECLARED, Kind.SEVERITY_ASSESSED]
        assert declared.assessment.by == edie
        assert declared.reassess_due_at == now + 4 * HOUR

        kind = HarmKind.objects.get(slug="discrimination")
        declared.triage(
            severity=level("SEV1"), harm_kind=kind, by=tess, now=now + HOUR, answered=answered(answers(GRAVE))
        )
        assert entries(declared)[-2:] == [Kind.TRIAGED, Kind.SEVERITY_ASSESSED]
        fresh = Incident.objects.get(pk=declared.pk)
        assert (fresh.severity.slug, fresh.assessment.chosen, fresh.reassess_due_at) == ("SEV1", "SEV1", None)
        assert verify_timeline(fresh) == []

    def test_answers_that_give_another_level_stop_both_without_a_reason(self, now, tess):
        given = answered(answers(SERIOUS))
        with pytest.raises(ReasonMissing):
            declare(
                Declaration(title="t", system=assistant(), severity=level("SEV3"), answered=given), by=tess, now=now
            )
        assert not Incident.objects.exists()
        case = incident(now=now)
        before = untouched(case)
        kind = HarmKind.objects.get(slug="discrimination")
        with pytest.raises(ReasonMissing):
            case.triage(severity=level("SEV1"), harm_kind=kind, by=tess, now=now, answered=given)
        assert untouched(case) == before


class TestTags:
    def test_the_harm_kind_proposes_them_and_people_put_them_right(self, now, tess, mo):
        kind = HarmKind.objects.get(slug="data_exposure") if assistant() else None
        case = incident(now=now, harm_kind=kind)
        proposed = ["mit:2.1", "ailuminate:prv", "nist:privacy", "owasp:LLM02", "owasp:LLM07"]
        assert case.tags == proposed

        case.correct_tags(to=["owasp:LLM02", "mit:2.1", "mit:2.2"], by=mo, now=now)
        case.triage(severity=level("SEV2"), harm_kind=kind, by=tess, now=now)
        case.refresh_from_db()
        assert case.tags == ["mit:2.1", "mit:2.2", "owasp:LLM02"], "a kind that stays keeps what people wrote"
        assert told(case, Kind.TAGS_CORRECTED)["what"] == "Tags corrected: 2.2 added, prv, privacy, LLM07 taken away"

    def test_another_kind_proposes_anew_and_unknown_tags_are_refused(self, now, tess, mo):
        case = incident(now=now, harm_kind=None)
        case.triage(severity=level("SEV2"), harm_kind=HarmKind.objects.get(slug="over_blocking"), by=tess, now=now)
        assert case.tags == ["mit:1.3", "mit:5.2", "nist:bias"]
        before = untouched(case)
        with pytest.raises(UnknownTag, match="mit:9.9"):
            case.correct_tags(to=["mit:9.9"], by=mo, now=now)
        assert untouched(case) == before

    def test_a_wrong_kind_is_put_right_with_a_reason_and_brings_its_tags(self, now, tess):
        case = incident(now=now, state=State.TRIAGED)
        before, leak = untouched(case), HarmKind.objects.get(slug="data_exposure")
        for refusal, given in (
            (ReasonMissing, {"to": leak, "reason": " "}),
            (ReasonMissing, {"to": HarmKind.objects.get(slug="other"), "reason": ""}),
            (AlreadyDone, {"to": case.harm_kind, "reason": "Sure."}),
            (EditConflict, {"to": leak, "reason": "Names.", "expected": case.version - 1}),
        ):
            with pytest.raises(refusal):
                case.change_harm_kind(**given, by=tess, now=now)
            assert untouched(case) == before
        case.change_harm_kind(to=leak, by=tess, now=now, reason="Names in the logs.", expected=case.version)
        case.refresh_from_db()
        assert (case.harm_kind, "owasp:LLM02" in case.tags) == (leak, True)
        entry = case.timeline.get(kind=Kind.HARM_KIND_CHANGED)
        assert (entry.words, entry.actor) == ("Names in the logs.", tess)
        assert entry.facts == {"harm_kind": "data_exposure", "harm_kind_before": "unauthorised_commitment"}

    def test_something_else_needs_words(self, now, tess):
        system = assistant()
        other = HarmKind.objects.get(slug="other")
        bare = Declaration(title="t", system=system, severity=level("SEV3"), harm_kind=other)
        with pytest.raises(ReasonMissing, match="what kind of harm"):
            declare(bare, by=tess, now=now)
        case = incident(now=now)
        before = untouched(case)
        with pytest.raises(ReasonMissing, match="what kind of harm"):
            case.triage(severity=level("SEV2"), harm_kind=other, by=tess, now=now)
        assert untouched(case) == before
        case.triage(severity=level("SEV2"), harm_kind=other, by=tess, now=now, note="It flatters people into buying.")
        assert case.tags == []


def test_every_axis_has_its_evidence_in_the_usual_order(now, tess):
    case = incident(now=now)
    said = {name.value: f"{name.label} seen." for name in reversed(AxisName)}
    case.assess(answered=answered(answers(SERIOUS), **said), by=tess, now=now)
    assert list(case.assessment.words.evidence) == [name.value for name in AxisName]
