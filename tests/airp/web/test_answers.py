"""One view, two shapes: whole page for browsers, partial for htmx."""

import json

import pytest
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from airp.web.answers import answer, conflicted, go, refused, toast, unchanged

TEMPLATE = "dev/components.html"


@pytest.fixture
def plain(rf: RequestFactory) -> HttpRequest:
    return rf.get("/x/")


@pytest.fixture
def fragment(rf: RequestFactory) -> HttpRequest:
    return rf.get("/x/", headers={"HX-Request": "true"})


def drawn_by(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names: list[str] = []

    def fake_render(request, name, context, status):
        names.append(name)
        return HttpResponse(status=status)

    monkeypatch.setattr("airp.web.answers.render", fake_render)
    return names


def test_htmx_gets_the_partial_and_others_the_page(monkeypatch, plain, fragment):
    names = drawn_by(monkeypatch)
    answer(plain, TEMPLATE, {}, partial="form")
    answer(fragment, TEMPLATE, {}, partial="form")
    assert names == [TEMPLATE, f"{TEMPLATE}#form"]


def test_going_back_in_the_browser_gets_the_page(monkeypatch, rf):
    names = drawn_by(monkeypatch)
    request = rf.get("/x/", headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
    answer(request, TEMPLATE, {}, partial="form")
    assert names == [TEMPLATE]


def test_caches_are_told_of_both_shapes(monkeypatch, plain):
    drawn_by(monkeypatch)
    assert "HX-Request" in answer(plain, TEMPLATE, {}, partial="form").headers["Vary"]


def test_refusal_conflict_and_no_change_have_their_own_status(monkeypatch, fragment):
    drawn_by(monkeypatch)
    assert refused(fragment, TEMPLATE, {}).status_code == 422
    assert conflicted(fragment, TEMPLATE, {}).status_code == 409
    assert unchanged().status_code == 204


def test_a_toast_carries_its_undo():
    response = toast(HttpResponse(), "Moved.", undo_url="/undo/7/")
    detail = json.loads(response.headers["HX-Trigger"])["airp:toast"]
    assert detail["text"] == "Moved."
    assert detail["undo_url"] == "/undo/7/"


@pytest.mark.parametrize(
    ("headers", "status", "header"), [({}, 302, "Location"), ({"HX-Request": "true"}, 200, "HX-Redirect")]
)
def test_going_on_works_for_both(rf, headers, status, header):
    response = go(rf.post("/x/", headers=headers), "account_login")
    assert response.status_code == status
    assert response.headers[header] == "/sign-in/"


@pytest.mark.django_db
def test_a_notice_is_shown_on_the_next_page(client, django_user_model):
    tess = django_user_model.objects.create_user(email="tess@example.com", name="Tess Triager")
    client.force_login(tess)
    response = client.post("/profile/", {"name": "Tess", "time_zone": "UTC", "theme": "system"})
    assert [str(message) for message in get_messages(response.wsgi_request)] == ["Profile saved."]
