"""The board: what it lists for whom, pages by key, and how it lives."""

from datetime import timedelta
from http import HTTPStatus

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.response.declaring import Declaration, declare
from incidents.response.models import Incident
from incidents.response.states import State
from incidents.response.visibility import Visibility
from incidents.systems.models import AISystem
from tests.incidents.cases import assistant, incident, level

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
MOST_QUERIES = 12


@pytest.fixture
def client(client_for, mo):
    return client_for(mo)


def listed(client, **query):
    return [row["reference"] for row in client.get("/", query).context["rows"]]


def poll(client, page, **_):
    return client.get(f"/live/?{page.context['list_query']}&v={page.context['version']}", headers=HTMX)


class TestFilters:
    def test_open_is_the_default_and_each_state_can_be_asked_for(self, now, client):
        cases = {state: incident(now=now, state=state).reference for state in State}
        assert set(listed(client)) == set(cases.values()) - {cases[State.CLOSED], cases[State.DISMISSED]}
        assert set(listed(client, state="all")) == set(cases.values())
        for state, reference in cases.items():
            assert listed(client, state=state) == [reference]

    def test_mine_unowned_and_overdue(self, now, client, mo, ravi):
        mine, ravis, nobodys = (incident(now=now) for _ in range(3))
        mine.hand_over(to=mo, by=mo, now=now)
        ravis.hand_over(to=ravi, by=mo, now=now)
        late = incident(now=now - timedelta(days=3), severity="SEV1")
        late.hand_over(to=ravi, by=mo, now=now)
        assert listed(client, whose="mine") == [mine.reference]
        assert listed(client, whose="unowned") == [nobodys.reference]
        assert listed(client, whose="overdue") == [late.reference]

    def test_severity_system_and_text(self, now, client):
        assistant()
        other = AISystem.objects.create(slug="ranker", name="Ranker", purpose="Ranks.")
        bad = incident(now=now, severity="SEV1", title="Ranks 100% of applicants_over 55 lower", system=other)
        small = incident(now=now, severity="SEV4", title="Odd answer", system=assistant())
        assert listed(client, severity="SEV1") == [bad.reference]
        assert listed(client, system="assistant") == [small.reference]
        assert listed(client, q="100% of APPLICANTS_") == [bad.reference]
        assert listed(client, q="applicantsXover") == []
        assert listed(client, q=small.reference.lower()) == [small.reference]
        assert listed(client, q=small.reference.removeprefix("AIR-")) == [small.reference]
        assert listed(client, severity="SEV1", system="assistant") == []

    @pytest.mark.parametrize(
        "query",
        [
            "state=x&sort=y&whose=z",
            "after=1.2",
            "after=0.9999999999999999999.1",
            "before=9.9.9",
            "after=0.-1.a",
        ],
    )
    def test_values_that_mean_nothing_are_passed_over(self, query, now, client):
        incident(now=now)
        assert client.get(f"/?{query}").status_code == HTTPStatus.OK

    @pytest.mark.parametrize(
        "query", ["since=x", "rows=a.b.99999999999999999999", "rows=1&since=" + "9" * 30, "newer=javascript:x"]
    )
    def test_a_poll_with_nonsense_gets_a_list(self, query, now, client):
        incident(now=now)
        answer = client.get(f"/live/?{query}", headers=HTMX)
        assert answer.status_code == HTTPStatus.OK
        assert "javascript" not in answer.content.decode()

    def test_nothing_found_offers_to_clear_and_nothing_there_to_declare(self, now, client):
        assert "No open incident" in client.get("/").content.decode()
        assert "Clear the filters" in client.get("/?q=zebra").content.decode()


class TestOrder:
    def test_next_due_first_and_those_without_a_clock_last(self, now, client):
        resolved = incident(now=now, state=State.RESOLVED, severity="SEV1")
        slow, quick = incident(now=now, severity="SEV4"), incident(now=now, severity="SEV1")
        assert listed(client) == [quick.reference, slow.reference, resolved.reference]

    def test_by_severity_and_by_age(self, now, client):
        old_bad = incident(now=now - timedelta(days=1), severity="SEV1")
        new_small, new_bad = incident(now=now, severity="SEV4"), incident(now=now, severity="SEV1")
        assert listed(client, sort="severity") == [new_bad.reference, old_bad.reference, new_small.reference]
        assert listed(client, sort="newest") == [new_bad.reference, new_small.reference, old_bad.reference]


class TestPages:
    @pytest.fixture
    def many(self, now):
        """61 incidents, many at the same moment, in all severities, a third without a clock."""
        return [many_at(now - timedelta(minutes=number // 4), number) for number in range(61)]

    @pytest.mark.parametrize("sort", ["due", "newest", "severity"])
    def test_going_on_and_back_shows_each_once_in_one_order(self, sort, many, client):
        there, url = [], f"/?sort={sort}"
        pages = []
        while url:
            page = client.get(url).context
            pages.append([row["reference"] for row in page["rows"]])
            there += pages[-1]
            last, url = page, page["older"]
        assert sorted(there) == sorted(case.reference for case in many)
        assert [len(page) for page in pages] == [25, 25, 11]

        back = []
        url = last["newer"]
        while url:
            page = client.get(url).context
            back.append([row["reference"] for row in page["rows"]])
            url = page["newer"]
        assert back == [pages[1], pages[0]]

    def test_an_incident_declared_meanwhile_moves_no_later_page(self, many, now, client):
        first = client.get("/?sort=newest").context
        following = [row["reference"] for row in client.get(first["older"]).context["rows"]]
        incident(now=now + timedelta(minutes=11))
        assert [row["reference"] for row in client.get(first["older"]).context["rows"]] == following


def many_at(at, number):
    case = declare(
        Declaration(title=f"Number {number}", system=assistant(), severity=level(f"SEV{number % 4 + 1}")),
        by=None,
        now=at,
    )
    if number % 3 == 0:
        Incident.objects.filter(pk=case.pk).update(next_due_at=None)
    return case


class TestLive:
    def test_nothing_new_is_no_content(self, now, client):
        incident(now=now)
        page = client.get("/")
        assert poll(client, page).status_code == HTTPStatus.NO_CONTENT

    def test_a_new_incident_waits_behind_the_bar_and_shows_when_pressed(self, now, client):
        first = incident(now=now)
        page = client.get("/")
        second = incident(now=now, by=None)

        answer = poll(client, page)

        assert [row["reference"] for row in answer.context["rows"]] == [first.reference]
        assert answer.context["news"] == 1
        assert "1 new: show it" in answer.content.decode()
        assert set(listed_at(client, answer.context["news_url"])) == {first.reference, second.reference}
        assert poll(client, answer).status_code == HTTPStatus.NO_CONTENT

    def test_an_empty_board_takes_the_first_one_in_by_itself(self, now, client):
        page = client.get("/")
        first = incident(now=now, by=None)
        assert [row["reference"] for row in poll(client, page).context["rows"]] == [first.reference]

    def test_a_changed_row_keeps_its_place_even_when_it_leaves_the_list(self, now, client, mo):
        rows = [incident(now=now, severity=f"SEV{number}") for number in (1, 2, 3)]
        page = client.get("/")
        rows[0].dismiss(by=mo, now=now, reason="A test message.")

        answer = poll(client, page)
        assert [(row["reference"], row["state"]) for row in answer.context["rows"]] == [
            (rows[0].reference, "dismissed"),
            (rows[1].reference, "reported"),
            (rows[2].reference, "reported"),
        ]
        assert answer.context["news"] == 0

    def test_on_one_of_many_pages_only_what_happened_since_is_new(self, now, client, mo):
        for number in range(30):
            many_at(now - timedelta(minutes=5), number)
        page = client.get("/")
        incident(now=now, by=None)
        assert poll(client, page).context["news"] == 1

    def test_a_restricted_incident_wakes_nobody_else(self, now, client, client_for, tess):
        incident(now=now)
        page, tess_page = client.get("/"), client_for(tess).get("/")
        incident(now=now, visibility=Visibility.RESTRICTED)
        assert poll(client, page).status_code == HTTPStatus.NO_CONTENT
        assert poll(client_for(tess), tess_page).context["news"] == 1


def listed_at(client, url):
    return [row["reference"] for row in client.get(url).context["rows"]]


class TestActing:
    def test_the_chosen_are_acknowledged_and_only_those(self, now, client, mo, tess):
        chosen, taken, left = (incident(now=now) for _ in range(3))
        taken.acknowledge(by=tess, now=now)
        page = client.get("/")

        answer = client.post(
            "/acknowledgements/",
            {"chosen": [chosen.reference, taken.reference], "list": page.context["list_query"]},
            headers=HTMX,
        )

        assert answer.status_code == HTTPStatus.OK
        assert "1 acknowledged." in answer.headers["HX-Trigger"]
        assert "was already acknowledged" in answer.headers["HX-Trigger"]
        assert [Incident.objects.get(pk=case.pk).acknowledged_by for case in (chosen, taken, left)] == [mo, tess, None]
        assert len(answer.context["rows"]) == 3

    def test_a_restricted_one_cannot_be_chosen_from_outside(self, now, client):
        hidden = incident(now=now, visibility=Visibility.RESTRICTED)
        client.post("/acknowledgements/", {"chosen": [hidden.reference]})
        hidden.refresh_from_db()
        assert hidden.acknowledged_at is None
        assert client.post(f"/incidents/{hidden.reference}/lead/mine/").status_code == HTTPStatus.NOT_FOUND

    def test_auditors_cannot(self, now, client_for, uma):
        case = incident(now=now)
        answer = client_for(uma).post("/acknowledgements/", {"chosen": [case.reference]})
        assert answer.status_code == HTTPStatus.FORBIDDEN


def test_outsiders_see_no_restricted_incident_anywhere(now, client, client_for, tess, sam):
    hidden = incident(now=now, visibility=Visibility.RESTRICTED, title="Hidden name")
    for address in ("/", "/?state=all&q=Hidden", "/?sort=severity", "/systems/", "/systems/assistant/"):
        page = client.get(address).content.decode()
        assert hidden.reference not in page and "Hidden name" not in page
    assert client.get("/systems/").context["rows"][0]["open"] == 0
    assert hidden.reference in client_for(tess).get("/").content.decode()
    assert client_for(sam).get("/").status_code == HTTPStatus.FORBIDDEN


def test_the_board_takes_few_queries_and_no_more_with_more_rows(now, client):
    incident(now=now)
    few = count(client)
    for number in range(40):
        many_at(now, number)
    assert count(client) == few <= MOST_QUERIES


def count(client):
    client.get("/")
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/?sort=newest").status_code == HTTPStatus.OK
    return len(queries)
