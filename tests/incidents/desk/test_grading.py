"""The severity questions on the pages: declaring, triaging, assessing, and what shows while one answers."""

from http import HTTPStatus

import pytest
from django.urls import reverse

from incidents.classification.models import HarmKind, SeverityMatrix
from incidents.response.models import Incident
from incidents.response.states import State
from incidents.response.visibility import Visibility
from tests.incidents.answering import MILD, MODERATE, SERIOUS, SUSPECTED, answered, answers
from tests.incidents.cases import assistant, incident, level

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _shipped():
    assistant()


SEV2 = {"axis_harm": "3", "axis_rights": "2", "axis_confidence": "3", "evidence_harm": "41 chats."}


def room(case, step=""):
    return f"/incidents/{case.reference}/" + (f"{step}/" if step else "")


class TestDeclaring:
    def typed(self, **more):
        return {"ticket": "1", "title": "Refunds promised", "system": assistant().pk, "visibility": "normal"} | more

    def test_the_answers_give_the_level_when_none_is_picked(self, client_for, edie):
        answer = client_for(edie).post("/declare/", self.typed(**SEV2, matrix="1"))
        case = Incident.objects.get()
        assert (answer.status_code, case.severity.slug) == (HTTPStatus.FOUND, "SEV2")
        assert (case.assessment.chosen, case.assessment.words.evidence) == ("SEV2", {"harm": "41 chats."})
        assert case.reassess_due_at is not None, "four questions were left open"

    @pytest.mark.parametrize(
        ("more", "words"),
        [
            ({}, "Choose how bad it is as far as you know."),
            ({"axis_scale": "3"}, "Answer at least what the harm is, or who is concerned."),
            (SEV2 | {"severity": "SEV3"}, "The answers give SEV2. Say why you choose SEV3, or go by the answers."),
            (SEV2 | {"matrix": "7"}, "Another version of the questions was published meanwhile."),
            ({"axis_harm": "9"}, "9 is not one of the available choices"),
            ({"severity": "SEV3", "harm_kind": "other"}, "what kind of harm it is"),
        ],
    )
    def test_what_cannot_be_is_said_and_what_was_ticked_stays(self, more, words, client_for, tess):
        typed = self.typed(**more)
        for field, model in (("severity", level), ("harm_kind", lambda slug: HarmKind.objects.get(slug=slug))):
            if field in typed:
                typed[field] = model(typed[field]).pk
        answer = client_for(tess).post("/declare/", typed, headers=HTMX)
        page = answer.content.decode()
        assert (answer.status_code, Incident.objects.count()) == (HTTPStatus.UNPROCESSABLE_ENTITY, 0)
        assert words in page
        if "evidence_harm" in more:
            assert 'value="41 chats."' in page
            assert 'id="id_axis_harm-3" value="3" checked' in page

    def test_a_level_can_still_be_picked_without_any_question(self, client_for, tess):
        client_for(tess).post("/declare/", self.typed(severity=level("SEV3").pk, happened="harm", matrix="1"))
        case = Incident.objects.get()
        assert (case.severity.slug, case.assessment) == ("SEV3", None)

    def test_the_questions_stand_beside_the_levels(self, client_for, tess):
        page = client_for(tess).get("/declare/").content.decode()
        assert page.count('name="axis_harm"') == 6, "five anchors and not known yet"
        assert page.count('name="severity"') == 5, "four levels and as the answers say"


class TestPreview:
    def test_it_says_level_and_sentence_before_anything_is_sent(self, client_for, edie):
        assistant()
        answer = client_for(edie).post("/severity/preview/", SEV2, headers=HTMX)
        page = answer.content.decode()
        assert "SEV2 High" in page and "Provisional: not known yet: scale, irreversibility, spread." in page
        assert "The level shows here" in client_for(edie).post("/severity/preview/", {}).content.decode()

    def test_it_warns_of_what_would_be_refused(self, now, client_for, tess, mo, uma):
        case = incident(now=now)
        address = f"/severity/preview/?incident={case.reference}"
        mild = {"axis_harm": "1"}
        assert "only a manager lowers it" in client_for(tess).post(address, mild).content.decode()
        assert "only a manager lowers it" not in client_for(mo).post(address, mild).content.decode()
        picked = {"axis_harm": "1", "to": str(case.severity_id)}
        assert "You picked SEV2: say why" in client_for(mo).post(address, picked).content.decode()
        assert client_for(uma).post(address, mild).status_code == HTTPStatus.FORBIDDEN
        hidden = incident(now=now, visibility=Visibility.RESTRICTED, by=mo)
        address = f"/severity/preview/?incident={hidden.reference}"
        assert client_for(tess).post(address, mild).status_code == HTTPStatus.NOT_FOUND


class TestTriage:
    def typed(self, **more):
        return {"harm_kind": HarmKind.objects.get(slug="discrimination").pk} | more

    def test_without_answers_the_level_stays(self, now, client_for, tess):
        case = incident(now=now)
        client_for(tess).post(room(case, "triage"), self.typed())
        case.refresh_from_db()
        assert (case.state, case.severity.slug, case.assessment) == (State.TRIAGED, "SEV2", None)
        assert case.tags[0] == "mit:1.1"

    def test_answers_raise_it_in_the_same_step(self, now, client_for, tess):
        case = incident(now=now, severity="SEV3")
        client_for(tess).post(room(case, "triage"), self.typed(**SEV2))
        case.refresh_from_db()
        assert (case.state, case.severity.slug, case.assessment.chosen) == (State.TRIAGED, "SEV2", "SEV2")

    def test_what_was_answered_before_is_filled_in_and_not_recorded_twice(self, now, client_for, tess):
        case = incident(now=now, answered=answered(answers(SERIOUS, SUSPECTED), harm="41 chats."))
        case.acknowledge(by=tess, now=now)
        page = client_for(tess).get(room(case)).content.decode()
        assert 'id="triage-axis_harm-3" value="3" checked' in page and 'value="41 chats."' in page
        ticked = {"axis_harm": "3", "axis_rights": "2", "axis_scale": "1", "axis_irreversibility": "1"}
        ticked |= {"axis_spread": "1", "axis_confidence": "1", "happened": "harm", "matrix": "1"}
        client_for(tess).post(room(case, "triage"), self.typed(**ticked))
        case.refresh_from_db()
        assert (case.state, case.severity.slug, case.assessments.count()) == (State.TRIAGED, "SEV2", 1)

    def test_something_else_asks_for_a_note(self, now, client_for, tess):
        case = incident(now=now)
        typed = self.typed(harm_kind=HarmKind.objects.get(slug="other").pk)
        answer = client_for(tess).post(room(case, "triage"), typed, headers=HTMX)
        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert "what kind of harm it is" in answer.content.decode()


class TestAssessing:
    def test_the_panel_says_why_who_and_that_it_is_provisional(self, now, client_for, tess, uma):
        case = incident(now=now)
        assert "nobody answered the questions yet" in client_for(uma).get(room(case)).content.decode()
        client_for(tess).post(room(case, "assessment"), SEV2 | {"version": case.version})
        page = client_for(uma).get(room(case)).content.decode()
        case.refresh_from_db()
        assert case.assessment.why in page.replace("&quot;", '"')
        assert "Assessed by Tess Triager" in page and "Provisional" in page and "Assess again" in page

    def test_a_milder_level_than_now_is_refused_to_triage_with_the_cure(self, now, client_for, tess, mo):
        case = incident(now=now)
        typed = {"axis_harm": "1", "version": case.version}
        answer = client_for(tess).post(room(case, "assessment"), typed, headers=HTMX)
        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert "only a manager lowers the severity. Keep SEV2, or ask one." in answer.content.decode()
        assert not case.assessments.exists()
        client_for(mo).post(room(case, "assessment"), typed)
        case.refresh_from_db()
        assert case.severity.slug == "SEV4"

    def test_no_answers_are_no_assessment(self, now, client_for, tess):
        case = incident(now=now)
        answer = client_for(tess).post(room(case, "assessment"), {"version": case.version}, headers=HTMX)
        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert "Answer at least what the harm is" in answer.content.decode()

    def test_a_colleagues_assessment_is_shown_not_overwritten(self, now, client_for, tess, mo):
        case = incident(now=now)
        opened = SEV2 | {"version": case.version, "seen": f"{case.severity_id}/None"}
        case.assess(answered=answered(answers(MILD)), by=mo, now=now)
        answer = client_for(tess).post(room(case, "assessment"), opened)
        assert answer.status_code == HTTPStatus.CONFLICT
        assert "SEV4 Low" in answer.content.decode()
        assert case.assessments.count() == 1

    def test_all_assessments_can_be_read_by_whom_the_incident_exists_for(self, now, client_for, tess, mo, uma):
        case = incident(now=now)
        case.assess(answered=answered(answers(SERIOUS), harm="<b>41</b> chats."), by=tess, now=now)
        case.assess(answered=answered(answers(MILD), reason="Press."), to=level("SEV2"), by=mo, now=now)
        page = client_for(uma).get(room(case, "assessments")).content.decode()
        assert page.index("The answers gave SEV4, SEV2 was chosen:") < page.index("&lt;b&gt;41&lt;/b&gt; chats.")
        assert "Serious loss, lost opportunity or dignity, sensitive data out" in page
        fragment = client_for(uma).get(room(case, "assessments"), headers=HTMX).content.decode()
        assert fragment.strip().startswith('<div class="assessments')
        case.set_visibility(to=Visibility.RESTRICTED, by=mo, now=now, reason="Names.")
        assert client_for(uma).get(room(case, "assessments")).status_code == HTTPStatus.NOT_FOUND


def test_tags_are_shown_and_put_right_on_the_rail(now, client_for, edie, uma):
    case = incident(now=now, state=State.CLOSED)
    page = client_for(uma).get(room(case)).content.decode()
    assert "<code>LLM09</code> Misinformation" in page
    client_for(edie).post(room(case, "tags"), {"to": ["owasp:LLM01"]})
    case.refresh_from_db()
    assert case.tags == ["owasp:LLM01"]
    refused = client_for(edie).post(room(case, "tags"), {"to": ["owasp:LLM77"]}, headers=HTMX)
    assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY


class TestMatrix:
    ADDRESS = "/severity/matrix/edition/"

    def typed(self, client, **changed):
        form = client.get(self.ADDRESS).context["form"]
        return {name: form[name].value() or "" for name in form.fields} | changed

    def test_everybody_who_reads_incidents_reads_it_with_its_history(self, client_for, uma, sam):
        assistant()
        page = client_for(uma).get("/severity/matrix/").content.decode()
        assert "Version 1, in force" in page and "shipped with airp" in page
        assert "An identifiable person is at acute risk" in page
        assert reverse("incidents:severity_matrix_edition") not in page
        assert client_for(uma).get(self.ADDRESS).status_code == HTTPStatus.FORBIDDEN
        assert client_for(uma).get("/severity/matrix/?version=9").status_code == HTTPStatus.NOT_FOUND
        assert client_for(sam).get("/severity/matrix/").status_code == HTTPStatus.FORBIDDEN

    def test_a_new_version_is_tried_on_what_was_assessed_and_then_published(
        self, now, client_for, ada, tess, mo, django_assert_max_num_queries
    ):
        case = incident(now=now, severity="SEV3")
        case.assess(answered=answered(answers(MODERATE)), by=tess, now=now)
        hidden = incident(now=now, severity="SEV3", visibility=Visibility.RESTRICTED)
        hidden.assess(answered=answered(answers(MODERATE)), by=tess, now=now)
        client = client_for(ada)
        typed = self.typed(client, level_2="SEV2", floor_F6_words="", floor_F7_words="A child is concerned")

        tried = client.post(self.ADDRESS, typed, headers=HTMX).content.decode()
        assert "Of the last 1 assessed incidents 1 would get another level" in tried
        assert case.reference in tried and hidden.reference not in tried
        assert "Score 2 stands for SEV2, before for SEV3." in tried
        assert SeverityMatrix.objects.count() == 1

        without_reason = client.post(self.ADDRESS, typed | {"publish": "1"})
        assert without_reason.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert "Say why you change the matrix." in without_reason.content.decode()
        published = client.post(self.ADDRESS, typed | {"publish": "1", "why": "Drill of March."})
        assert (published.status_code, published.url) == (HTTPStatus.FOUND, "/severity/matrix/")
        made = SeverityMatrix.current()
        assert (made.version, made.published_by, made.why) == (2, ada, "Drill of March.")
        assert [floor.code for floor in made.matrix.floors] == ["F1", "F2", "F3", "F4", "F5", "F7"]
        page = client.get("/severity/matrix/").content.decode()
        assert "Floor F6 is gone" in page and "Ada Admin" in page
        assert "no longer in force" in client.get("/severity/matrix/?version=1").content.decode()
        case.assess(answered=answered(answers(MODERATE)), by=mo, now=now)
        case.refresh_from_db()
        assert (case.severity.slug, case.assessment.matrix_id) == ("SEV2", 2)

        for _ in range(3):
            incident(now=now).assess(answered=answered(answers(SERIOUS)), by=tess, now=now)
        with django_assert_max_num_queries(8):
            client.post(self.ADDRESS, typed, headers=HTMX)
        late = client.post(self.ADDRESS, typed | {"publish": "1", "why": "Mine."})
        assert late.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert "Somebody published a newer version meanwhile." in late.content.decode()
        assert SeverityMatrix.objects.count() == 2

    @pytest.mark.parametrize(
        ("changed", "words"),
        [
            ({"level_2": "SEV1"}, "Score 3 stands for SEV2, which is milder than SEV1 at score 2."),
            ({"anchor_harm_2": " "}, "Write something here"),
            ({}, "Nothing differs from the version in force."),
        ],
    )
    def test_what_cannot_work_is_not_published(self, changed, words, client_for, ada):
        assistant()
        client = client_for(ada)
        typed = self.typed(client, why="Because.", publish="1", **changed)
        answer = client.post(self.ADDRESS, typed)
        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert words in answer.content.decode()
        assert SeverityMatrix.objects.count() == 1
