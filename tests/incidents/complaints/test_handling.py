"""The verbs of a complaint: each does its one thing and leaves a record, or refuses and changes nothing."""

from datetime import timedelta

import pytest
from django.utils import timezone

from airp.audit.models import AuditEntry
from incidents.classification.models import HarmKind
from incidents.complaints.complaint import Complaint
from incidents.complaints.handling import WrongPlace
from incidents.complaints.persons import digest_of_code
from incidents.complaints.states import MOVES, CloseReason, State, Verb
from incidents.detection.breaches import Breach
from incidents.response.refusals import AlreadyDone, NotPermitted, ReasonMissing, WrongState
from incidents.response.revealing import TooManyReveals
from incidents.response.verification import verify_timeline
from incidents.response.visibility import Visibility
from tests.incidents import cases
from tests.incidents.complaints.makers import TEXT, complaint, counted
from tests.incidents.detection import makers

pytestmark = pytest.mark.django_db
NOW = makers.NOON


@pytest.fixture
def incident():
    cases.assistant()
    return cases.incident(now=NOW, system=makers.system())


def breach_of(incident):
    threshold = makers.threshold()
    version = makers.version(threshold, now=NOW)
    figures = {"bad": 9, "n": 100, "peak_bad": 9, "peak_n": 100, "started_at": NOW, "detected_at": NOW}
    return Breach.objects.create(threshold=threshold, version=version, incident=incident, **figures)


def kinds(incident):
    return list(incident.timeline.order_by("seq").values_list("kind", flat=True))


def test_it_goes_to_an_incident_and_back_and_the_incident_says_so(tess, incident):
    found = complaint(at=NOW)
    found.attach_to_incident(incident, by=tess, now=NOW)
    assert (found.state, found.incident) == (State.ATTACHED, incident)
    with pytest.raises(AlreadyDone):
        found.attach_to_incident(incident, by=tess, now=NOW)
    found.detach(by=tess, now=NOW, reason="Another product.")
    found.refresh_from_db()
    assert (found.state, found.incident) == (State.NEW, None)
    assert kinds(incident)[-2:] == ["complaint_attached", "complaint_detached"]
    assert verify_timeline(incident) == []
    assert [entry.verb for entry in found.entries.order_by("pk")] == ["take", "attach", "detach"]
    assert AuditEntry.objects.filter(act__startswith="complaint.", object_label=found.reference).count() == 2


def test_with_a_breach_it_belongs_to_the_incident_of_the_breach(tess, incident):
    found = complaint(at=NOW)
    found.attach_to_breach(breach_of(incident), by=tess, now=NOW)
    assert found.incident == incident
    assert list(Complaint.objects.of_incident(incident)) == [found]


def test_it_is_not_attached_to_what_is_hidden_or_about_another_system(tess, mo, incident):
    found = complaint(at=NOW)
    hidden = cases.incident(now=NOW, system=makers.system(), visibility=Visibility.RESTRICTED, by=mo)
    for wrong in (hidden, cases.incident(now=NOW)):
        with pytest.raises(WrongPlace):
            found.attach_to_incident(wrong, by=tess, now=NOW)
    found.refresh_from_db()
    assert (found.state, found.entries.count()) == (State.NEW, 1)


def test_it_is_answered_closed_and_reopened_where_it_was(tess, incident):
    found = complaint(at=NOW)
    found.attach_to_incident(incident, by=tess, now=NOW)
    found.answer_with(text="You get your money.", by=tess, now=NOW)
    found.close(why=CloseReason.SETTLED, by=tess, now=NOW, reason="Paid on Monday.")
    assert (found.state, found.close_reason, found.answer) == (State.CLOSED, "settled", "You get your money.")
    found.reopen(by=tess, now=NOW, reason="Nothing arrived.")
    found.refresh_from_db()
    assert (found.state, found.close_reason) == (State.ATTACHED, "")
    assert found.entries.count() == 5


def test_each_verb_refuses_other_states_other_people_and_missing_words(tess, uma, incident):
    found = complaint(at=NOW)
    calls = {
        Verb.ATTACH: lambda by, words: found.attach_to_incident(incident, by=by, now=NOW),
        Verb.DETACH: lambda by, words: found.detach(by=by, now=NOW, reason=words),
        Verb.ANSWER: lambda by, words: found.answer_with(text=words, by=by, now=NOW),
        Verb.CLOSE: lambda by, words: found.close(why=CloseReason.SETTLED, by=by, now=NOW, reason=words),
        Verb.REOPEN: lambda by, words: found.reopen(by=by, now=NOW, reason=words),
        Verb.CLASSIFY: lambda by, words: found.classify(category="x", harm_kind=None, by=by, now=NOW),
        Verb.SNOOZE: lambda by, words: found.snooze(until=NOW + timedelta(hours=1), by=by, now=NOW),
        Verb.TAKE_BACK: lambda by, words: found.take_back(found.standing, by=by, now=NOW),
        Verb.CARRY: lambda by, words: found.carry_to(incident, by=by, now=NOW),
        Verb.REVEAL: lambda by, words: found.reveal(by=by, now=NOW, reason=words),
        Verb.ISSUE_CODE: lambda by, words: found.issue_code(by=by, now=NOW),
    }
    assert calls.keys() == MOVES.keys()
    before = AuditEntry.objects.count()
    for verb, call in calls.items():
        move = MOVES[verb]
        with pytest.raises(NotPermitted):
            call(uma, "words")
        for state in frozenset(State) - move.sources:
            Complaint.objects.filter(pk=found.pk).update(state=state, incident=incident)
            with pytest.raises(WrongState):
                call(tess, "words")
        if move.demands:
            Complaint.objects.filter(pk=found.pk).update(state=next(iter(move.sources)), incident=incident)
            with pytest.raises(ReasonMissing):
                call(tess, " ")
    assert (found.entries.count(), AuditEntry.objects.count()) == (1, before)


def test_another_category_takes_the_count_along_and_back(tess):
    cases.assistant()
    found, other = complaint(at=NOW), complaint(2, at=NOW)
    kind = HarmKind.objects.get(slug="unauthorised_commitment")
    found.classify(category="booking", harm_kind=kind, by=tess, now=NOW)
    assert [counted("refund"), counted("booking")] == [(1, 1), (1, 1)]
    found.classify(category="refund", harm_kind=kind, by=tess, now=NOW)
    assert [counted("refund"), counted("booking")] == [(2, 2), (0, 0)]
    found.classify(category="refund", harm_kind=None, by=tess, now=NOW)
    with pytest.raises(AlreadyDone):
        found.classify(category="refund", harm_kind=None, by=tess, now=NOW)
    assert counted(other.category) == (2, 2)


def test_a_regulators_complaint_counts_as_such_whatever_its_category(tess):
    found = complaint(at=NOW, channel="regulator")
    assert (found.priority_contact, counted("regulator_contact")) == ("regulator", (1, 1))
    found.classify(category="booking", harm_kind=None, by=tess, now=NOW)
    assert counted("regulator_contact") == (1, 1)


def test_the_original_is_shown_for_a_reason_and_not_without_end(tess, settings):
    settings.REVEALS_PER_HOUR = 1
    found = complaint(at=NOW)
    original = found.reveal(by=tess, now=NOW, reason="To call back.")
    assert (original.text, original.contact) == (TEXT, "1@example.com")
    assert AuditEntry.objects.get(act="complaint.reveal").actor == tess
    with pytest.raises(TooManyReveals):
        found.reveal(by=tess, now=NOW + timedelta(minutes=59), reason="Again.")
    found.reveal(by=tess, now=NOW + timedelta(minutes=61), reason="Again.")
    assert found.entries.filter(verb="reveal").count() == 2


def test_a_new_code_ends_the_old_one(tess):
    found = complaint(at=NOW)
    first, second = (found.issue_code(by=tess, now=NOW) for _turn in range(2))
    assert first != second
    assert bytes(Complaint.objects.get().code_digest) == digest_of_code(second)


def test_complaints_of_a_restricted_incident_exist_for_insiders_only(tess, mo, incident):
    found, by_breach = complaint(at=NOW), complaint(2, at=NOW)
    hidden = cases.incident(now=NOW, system=makers.system(), visibility=Visibility.RESTRICTED, by=mo)
    found.attach_to_incident(hidden, by=mo, now=timezone.now())
    breach = breach_of(None)
    by_breach.attach_to_breach(breach, by=tess, now=NOW)
    assert list(Complaint.objects.visible_to(tess)) == [by_breach]
    Breach.objects.filter(pk=breach.pk).update(incident=hidden)
    assert not Complaint.objects.visible_to(tess).exists()
    assert Complaint.objects.visible_to(mo).count() == 2
