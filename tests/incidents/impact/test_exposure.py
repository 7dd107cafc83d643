"""Exposure: numbers with their basis, revisions that stay, and a notice when they contradict the assessment."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from incidents.classification.figures import Basis, Confidence, Figure, Figures, FiguresContradict
from incidents.classification.matrix import AxisName, read
from incidents.classification.scale import scale_of
from incidents.classification.shipped_matrix import CONTENT
from incidents.impact.exposure import Concern, Exposure
from incidents.impact.recording import Known, record_exposure
from incidents.response.kinds import Kind
from incidents.response.refusals import EditConflict, ImpossibleTime, NotPermitted, ReasonMissing
from incidents.response.states import State
from incidents.response.visibility import Visibility
from tests.incidents import cases
from tests.incidents.answering import HARM, NEAR_MISS, answered, answers

pytestmark = pytest.mark.django_db
COUNTED = Figure(250, Basis.COUNTED, Confidence.HIGH)
SOME = Figures(exposed=COUNTED)
TYPED = {
    "exposed": "250", "exposed_basis": "estimated", "exposed_confidence": "low", "harmed": "",
    "harmed_basis": "unknown",
    "outputs": "", "outputs_basis": "unknown", "minors": "unknown", "jurisdictions": "no, de", "seen": "0",
    "characteristics": ["age"], "group": "Customers <b>of</b> the chat", "grounds": "Counted in the log.",
}  # fmt: skip


def known(figures=SOME, **more):
    return Known(figures=figures, **{"grounds": "Counted in the log.", **more})


def page_of(case):
    return f"/incidents/{case.reference}/exposure/"


def room_of(client, case):
    return client.get(f"/incidents/{case.reference}/").content.decode()


def test_numbers_are_told_with_what_they_rest_on_and_unknown_is_no_zero():
    none = Figure(0, Basis.COUNTED, Confidence.HIGH)
    about = Figure(1, Basis.ESTIMATED, Confidence.LOW)
    told = {
        Figures(): "exposed: not known yet; harmed: not known yet",
        SOME: "250 people exposed, counted; harmed: not known yet",
        Figures(COUNTED, none): "250 people exposed, counted; 0 people harmed, counted",
        Figures(Figure(), about, COUNTED): (
            "exposed: not known yet; about 1 person harmed, estimated; 250 outputs affected, counted"
        ),
        Figures(Figure(12_000, Basis.REPORTED, Confidence.LOW)): (
            "about 12,000 people exposed, as reported; harmed: not known yet"
        ),
    }
    assert {figures: figures.sentence for figures in told} == told
    assert all(Figures.read(figures.as_stored) == figures for figures in told)
    assert [figures.people for figures in told] == [None, 250, 250, 1, 12_000]
    for wrong in (lambda: Figure(3), lambda: Figure(None, Basis.COUNTED), lambda: Figures(about, COUNTED)):
        with pytest.raises(FiguresContradict):
            wrong()


def test_the_words_of_the_anchors_say_which_scale_numbers_stand_for():
    matrix = read(CONTENT)
    people = (None, 0, 1, 9, 10, 999, 1_000, 99_999, 100_000, 5_000_000)
    assert [scale_of(matrix, each) for each in people] == [None, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    axes = [
        {**axis, "anchors": ["Few", "Some", "Many", "More", "All"]} if axis["name"] == AxisName.SCALE else axis
        for axis in CONTENT["axes"]
    ]
    assert scale_of(read({**CONTENT, "axes": axes}), 250) is None


def test_a_revision_stands_beside_the_older_ones_and_on_the_timeline(now, pia):
    case = cases.incident(now=now, state=State.CLOSED, severity="SEV4")
    record_exposure(case, known=known(group="Applicants"), by=pia, now=now)
    later = Figures(COUNTED, Figure(40, Basis.ESTIMATED, Confidence.MEDIUM))
    more = {"since": now - timedelta(days=2), "until": now, "jurisdictions": ["NO"], "minors": Concern.NO}
    newest = record_exposure(case, known=known(later, **more), by=pia, now=now, expected=1)
    assert (newest.number, newest.figures, newest.jurisdictions) == (2, later, ["NO"])
    entries = case.timeline.filter(kind=Kind.EXPOSURE_RECORDED).order_by("seq")
    assert [(entry.actor, entry.facts["exposed"], entry.facts["harmed"]) for entry in entries] == [
        (pia, 250, None),
        (pia, 250, 40),
    ]
    assert entries[0].words == "Applicants\n\nCounted in the log."
    for change in ({"exposed": 1}, {"number": 9}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Exposure.objects.filter(pk=newest.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        newest.delete()


def test_what_cannot_be_so_is_refused_and_nothing_is_recorded(now, tess, uma, ada, mo):
    case = cases.incident(now=now)
    hidden = cases.incident(now=now, visibility=Visibility.RESTRICTED, by=mo)
    refusals = [
        (case, known(), uma, NotPermitted, None),
        (case, known(), ada, NotPermitted, None),
        (hidden, known(), tess, NotPermitted, None),
        (case, known(grounds=" "), tess, ReasonMissing, None),
        (case, known(since=now, until=now - timedelta(hours=1)), tess, ImpossibleTime, None),
        (case, known(since=now + timedelta(hours=1)), tess, ImpossibleTime, None),
        (case, known(), tess, EditConflict, 3),
    ]
    for incident, given, by, refusal, expected in refusals:
        with pytest.raises(refusal):
            record_exposure(incident, known=given, by=by, now=now, expected=expected)
    assert not Exposure.objects.exists()
    assert not case.timeline.filter(kind=Kind.EXPOSURE_RECORDED).exists()


def test_the_page_keeps_what_was_typed_and_shows_a_colleagues_numbers_first(now, client_for, tess, uma):
    case, client = cases.incident(now=now), client_for(tess)
    wrong = [
        {"exposed": ""}, {"exposed_confidence": ""}, {"harmed": "3"}, {"jurisdictions": "Norway"}, {"grounds": ""},
        {"characteristics": ["age", "none"]}, {"since": "2026-11-02T10:00", "until": "2026-11-01T10:00"},
        {"harmed": "300", "harmed_basis": "counted", "harmed_confidence": "high"}, {"exposed": "many"},
    ]  # fmt: skip
    for each in wrong:
        answer = client.post(page_of(case), TYPED | each)
        assert answer.status_code == 422, each
        assert "Customers &lt;b&gt;of&lt;/b&gt; the chat" in answer.content.decode()
    assert not Exposure.objects.exists()
    assert client.post(page_of(case), TYPED).status_code == 302
    stale = client.post(page_of(case), TYPED | {"exposed": "9"})
    assert stale.status_code == 409
    shown = stale.content.decode()
    assert "About 250 people exposed, estimated" in shown
    assert 'value="9"' in shown
    assert client.post(page_of(case), TYPED | {"exposed": "9", "seen": "1"}).status_code == 302
    page = client_for(uma).get(page_of(case))
    assert page.context["form"] is None
    assert [row["number"] for row in page.context["history"]] == [2, 1]
    assert "About 9 people exposed, estimated; harmed: not known yet" in room_of(client, case)


def test_the_history_pages_and_costs_the_same_however_long_it_is(now, client_for, tess, monkeypatch):
    monkeypatch.setattr("incidents.impact.exposure_pages.SHOWN", 3)
    case, client = cases.incident(now=now), client_for(tess)

    def queries():
        with CaptureQueriesContext(connection) as found:
            assert client.get(page_of(case)).status_code == 200
        return len(found)

    record_exposure(case, known=known(), by=tess, now=now)
    few = queries()
    for _n in range(6):
        record_exposure(case, known=known(), by=tess, now=now)
    assert queries() == few <= 9
    first = client.get(page_of(case)).context
    assert [row["number"] for row in first["history"]] == [7, 6, 5]
    older = client.get(f"{page_of(case)}?before={first['older']}").context
    assert ([row["number"] for row in older["history"]], older["older"]) == ([4, 3, 2], 2)


def test_numbers_that_contradict_the_assessment_ask_to_assess_again(now, client_for, tess, mo):
    case, client = cases.incident(now=now), client_for(tess)
    case.assess(answered=answered(answers((2, 2, 1, 1, 1))), by=mo, now=now)
    severity, notice = case.severity_slug, "Scale is now 3 (1,000–99,999), and the assessment says 1."
    assert "Assess again" not in room_of(client, case)
    record_exposure(case, known=known(Figures(Figure(2_300, Basis.COUNTED, Confidence.HIGH))), by=tess, now=now)
    shown = room_of(client, case)
    assert notice in shown
    assert notice in client.get(page_of(case)).content.decode()
    case.refresh_from_db()
    assert (case.severity_slug, case.assessments.count()) == (severity, 1)
    case.assess(answered=answered(answers((2, 2, 3, 1, 1))), by=mo, now=now)
    assert notice not in room_of(client, case)


def test_a_near_miss_that_harmed_somebody_is_said_and_its_potential_is_not_talked_down(now, client_for, tess, mo):
    case, client = cases.incident(now=now), client_for(tess)
    case.assess(answered=answered(answers((2, 2, 3, 1, 1), happened=NEAR_MISS)), by=mo, now=now)
    record_exposure(case, known=known(), by=tess, now=now)
    assert "Scale is now" not in room_of(client, case)
    record_exposure(case, known=known(Figures(COUNTED, COUNTED)), by=tess, now=now)
    assert "250 people were harmed, and the assessment says: Near miss" in room_of(client, case)
    unsure = answers((2, 2, 1, 1, 1), happened=HARM, unsure={AxisName.SCALE})
    case.assess(answered=answered(unsure, reason="x"), by=mo, now=now, to=case.severity)
    shown = room_of(client, case)
    assert "Scale is now" not in shown
    assert "the assessment says" not in shown
