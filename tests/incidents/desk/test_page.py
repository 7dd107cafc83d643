"""The incident page: what it offers to whom, live, in few queries, however long the timeline is."""

from datetime import timedelta
from http import HTTPStatus

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.classification.figures import Basis, Confidence, Figure, Figures
from incidents.coordination.asking import Wanted, ask
from incidents.desk.steps import STEPS
from incidents.impact.recording import Known, record_exposure
from incidents.linking.linking import link
from incidents.playbooks.task import Task
from incidents.response.gates import Obstacle
from incidents.response.relations import Relation
from incidents.response.states import MOVES, State, Verb
from incidents.response.visibility import Visibility
from tests import factories
from tests.incidents.answering import SERIOUS, SUSPECTED, answered, answers
from tests.incidents.cases import incident

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
POLL = HTMX | {"X-Airp-Poll": "true"}
MOST_QUERIES = 12
MOST_WITH_EVERYTHING = 15


def page_of(case):
    return f"/incidents/{case.reference}/"


@pytest.mark.parametrize("name", ["tess", "ravi", "lee", "edie", "mo", "ada", "uma"])
def test_the_page_offers_exactly_what_the_table_of_moves_allows(name, now, client_for):
    person = factories.person(name)
    client = client_for(person)
    for state in State:
        case = incident(now=now, state=state)
        offered = set(client.get(page_of(case)).context["offers"])
        allowed = {
            step.name
            for step in STEPS.values()
            if any(state in MOVES[verb].sources and person.can(MOVES[verb].capability) for verb in step.verbs)
        }
        assert offered == allowed - ({"acknowledge"} if case.acknowledged_at else set())


def test_who_cannot_take_the_next_step_reads_who_can(now, client_for, uma):
    case = incident(now=now, state=State.RESOLVED)
    assert "Who can do this: Manager." in client_for(uma).get(page_of(case)).content.decode()


def test_what_stands_against_closing_is_said_before_anybody_tries(now, client_for, mo, settings):
    settings.GATES = "tests.incidents.desk.test_page.GATES"
    case = incident(now=now, state=State.RESOLVED)
    page = client_for(mo).get(page_of(case)).content.decode()
    assert "The review is not signed off yet." in page
    assert '<a href="/there/">Sign it off</a>' in page
    assert "form-close" not in page, "the way on is the link, not a button that refuses"


def not_signed_off(incident, *, by):
    return [Obstacle("The review is not signed off yet.", "/there/", "Sign it off")]


GATES = {Verb.CLOSE: (not_signed_off,)}


def test_strangers_get_no_page_and_others_no_restricted_one(now, client_for, sam, mo):
    case = incident(now=now)
    hidden = incident(now=now, visibility=Visibility.RESTRICTED)
    assert client_for(sam).get(page_of(case)).status_code == HTTPStatus.FORBIDDEN
    assert client_for(None).get(page_of(case)).status_code == HTTPStatus.FOUND
    for address in (page_of(hidden), f"{page_of(hidden)}live/", "/incidents/AIR-1999-0001/"):
        assert client_for(mo).get(address).status_code == HTTPStatus.NOT_FOUND


def test_hostile_words_stay_words(now, client_for, tess):
    case = incident(
        now=now, title="<script>alert(1)</script>", summary="<img src=x onerror=alert(1)> [a](javascript:b)"
    )
    case.add_note(text="<b hx-get='/x'>now</b>", by=tess, now=now)
    page = client_for(tess).get(page_of(case)).content.decode()
    assert "<script>alert(1)" not in page
    assert "<img src=x" not in page
    assert 'href="javascript' not in page
    assert "<b hx-get" not in page


class TestLive:
    def test_nothing_new_is_no_content(self, now, client_for, tess):
        case = incident(now=now)
        client = client_for(tess)
        query = client.get(page_of(case)).context["live_query"]
        assert client.get(f"{page_of(case)}live/?{query}", headers=POLL).status_code == HTTPStatus.NO_CONTENT

    @pytest.mark.parametrize("change", ["note", "verb"])
    def test_a_change_brings_the_region_with_its_new_version(self, change, now, client_for, tess, ravi):
        case = incident(now=now)
        client = client_for(tess)
        query = client.get(page_of(case)).context["live_query"]
        if change == "note":
            case.add_note(text="Seen in three chats.", by=ravi, now=now)
        else:
            case.acknowledge(by=ravi, now=now)

        answer = client.get(f"{page_of(case)}live/?{query}", headers=POLL)
        assert answer.status_code == HTTPStatus.OK
        assert answer.content.strip().startswith(b'<div id="room"')
        assert answer.context["live_query"] != query

    def test_a_poll_after_signing_out_gets_401(self, now, client_for):
        case = incident(now=now)
        assert client_for(None).get(f"{page_of(case)}live/", headers=POLL).status_code == HTTPStatus.UNAUTHORIZED


class TestLongTimelines:
    def test_they_are_paged_by_key_without_gap_or_repeat(self, now, client_for, tess):
        case = incident(now=now)
        for minute in range(204):
            case.add_note(text=f"Note {minute}", by=tess, now=now + timedelta(minutes=minute))
        client, seen, before = client_for(tess), [], None
        while True:
            context = client.get(page_of(case), {"before": before} if before else {}).context
            seen += [entry["id"] for entry in context["entries"]]
            before = context["older"].removeprefix("before=")
            if not before:
                break
        assert seen == list(range(205, 0, -1))

    def test_a_place_that_is_none_shows_the_newest(self, now, client_for, tess):
        case = incident(now=now)
        for place in ("x", "-1", "9" * 40):
            assert client_for(tess).get(page_of(case), {"before": place}).status_code == HTTPStatus.OK


@pytest.mark.parametrize("name", ["ravi", "mo", "uma"])
def test_the_page_takes_few_queries_whatever_has_happened(name, now, client_for, tess, ravi, lee):
    person = factories.person(name)
    counts = set()
    for state in (State.REPORTED, State.TRIAGED, State.CONTAINED, State.RESOLVED):
        case = incident(now=now, state=state)
        counts.add(count(client_for(person), case))
        case.assess(answered=answered(answers(SERIOUS, SUSPECTED), harm="41 chats."), by=tess, now=now)
        for _ in range(5):
            case.add_note(text="Seen again.", by=lee, now=now)
        case.hand_over(to=lee, by=tess, now=now)
        case.hand_over(to=ravi, by=tess, now=now)
        counts.add(count(client_for(person), case))
    assert max(counts) <= MOST_QUERIES


def test_an_incident_with_much_beside_it_asks_nothing_twice_and_its_idle_poll_next_to_nothing(
    now, client_for, tess, ravi, lee, mo, settings
):
    settings.GATES = "airp.reactions.GATES"
    case = incident(now=now, state=State.RESOLVED)
    case.assess(answered=answered(answers(SERIOUS, SUSPECTED), harm="41 chats."), by=tess, now=now)
    case.hand_over(to=ravi, by=tess, now=now)
    Task.objects.create(incident=case, number=1, title="Tell them", added_at=now, owner=lee, before="closed")
    due_at = now + timedelta(hours=1)
    ask(case, Wanted(title="Notice", content="Sorry.", why_now="Today.", due_at=due_at, person=lee), by=ravi, now=now)
    known = Known(figures=Figures(exposed=Figure(41, Basis.COUNTED, Confidence.HIGH)), grounds="Logs.")
    record_exposure(case, known=known, by=ravi, now=now)
    link(Relation.RELATED, case, incident(now=now), by=mo, now=now, reason="The same prompt.")
    client = client_for(mo)
    with CaptureQueriesContext(connection) as queries:
        page = client.get(page_of(case))
    asked = [each["sql"] for each in queries.captured_queries]
    assert "Task 1 is mandatory" in page.content.decode(), "the gate was asked too"
    assert len(asked) == len(set(asked)) <= MOST_WITH_EVERYTHING
    with CaptureQueriesContext(connection) as queries:
        assert client.get(f"{page_of(case)}live/", headers=POLL).status_code == HTTPStatus.OK
    assert len(queries) <= MOST_WITH_EVERYTHING, "a poll with news asks for its version instead of the frame"
    with CaptureQueriesContext(connection) as queries:
        idle = client.get(f"{page_of(case)}live/?{page.context['live_query']}", headers=POLL)
    assert idle.status_code == HTTPStatus.NO_CONTENT
    assert len(queries) <= 3


def count(client, case):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(page_of(case)).status_code == HTTPStatus.OK
    return len(queries)
