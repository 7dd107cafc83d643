"""Each step of an incident over HTTP: taken, refused, and for strangers neither."""

from http import HTTPStatus

import pytest
from django.urls import reverse

from incidents.classification.models import HarmKind
from incidents.desk.steps import STEPS
from incidents.response.states import MOVES, State
from incidents.response.visibility import Visibility
from tests import factories
from tests.incidents.cases import incident, level

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}

# Step -> state to start from, what is typed, and the kind of entry that follows.
TAKEN = {
    "acknowledge": (State.REPORTED, lambda i: {}, "acknowledged"),
    "triage": (
        State.REPORTED,
        lambda i: {"severity": level("SEV1").pk, "harm_kind": HarmKind.objects.first().pk, "note": "Three chats."},
        "triaged",
    ),
    "contain": (State.TRIAGED, lambda i: {"reason": "Flag off."}, "contained"),
    "resolve": (State.CONTAINED, lambda i: {"reason": "Prompt put back."}, "resolved"),
    "close": (State.RESOLVED, lambda i: {"note": ""}, "closed"),
    "dismiss": (State.REPORTED, lambda i: {"reason": "A test message."}, "dismissed"),
    "reopen": (State.DISMISSED, lambda i: {"reason": "It came back."}, "reopened"),
    "severity": (
        State.TRIAGED,
        lambda i: {"to": level("SEV1").pk, "reason": "Two acted on it.", "version": i.version},
        "severity_raised",
    ),
    "lead": (
        State.REPORTED,
        lambda i: {"to": factories.person("ravi").pk, "version": i.version},
        "handed_over",
    ),
    "roles": (State.REPORTED, lambda i: {"role": "legal", "person": factories.person("lee").pk}, "role_assigned"),
    "title": (State.REPORTED, lambda i: {"title": "Reworded", "version": i.version}, "details_edited"),
    "summary": (State.REPORTED, lambda i: {"summary": "Forty chats.", "version": i.version}, "details_edited"),
    "times": (
        State.REPORTED,
        lambda i: {"which": "started_at", "to": "2026-01-02T03:04:05", "reason": "The logs."},
        "time_corrected",
    ),
    "visibility": (State.REPORTED, lambda i: {"to": "restricted", "reason": "Names in it."}, "visibility_changed"),
    "assessment": (State.TRIAGED, lambda i: {"axis_harm": "3", "version": i.version}, "severity_assessed"),
    "harm_kind": (
        State.TRIAGED,
        lambda i: {"to": HarmKind.objects.get(slug="data_exposure").pk, "reason": "Names.", "version": i.version},
        "harm_kind_changed",
    ),
    "tags": (State.CLOSED, lambda i: {"to": ["mit:7.6"]}, "tags_corrected"),
    "notes": (State.REPORTED, lambda i: {"text": "Seen in three chats."}, "note_added"),
    "updates": (State.REPORTED, lambda i: {"text": "Flag is off."}, "update_posted"),
}


@pytest.fixture
def mos_client(client_for, mo):
    return client_for(mo)


def address(step, case):
    return reverse(f"incidents:{step}", args=[case.reference])


def kinds(case):
    return list(case.timeline.order_by("seq").values_list("kind", flat=True))


def test_every_step_is_tried_here():
    assert set(TAKEN) == set(STEPS)


@pytest.mark.parametrize("step", TAKEN)
def test_a_step_is_taken_with_one_entry_and_leads_back_to_the_page(step, now, mos_client, mo):
    state, typed, kind = TAKEN[step]
    case = incident(now=now, state=state)
    before = kinds(case)

    answer = mos_client.post(address(step, case), typed(case))

    assert (answer.status_code, answer.url) == (HTTPStatus.FOUND, f"/incidents/{case.reference}/")
    assert kinds(case) == [*before, kind]
    assert case.timeline.order_by("-seq").first().actor == mo


@pytest.mark.parametrize("step", TAKEN)
def test_htmx_gets_the_new_state_of_the_page_and_a_line(step, now, mos_client):
    state, typed, _ = TAKEN[step]
    case = incident(now=now, state=state)

    answer = mos_client.post(address(step, case), typed(case), headers=HTMX)

    assert answer.status_code == HTTPStatus.OK
    assert answer.content.strip().startswith(b'<div id="room"')
    assert case.reference in answer.headers["HX-Trigger"]


@pytest.mark.parametrize("step", [name for name in TAKEN if name not in {"notes", "tags", "times", "visibility"}])
def test_a_step_from_the_wrong_state_is_refused_in_its_place(step, now, mos_client):
    _, typed, _ = TAKEN[step]
    open_in = {state for verb in STEPS[step].verbs for state in MOVES[verb].sources}
    state = next(state for state in (State.DISMISSED, State.CLOSED, State.REPORTED) if state not in open_in)
    case = incident(now=now, state=state)
    before = kinds(case)

    answer = mos_client.post(address(step, case), typed(case), headers=HTMX)

    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "This needs an incident that is" in answer.content.decode()
    assert kinds(case) == before


@pytest.mark.parametrize(
    "step", ["contain", "resolve", "dismiss", "reopen", "severity", "harm_kind", "notes", "updates"]
)
def test_missing_words_are_asked_for_and_nothing_happens(step, now, mos_client):
    state, typed, _ = TAKEN[step]
    case = incident(now=now, state=state)
    before = kinds(case)

    answer = mos_client.post(address(step, case), {**typed(case), "reason": " ", "text": " "})

    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert 'class="error-summary"' in answer.content.decode()
    assert kinds(case) == before


def test_a_refused_form_keeps_every_typed_character(now, mos_client):
    case = incident(now=now, state=State.TRIAGED)
    typed = {"reason": 'The flag "refunds" <off>', "at": "2999-01-01T00:00:00"}

    answer = mos_client.post(address("contain", case), typed)

    page = answer.content.decode()
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "The flag &quot;refunds&quot; &lt;off&gt;" in page
    assert 'value="2999-01-01T00:00:00"' in page
    assert "That time lies in the future" in page


@pytest.mark.parametrize("step", TAKEN)
def test_a_step_is_closed_to_whose_roles_lack_it(step, now, client_for):
    state, typed, _ = TAKEN[step]
    case = incident(now=now, state=state)
    before = kinds(case)
    for name in ("uma", "sam"):
        answer = client_for(factories.person(name)).post(address(step, case), typed(case))
        assert answer.status_code == HTTPStatus.FORBIDDEN
    assert kinds(case) == before


@pytest.mark.parametrize("step", TAKEN)
def test_a_restricted_incident_has_no_steps_for_outsiders(step, now, mos_client):
    state, typed, _ = TAKEN[step]
    case = incident(now=now, state=state, visibility=Visibility.RESTRICTED)
    before = kinds(case)

    for headers in ({}, HTMX):
        answer = mos_client.post(address(step, case), typed(case), headers=headers)
        assert answer.status_code == HTTPStatus.NOT_FOUND
        assert mos_client.get(address(step, case), headers=headers).status_code == HTTPStatus.NOT_FOUND
    assert kinds(case) == before


def test_lowering_is_refused_to_whoever_may_only_raise(now, client_for, tess):
    case = incident(now=now, state=State.TRIAGED)
    typed = {"to": level("SEV4").pk, "reason": "Nobody acted on it.", "version": case.version}

    answer = client_for(tess).post(address("severity", case), typed)

    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Your roles do not allow this" in answer.content.decode()


def test_a_form_has_an_address_of_its_own_that_opens_it(now, mos_client):
    case = incident(now=now, state=State.TRIAGED)
    page = mos_client.get(address("severity", case)).content.decode()
    assert 'id="step-severity" open' in page


class TestConflict:
    def test_both_versions_stand_side_by_side_and_sending_again_takes_mine(self, now, mos_client, tess):
        case = incident(now=now)
        opened = {"version": case.version, "title": "Mine"}
        case.edit_details(title="Theirs", summary="", by=tess, now=now, expected=case.version)

        answer = mos_client.post(address("title", case), opened, headers=HTMX)

        page = answer.content.decode()
        assert answer.status_code == HTTPStatus.CONFLICT
        assert "Theirs" in page and "Mine" in page and "A colleague changed this" in page
        case.refresh_from_db()
        assert case.title == "Theirs"

        again = mos_client.post(address("title", case), opened | {"version": case.version}, headers=HTMX)
        assert again.status_code == HTTPStatus.OK
        case.refresh_from_db()
        assert case.title == "Mine"

    def test_a_colleagues_change_of_something_else_is_none(self, now, mos_client, tess):
        case = incident(now=now)
        page = mos_client.get(address("title", case)).context["offers"]["title"]["form"]
        opened = {**page.initial, "title": "Reworded"}
        case.acknowledge(by=tess, now=now)

        answer = mos_client.post(address("title", case), opened)

        assert answer.status_code == HTTPStatus.FOUND
        case.refresh_from_db()
        assert (case.title, case.acknowledged_by) == ("Reworded", tess)

    def test_a_lead_that_changed_meanwhile_is_shown(self, now, mos_client, ravi, tess):
        case = incident(now=now)
        opened = {"version": case.version, "seen": "None", "to": tess.pk}
        case.hand_over(to=ravi, by=ravi, now=now)

        answer = mos_client.post(address("lead", case), opened)

        assert answer.status_code == HTTPStatus.CONFLICT
        assert "Ravi Responder" in answer.content.decode()
        case.refresh_from_db()
        assert case.lead == ravi


class TestUndo:
    @pytest.mark.parametrize("before", [None, "ravi"])
    def test_a_taken_lead_goes_back_to_where_it_was(self, before, now, mos_client, mo):
        case = incident(now=now)
        if before:
            case.hand_over(to=factories.person(before), by=mo, now=now)
        lead_before = case.lead

        taken = mos_client.post(
            reverse("incidents:take_lead", args=[case.reference]), {"version": case.version}, headers=HTMX
        )
        case.refresh_from_db()
        assert case.lead == mo
        undo_url = reverse("incidents:return_lead", args=[case.reference, lead_before.pk if lead_before else 0])
        assert undo_url in taken.headers["HX-Trigger"]

        mos_client.post(undo_url, headers=HTMX)
        case.refresh_from_db()
        assert case.lead == lead_before

    def test_giving_away_the_sight_of_an_incident_leads_to_the_board(self, now, client_for, lee, ravi, edie):
        case = incident(now=now)
        case.hand_over(to=lee, by=ravi, now=now)
        case.set_visibility(to=Visibility.RESTRICTED, by=lee, now=now, reason="Names in it.")
        ravi_client = client_for(ravi)
        assert ravi_client.get(f"/incidents/{case.reference}/").status_code == HTTPStatus.NOT_FOUND
        case.hand_over(to=ravi, by=ravi, now=now)

        typed = {"to": edie.pk, "version": case.version, "seen": str(ravi.pk)}
        answer = ravi_client.post(address("lead", case), typed)
        assert (answer.status_code, answer.url) == (HTTPStatus.FOUND, "/")
