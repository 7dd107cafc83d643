"""People in the admin."""

import pytest

from airp.accounts.models import User
from airp.accounts.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(client) -> User:
    person = User.objects.create_user(email="ada@example.com", name="Ada Admin", roles=[Role.ADMIN])
    client.force_login(person)
    return person


def test_an_admin_makes_a_person_with_roles(client, ada):
    response = client.post(
        "/admin/accounts/user/add/",
        {"name": "Ravi Responder", "email": "ravi@example.com", "roles": ["responder", "triage"],
         "password1": "a long pass phrase", "password2": "a long pass phrase"},
    )  # fmt: skip
    assert response.status_code == 302
    ravi = User.objects.get(email="ravi@example.com")
    assert ravi.roles == ["responder", "triage"]
    assert ravi.check_password("a long pass phrase")


def test_a_weak_first_password_is_refused(client, ada):
    response = client.post(
        "/admin/accounts/user/add/",
        {"name": "Ravi", "email": "ravi@example.com", "roles": [], "password1": "short", "password2": "short"},
    )
    assert response.status_code == 200
    assert User.objects.filter(email="ravi@example.com").count() == 0


def test_an_admin_changes_roles_and_switches_off(client, ada):
    ravi = User.objects.create_user(email="ravi@example.com", name="Ravi", roles=[Role.RESPONDER])
    response = client.post(
        f"/admin/accounts/user/{ravi.pk}/change/",
        {"name": "Ravi", "email": "ravi@example.com", "roles": ["legal"], "time_zone": "UTC", "theme": "system"},
    )
    assert response.status_code == 302
    ravi.refresh_from_db()
    assert (ravi.roles, ravi.is_active) == (["legal"], False)


def test_nobody_is_deleted(client, ada):
    ravi = User.objects.create_user(email="ravi@example.com", name="Ravi")
    assert client.post(f"/admin/accounts/user/{ravi.pk}/delete/", {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=ravi.pk).count() == 1


def test_a_triager_does_not_enter(client):
    tess = User.objects.create_user(email="tess@example.com", name="Tess", roles=[Role.TRIAGE])
    client.force_login(tess)
    assert client.get("/admin/accounts/user/").status_code == 403
