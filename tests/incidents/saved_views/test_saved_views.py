"""Saved views: named filters above a list, private or shared, one of them its opening."""

from http import HTTPStatus

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from airp.audit.models import AuditEntry
from incidents.saved_views.records import DefaultView, SavedView
from incidents.systems.models import AISystem
from tests.incidents.cases import assistant, incident

pytestmark = pytest.mark.django_db
LISTS = {"board": "/", "triage": "/triage/"}


@pytest.fixture(autouse=True)
def plan(db):
    assistant()


def save(client, name="Worst first", query="sort=severity&severity=SEV1", viewed="board", **more):
    return client.post(f"/views/{viewed}/", {"name": name, "query": query, **more})


def above(client, address="/?view=all"):
    return [(view["name"], view["by"], view["is_current"]) for view in client.get(address).context["saved_views"]]


@pytest.mark.parametrize(("viewed", "query"), [("board", "severity=SEV1&q=refund"), ("triage", "kind=breach")])
def test_filters_get_a_name_and_stand_above_their_list(viewed, query, client_for, mo):
    client = client_for(mo)
    assert client.get(f"{LISTS[viewed]}?{query}").context["may_save"] is True
    answer = save(client, query=f"{query}&after=3.4&nonsense=1", viewed=viewed)
    assert (answer.status_code, answer.url) == (HTTPStatus.FOUND, f"{LISTS[viewed]}?{query}")
    assert above(client, f"{LISTS[viewed]}?{query}") == [("Worst first", "", True)]
    assert client.get(f"{LISTS[viewed]}?{query}").context["may_save"] is False
    other = "triage" if viewed == "board" else "board"
    assert above(client, f"{LISTS[other]}?view=all") == []


def test_the_same_name_twice_is_an_error_at_the_field_and_keeps_what_was_typed(client_for, mo, tess):
    client = client_for(mo)
    save(client)
    answer = save(client, name="WORST  first", query="whose=mine")
    page = answer.content.decode()
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "You have a view called" in page and 'value="WORST  first"' in page and 'value="whose=mine"' in page
    assert SavedView.objects.count() == 1
    assert save(client_for(tess)).status_code == HTTPStatus.FOUND, "another person may call theirs the same"
    assert save(client, name=" ").status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_a_shared_view_shows_to_readers_of_the_list_with_who_made_it(client_for, mo, uma, lee):
    client = client_for(mo)
    save(client, sharing="shared")
    save(client, name="Mine alone", query="whose=mine")
    save(client, name="Queue", query="kind=breach", viewed="triage", sharing="shared")
    assert above(client_for(uma)) == [("Worst first", mo.name, False)]
    assert client_for(uma).get("/views/triage/").status_code == HTTPStatus.NOT_FOUND
    assert client_for(uma).post("/views/triage/", {"name": "x"}).status_code == HTTPStatus.NOT_FOUND
    assert AuditEntry.objects.filter(act="view_shared", actor=mo).count() == 2

    save(client_for(lee), sharing="shared", name="By Lee")
    assert SavedView.objects.get(name="By Lee").sharing == "private", "who may not share has no such field"


def test_sharing_is_refused_to_whose_roles_lack_it_and_ended_for_others_with_their_default(client_for, mo, lee):
    save(client_for(mo), sharing="shared")
    save(client_for(lee), name="By Lee")
    shared, own = SavedView.objects.order_by("pk")
    client_for(lee).post(f"/saved-views/{own.pk}/sharing/", {"sharing": "shared"})
    own.refresh_from_db()
    assert own.sharing == "private"
    client_for(lee).post(f"/saved-views/{shared.pk}/default/")
    client_for(mo).post(f"/saved-views/{shared.pk}/default/")
    client_for(mo).post(f"/saved-views/{shared.pk}/sharing/", {"sharing": "private"})
    assert [default.person for default in DefaultView.objects.all()] == [mo]


@pytest.mark.parametrize("step", ["name", "sharing", "position", "default", "removal", "return"])
def test_nobody_touches_the_private_view_of_another(step, client_for, mo, tess):
    save(client_for(mo))
    view = SavedView.objects.get()
    answer = client_for(tess).post(f"/saved-views/{view.pk}/{step}/", {"name": "x", "sharing": "shared"})
    assert answer.status_code == HTTPStatus.NOT_FOUND
    assert SavedView.objects.get() == view and not DefaultView.objects.exists()


def test_the_list_opens_in_the_default_view_and_whole_when_asked(client_for, mo):
    client = client_for(mo)
    save(client, query="whose=mine")
    view = SavedView.objects.get()
    client.post(f"/saved-views/{view.pk}/default/")
    assert client.get("/").url == "/?whose=mine"
    assert client.get("/?view=all").context["filters"].whose == ""
    assert client.get("/?state=all").status_code == HTTPStatus.OK
    tabs = client.get("/?whose=mine").context["tabs"]
    assert tabs[0]["url"] == "/?view=all", "a tab without filters does not lead back into the default"
    client.post(f"/saved-views/{view.pk}/default/", {"to": "whole"})
    assert client.get("/").status_code == HTTPStatus.OK


def test_views_are_renamed_ordered_deleted_and_brought_back(client_for, mo):
    client = client_for(mo)
    for name in ("A", "B", "C"):
        save(client, name=name)
    a, b, c = SavedView.objects.order_by("name")
    client.post(f"/saved-views/{c.pk}/position/", {"to": "earlier"})
    client.post(f"/saved-views/{a.pk}/position/", {"to": "earlier"})
    assert [name for name, *_ in above(client)] == ["A", "C", "B"]
    assert client.post(f"/saved-views/{b.pk}/name/", {"name": "a"}).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    client.post(f"/saved-views/{b.pk}/name/", {"name": "Bee"})
    client.post(f"/saved-views/{a.pk}/default/")
    answer = client.post(f"/saved-views/{a.pk}/removal/", follow=True)
    assert f"/saved-views/{a.pk}/return/" in answer.content.decode()
    assert [name for name, *_ in above(client)] == ["C", "Bee"]
    assert client.get("/").status_code == HTTPStatus.OK
    save(client, name="A")
    client.post(f"/saved-views/{a.pk}/return/")
    assert [name for name, *_ in above(client)] == ["C", "Bee", "A"], "its name is taken: it stays deleted"
    client.post(f"/saved-views/{SavedView.objects.standing().get(name='A').pk}/removal/")
    client.post(f"/saved-views/{a.pk}/return/")
    assert [name for name, *_ in above(client)] == ["A", "C", "Bee"]


@pytest.mark.parametrize("address", ["/", "/triage/"])
def test_a_view_of_something_that_is_gone_says_so(address, client_for, mo, now):
    AISystem.objects.create(slug="ranker", name="Ranker", purpose="Ranks.", retired_at=now)
    page = client_for(mo).get(f"{address}?system=ranker&severity=SEV9").content.decode()
    assert "No system “ranker” is under watch any more." in page
    assert "There is no severity level “SEV9” any more." in page
    assert "any more" not in client_for(mo).get(f"{address}?system=assistant&severity=SEV1").content.decode()


def test_saved_views_cost_one_query_however_many(client_for, mo, now):
    incident(now=now)
    client = client_for(mo)

    def queries():
        with CaptureQueriesContext(connection) as found:
            client.get("/?view=all")
        return len(found)

    few = queries()
    for number in range(9):
        save(client, name=f"View {number}", query="whose=mine", sharing="shared")
    assert queries() == few
