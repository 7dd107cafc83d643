"""Every address × every kind of person × reading and changing × an open and a restricted object, as declared."""

from http.cookies import SimpleCookie

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from airp.accounts.models import User
from airp.accounts.registry import Access, ObjectRule, access_for
from airp.accounts.roles import Capability
from incidents.response.visibility import Visibility
from tests import factories
from tests.architecture.addresses import Address, every_address
from tests.permissions import scene

# Each person's own: nobody else's exists for them, whoever they are.
OWN = {f"incidents:channel_{name}" for name in ("rules", "test", "removal")}
HIDING = {
    ObjectRule.VISIBLE_INCIDENT,
    ObjectRule.VISIBLE_REVIEW,
    ObjectRule.VISIBLE_BREACH,
    ObjectRule.VISIBLE_COMPLAINT,
    ObjectRule.VISIBLE_REPORT,
}
# Answers of a view that let the person in; an empty form is refused in one of its own ways.
LET_IN = frozenset({200, 204, 302, 400, 409, 415, 422})
# These say so when what they report on does not run, as in this test.
_AWAY = {"health_ready": frozenset({503}), "dev_product": frozenset({503})}
# The proof stands in the body there, and the form of a body is looked at before what it says.
_UNPROVEN = dict.fromkeys(("incidents:ingest_pagerduty", "incidents:ingest_pagerduty_changes"), frozenset({415}))
OURS = [address for address in every_address() if not address.view_name.startswith("admin")]
ADMIN = ["admin:index", "admin:accounts_user_changelist", "admin:incidents_severitylevel_add"]

pytestmark = [pytest.mark.django_db, pytest.mark.long]


def expected(person: User | None, address: Address, access: Access, *, method: str, is_hidden: bool) -> frozenset[int]:
    demanded = access.demanded(method)
    if demanded is None:
        return frozenset({405})
    if demanded is Capability.PUBLIC:
        return LET_IN | _AWAY.get(address.view_name, frozenset())
    if demanded is Capability.TOKEN:
        return _UNPROVEN.get(address.view_name, frozenset({401}))
    if person is None:
        return frozenset({302})
    if not person.can(demanded):
        return frozenset({403})
    if address.view_name in OWN:
        return frozenset({404})
    if is_hidden and address.parameters and access.object_rule in HIDING:
        return frozenset({404})
    return LET_IN | _AWAY.get(address.view_name, frozenset())


def answer(client: Client, url: str, method: str) -> int:
    """The status of the answer; whatever the request changed is undone, signing out included."""
    signed_in = SimpleCookie(client.cookies)
    with transaction.atomic():
        response = client.get(url) if method == "GET" else client.post(url)
        transaction.set_rollback(True)
    client.cookies = signed_in
    return response.status_code


@pytest.mark.parametrize("who", [None, *factories.CAST])
@pytest.mark.parametrize("visibility", list(Visibility))
def test_each_address_answers_as_declared(who, visibility, client_for, tmp_path, settings):
    settings.STATE_DIR = tmp_path
    settings.BASE_URL = "http://127.0.0.1:1"  # nobody answers: a test of a source goes no further than this process
    scene.keep_a_mail()
    stage = scene.build(visibility)
    person = factories.person(who) if who else None
    is_hidden = visibility == Visibility.RESTRICTED
    client = client_for(person)
    client.raise_request_exception = False
    unlike = []
    for address in OURS:
        access = access_for(address.view_name)
        url = reverse(address.view_name, kwargs=stage.arguments(address))
        for method in ("GET", "POST"):
            status = answer(client, url, method)
            wanted = expected(person, address, access, method=method, is_hidden=is_hidden)
            if status not in wanted:
                unlike.append(f"{method} {url}: {status}, not {sorted(wanted)}")
    assert unlike == []


@pytest.mark.parametrize("who", [None, *factories.CAST])
def test_only_admins_reach_the_admin(who, client_for, db):
    person = factories.person(who) if who else None
    client = client_for(person)
    wanted = {302} if person is None else {200} if person.can(Capability.CONFIGURE) else {403}
    assert {client.get(reverse(name)).status_code for name in ADMIN} == wanted


def test_an_unsafe_request_without_its_token_changes_nothing(tess, client_for):
    stage = scene.build(Visibility.NORMAL)
    client = Client(enforce_csrf_checks=True)
    client.force_login(tess)
    before = stage.incident.timeline.count()
    refused = {
        client.post(reverse(address.view_name, kwargs=stage.arguments(address))).status_code
        for address in OURS
        if access_for(address.view_name).change not in {None, Capability.TOKEN}
    }
    assert refused == {403}
    assert stage.incident.timeline.count() == before
