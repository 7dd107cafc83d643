"""Corrected times, reworded details and the conflict of two editors."""

from datetime import timedelta

import pytest

from incidents.response.models import Incident
from incidents.response.refusals import AlreadyDone, EditConflict, ImpossibleTime
from incidents.response.states import State
from incidents.response.telling import IncidentTime
from tests.incidents.cases import incident

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def correct(case, which, to, by, now):
    return case.correct_time(which=which, to=to, by=by, now=now, reason="The access log says so.")


def test_a_corrected_time_keeps_the_one_before_and_the_reason(now, tess):
    case = incident(now=now)
    before = case.detected_at
    entry = correct(case, IncidentTime.DETECTED, before - HOUR, tess, now)

    case.refresh_from_db()
    assert case.detected_at == before - HOUR
    assert entry.facts == {
        "which": "detected_at",
        "before": before.isoformat(),
        "after": (before - HOUR).isoformat(),
    }
    assert entry.words == "The access log says so."


@pytest.mark.parametrize(
    ("which", "shift"),
    [
        (IncidentTime.STARTED, 2 * HOUR),  # the future
        (IncidentTime.DETECTED, timedelta(minutes=5)),  # after the declaration
        (IncidentTime.CONTAINED, -3 * HOUR),  # before the harm started
        (IncidentTime.RESOLVED, timedelta()),  # has not happened
    ],
)
def test_a_time_that_contradicts_the_others_is_refused(which, shift, now, tess):
    case = incident(now=now, state=State.CONTAINED, started_at=now - HOUR)
    base = getattr(case, which.value) or now - HOUR
    before = Incident.objects.filter(pk=case.pk).values().get()

    with pytest.raises(ImpossibleTime):
        correct(case, which, base + shift, tess, now)
    assert Incident.objects.filter(pk=case.pk).values().get() == before
    assert not case.timeline.filter(kind="time_corrected").exists()


def test_the_recorded_time_itself_is_no_correction(now, tess):
    case = incident(now=now)
    with pytest.raises(AlreadyDone):
        correct(case, IncidentTime.DECLARED, case.declared_at, tess, now)


def test_the_second_of_two_editors_is_told_of_the_first(now, tess, ravi):
    case = incident(now=now)
    opened_with = case.version
    case.edit_details(title="Refunds promised", summary="", by=tess, now=now, expected=opened_with)

    with pytest.raises(EditConflict) as conflict:
        case.edit_details(title="Refunds!", summary="", by=ravi, now=now, expected=opened_with)
    assert (conflict.value.expected, conflict.value.found) == (opened_with, opened_with + 1)
    case.refresh_from_db()
    assert case.title == "Refunds promised"


def test_rewording_keeps_the_words_before(now, tess):
    case = incident(now=now, summary="Forty chats.")
    entry = case.edit_details(title="New", summary="Fifty chats.", by=tess, now=now, expected=case.version)
    assert "Refunds promised against policy" in entry.words
    assert "Forty chats." in entry.words


def test_no_change_is_no_entry(now, tess):
    case = incident(now=now)
    with pytest.raises(AlreadyDone):
        case.edit_details(title=case.title, summary=case.summary, by=tess, now=now, expected=case.version)
    assert case.timeline.count() == 1


def test_a_title_holds_nothing_that_turns_the_page_around(now, tess):
    case = incident(now=now, title="Refund\u202edetnarg\x1b[31m")
    assert case.title == "Refund detnarg [31m"
    case.edit_details(title="New\u2066", summary="", by=tess, now=now, expected=case.version)
    case.refresh_from_db()
    assert case.title == "New"
