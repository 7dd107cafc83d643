"""The pages of Django's admin, as our configuration shapes them."""

import re

import pytest
from django.test import Client

from tests import factories
from tests.architecture.addresses import every_address
from tests.browser.pages.looking import look_at
from tests.browser.visits import ADMIN, stock_of_admin

pytestmark = pytest.mark.browser
# Django's own that lead elsewhere, are for machines, or that only somebody without sign-in would see.
NO_PAGES = {
    f"admin:{name}" for name in ("login", "logout", "password_change_done", "autocomplete", "jsi18n", "view_on_site")
}


@pytest.mark.parametrize("visit", ADMIN, ids=str)
def test_a_page_of_the_admin(visit, page_of, filled):
    look_at(visit, page_of(visit.who), filled)


def test_every_empty_form_and_history_opens(filled):
    client = Client()
    client.force_login(factories.person("ada"))
    answers = {str(visit): client.get(visit.address(filled)).status_code for visit in stock_of_admin()}
    assert {name: status for name, status in answers.items() if status != 200} == {}


def test_no_page_of_the_admin_is_left_out():
    addresses = {each.view_name for each in every_address() if re.fullmatch(r"admin:\w+", each.view_name)}
    visited = {visit.name for visit in [*ADMIN, *stock_of_admin()]}
    beside = {name for name in addresses - visited if name.endswith(("_add", "_delete"))}
    assert addresses - visited - beside == NO_PAGES
    assert {name.replace("_change", "_add") for name in visited if name.endswith("_change")} >= {
        name for name in beside if name.endswith("_add")
    }
