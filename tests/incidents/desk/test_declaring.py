"""Declaring by hand, and the pages to read."""

from http import HTTPStatus

import pytest

from incidents.response.models import Incident
from incidents.systems.models import ComponentVersion, Ownership
from tests.incidents.cases import assistant, incident, level

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def typed():
    return {
        "ticket": "one-filling-in",
        "title": "Refunds promised",
        "system": assistant().pk,
        "severity": level("SEV2").pk,
        "summary": "Forty chats.",
        "started_at": "2026-01-02T03:04",
        "visibility": "restricted",
    }


def test_a_declared_incident_opens_with_what_was_typed(typed, client_for, tess):
    tess.time_zone = "Europe/Oslo"
    tess.save()
    answer = client_for(tess).post("/declare/", typed)

    case = Incident.objects.get()
    assert (answer.status_code, answer.url) == (HTTPStatus.FOUND, f"/incidents/{case.reference}/")
    assert (case.title, case.severity.slug, case.visibility, case.declared_by) == (
        "Refunds promised", "SEV2", "restricted", tess,
    )  # fmt: skip
    assert case.started_at.isoformat() == "2026-01-02T02:04:00+00:00"
    assert list(case.timeline.values_list("kind", flat=True)) == ["declared"]


def test_a_form_that_is_sent_twice_declares_once(typed, client_for, tess, ravi):
    client = client_for(tess)
    ticket = client.get("/declare/").context["form"]["ticket"].value()
    first, second = (client.post("/declare/", typed | {"ticket": ticket}) for _time in range(2))
    case = Incident.objects.get()
    assert first.url == second.url == f"/incidents/{case.reference}/"
    assert "had declared it already" in client.get(second.url).content.decode()

    client.post("/declare/", typed | {"ticket": client.get("/declare/").context["form"]["ticket"].value()})
    client_for(ravi).post("/declare/", typed | {"ticket": ticket})
    assert Incident.objects.count() == 3


def test_htmx_is_sent_to_the_page(typed, client_for, tess):
    answer = client_for(tess).post("/declare/", typed, headers=HTMX)
    assert answer.headers["HX-Redirect"] == f"/incidents/{Incident.objects.get().reference}/"


def test_what_is_missing_is_asked_for_and_the_typed_text_stays(typed, client_for, tess):
    answer = client_for(tess).post("/declare/", typed | {"title": "", "severity": ""}, headers=HTMX)
    page = answer.content.decode()
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert page.strip().startswith("<form")
    assert "Forty chats." in page
    for words in ("Say in one line what goes wrong.", "Choose how bad it is as far as you know."):
        assert page.count(words) == 2  # in the summary and at the field
    assert not Incident.objects.exists()


def test_a_title_of_unseen_characters_is_a_missing_one(typed, client_for, tess):
    answer = client_for(tess).post("/declare/", typed | {"title": "\u202e\ufeff"})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Say in one line what goes wrong." in answer.content.decode()


@pytest.mark.parametrize("name", ["uma", "sam"])
def test_who_may_not_declare_gets_no_form(name, client_for, request):
    client = client_for(request.getfixturevalue(name))
    assert client.get("/declare/").status_code == HTTPStatus.FORBIDDEN
    assert client.post("/declare/", {}).status_code == HTTPStatus.FORBIDDEN


def test_the_page_of_a_system_shows_people_gaps_versions_and_incidents(now, client_for, tess, mo, ravi):
    system = assistant()
    Ownership.objects.create(system=system, person=mo, deputy=ravi)
    ComponentVersion.deploy(system=system, component="model", label="v13", at=now.replace(year=2020))
    ComponentVersion.deploy(system=system, component="model", label="v14", at=now.replace(year=2024))
    case = incident(now=now)

    answer = client_for(tess).get("/systems/assistant/", {"at": "2022-01-01T00:00"})

    page = answer.content.decode()
    assert [version.label for version in answer.context["versions_now"]] == ["v14"]
    assert [version.label for version in answer.context["versions_then"]] == ["v13"]
    assert "Mo Manager" in page and "deputy Ravi Responder" in page and "nobody named" in page
    assert case.reference in page


@pytest.mark.parametrize("at", ["yesterday", "2022-13-45T00:00", "0001-01-01T00:00", "9999-12-31T23:59"])
def test_a_moment_that_cannot_be_is_no_failure(at, client_for, tess):
    assistant()
    assert client_for(tess).get("/systems/assistant/", {"at": at}).status_code == HTTPStatus.OK


def test_the_levels_can_be_read_by_everybody_who_reads_incidents(client_for, uma, sam):
    assistant()
    page = client_for(uma).get("/severity/").content.decode()
    assert "within 15 min" in page and "no regular update promised" in page
    assert client_for(sam).get("/severity/").status_code == HTTPStatus.FORBIDDEN
