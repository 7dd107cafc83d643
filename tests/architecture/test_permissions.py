"""Nothing is reachable that nobody declared."""

from airp.accounts.registry import access_for, registry
from tests.architecture.addresses import every_address


def test_every_address_of_the_urlconf_has_a_name_and_is_declared():
    undeclared = [
        address.view_name
        for address in every_address()
        if address.view_name.endswith(":") or not address.view_name or access_for(address.view_name) is None
    ]
    # The admin's catch-all pattern has no name; its namespace is declared as a whole.
    assert [name for name in undeclared if name != "admin:"] == []


def test_every_declared_address_exists():
    existing = {address.view_name for address in every_address()}
    stale = [name for name in registry() if not name.endswith(":*") and name not in existing]
    assert stale == []


def test_an_address_with_an_object_in_it_says_by_which_rule_the_object_is_fetched():
    silent = [
        address.view_name
        for address in every_address()
        if address.parameters
        and not address.view_name.startswith("admin:")
        and (access := access_for(address.view_name)) is not None
        and access.object_rule == "none"
    ]
    assert silent == []
