"""The person's own page."""

import pytest

from airp.accounts.models import Theme, User
from airp.accounts.roles import Role

pytestmark = pytest.mark.django_db
GOOD = {"name": "Tess Taylor", "time_zone": "Europe/Oslo", "theme": "dark", "has_shortcuts": ""}


@pytest.fixture
def tess(client) -> User:
    person = User.objects.create_user(
        email="tess@example.com", name="Tess Triager", password="a long pass phrase", roles=[Role.TRIAGE]
    )
    client.force_login(person)
    return person


def test_it_saves_name_zone_theme_and_shortcuts(client, tess):
    response = client.post("/profile/", GOOD)
    assert response.status_code == 302
    tess.refresh_from_db()
    assert (tess.name, tess.time_zone, tess.theme, tess.has_shortcuts) == ("Tess Taylor", "Europe/Oslo", "dark", False)


def test_the_page_wears_the_theme_and_rests_the_keys(client, tess):
    client.post("/profile/", GOOD)
    drawn = client.get("/profile/").content.decode()
    assert 'data-theme="dark"' in drawn
    assert 'data-shortcuts="off"' in drawn


def test_it_refuses_an_unknown_zone_and_keeps_the_text(client, tess):
    response = client.post("/profile/", GOOD | {"time_zone": "Mars/Olympus"})
    assert response.status_code == 422
    assert b'value="Tess Taylor"' in response.content
    tess.refresh_from_db()
    assert tess.name == "Tess Triager"


def test_it_changes_nobody_to_another_role(client, tess):
    client.post("/profile/", GOOD | {"roles": "admin", "email": "boss@example.com", "is_approver": "on"})
    tess.refresh_from_db()
    assert tess.roles == [Role.TRIAGE]
    assert tess.email == "tess@example.com"
    assert tess.is_approver is False


def test_the_quick_switch_sets_the_theme_and_returns(client, tess):
    response = client.post("/profile/theme/", {"theme": "light", "next": "/admin/"})
    assert response.headers["Location"] == "/admin/"
    tess.refresh_from_db()
    assert tess.theme == Theme.LIGHT


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", ""])
def test_the_quick_switch_never_leaves_the_house(client, tess, elsewhere):
    response = client.post("/profile/theme/", {"theme": "light", "next": elsewhere})
    assert response.headers["Location"] == "/profile/"


def test_the_quick_switch_refuses_an_unknown_theme(client, tess):
    assert client.post("/profile/theme/", {"theme": "pink", "next": "/"}).status_code == 422
    tess.refresh_from_db()
    assert tess.theme == Theme.SYSTEM


def test_strangers_are_asked_to_sign_in(client):
    assert client.get("/profile/").headers["Location"].startswith("/sign-in/")


def test_a_person_changes_the_own_password(client, tess):
    new = {"oldpassword": "a long pass phrase", "password1": "another long phrase", "password2": "another long phrase"}
    response = client.post("/profile/password/", new)
    assert response.headers["Location"] == "/profile/"
    tess.refresh_from_db()
    assert tess.check_password("another long phrase")
