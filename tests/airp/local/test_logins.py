"""The demo's people."""

from airp.accounts.roles import Role
from airp.local.logins import LOGINS, PASSWORD, table


def test_there_is_a_login_for_each_role_and_no_role_that_does_not_exist() -> None:
    assert {role for login in LOGINS for role in login.roles} == {role.value for role in Role}


def test_addresses_differ_and_are_printed_with_the_password() -> None:
    assert len({login.email for login in LOGINS}) == len(LOGINS)
    assert all(login.email in table() for login in LOGINS)
    assert PASSWORD in table()


def test_the_owner_of_the_system_that_goes_wrong_can_sign_in() -> None:
    owner = next(login for login in LOGINS if login.name == "Ingrid Solheim")

    assert (owner.job, owner.roles) == ("owner (responder)", ("responder",))
