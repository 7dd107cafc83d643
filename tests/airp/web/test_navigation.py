"""The side navigation shows what a person may open."""

import pytest
from django.test import override_settings
from django.urls import reverse

from airp import navigation
from airp.accounts.models import User
from airp.accounts.registry import access_for
from airp.accounts.roles import Role
from airp.web.context import compose
from airp.web.navigation import Item

ITEMS = (
    Item("Profile", "accounts:profile", "user", count="mine"),
    Item("Configuration", "admin:index", "settings"),
    Item("Nowhere", "incidents:never_declared", "x"),
)
DECLARE = Item("Password", "account_change_password", "lock", go_key="c")
READ_ONLY = Item("Health", "health_live", "activity", go_key="c")


def report_one(request):
    return {"counts": {"mine": 3}, "failed_deliveries_url": "/deliveries/"}


def report_two(request):
    return {"counts": {"other": 5}}


REPORTS = (report_one, report_two)
HERE = "tests.airp.web.test_navigation"


def frame_of(rf, path: str, *roles: Role, action: str = "DECLARE") -> dict:
    request = rf.get(path)
    request.user = User(email="tess@example.com", name="Tess", roles=[role.value for role in roles])
    with override_settings(NAVIGATION=f"{HERE}.ITEMS", MAIN_ACTION=f"{HERE}.{action}", PAGE_FRAME=f"{HERE}.REPORTS"):
        return compose(request)


def test_only_permitted_items_show(rf):
    assert [item["label"] for item in frame_of(rf, "/", Role.TRIAGE)["navigation"]] == ["Profile"]
    assert [item["label"] for item in frame_of(rf, "/", Role.ADMIN)["navigation"]] == ["Profile", "Configuration"]


def test_the_item_around_the_page_is_current(rf):
    profile, configuration = frame_of(rf, "/admin/accounts/user/", Role.ADMIN)["navigation"]
    assert configuration["is_current"] is True
    assert profile["is_current"] is False


def test_counts_of_all_reports_are_merged(rf):
    frame = frame_of(rf, "/", Role.TRIAGE)
    assert frame["counts"] == {"mine": 3, "other": 5}
    assert frame["navigation"][0]["count"] == "3"
    assert frame["failed_deliveries_url"] == "/deliveries/"


@pytest.mark.parametrize(("count", "shown"), [(0, ""), (99, "99"), (100, "99+"), (4_000, "99+")])
def test_a_count_beyond_ninety_nine_says_so(rf, monkeypatch, count, shown):
    monkeypatch.setattr(f"{HERE}.REPORTS", (lambda _request: {"counts": {"mine": count}},))
    assert frame_of(rf, "/", Role.TRIAGE)["navigation"][0]["count"] == shown


def test_the_main_action_needs_the_right_to_change(rf):
    assert frame_of(rf, "/", Role.TRIAGE)["main_action"]["url"] == "/profile/password/"
    assert frame_of(rf, "/", Role.TRIAGE, action="READ_ONLY")["main_action"] is None


@pytest.mark.django_db
def test_nobody_signed_in_has_no_navigation(client):
    assert b'<nav class="side"' not in client.get("/sign-in/").content


@pytest.mark.parametrize("item", [*navigation.ITEMS, navigation.MAIN_ACTION], ids=lambda item: item.view_name)
def test_every_item_of_the_product_leads_somewhere(item):
    assert access_for(item.view_name) is not None
    assert reverse(item.view_name).startswith("/")


def test_no_two_items_share_a_letter():
    letters = [item.go_key for item in navigation.ITEMS if item.go_key]
    assert sorted(letters) == sorted(set(letters))
