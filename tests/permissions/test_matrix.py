"""Every address × every kind of person × reading and changing × an open and a restricted object, as declared."""

from http.cookies import SimpleCookie

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from airp.accounts.models import User
from airp.accounts.registry import Access, ObjectRule, access_for
from airp.accounts.roles import Capability
from tests import factories
from tests.architecture.addresses import Address, every_address
from tests.permissions.conftest import World
from tests.permissions.hiding import HIDDEN, RAW
from tests.permissions.looking import body, hits

# Each person's own: nobody else's exists for them, whoever they are.
OWN = {f"incidents:channel_{name}" for name in ("rules", "test", "removal")}
OWN |= {f"incidents:saved_view_{name}" for name in ("name", "sharing", "position", "default", "removal", "return")}
OWN |= {"incidents:mention_dismissal", "incidents:mention_return"}
# Who has the code or the link sees what it opens, whoever they are.
PROVEN = {"incidents:complaint_follow", "incidents:acknowledge_by_mail", "incidents:on_call_calendar"}
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
EVERYBODY = [None, *factories.CAST]
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


def answer(client: Client, url: str, method: str) -> tuple[int, str]:
    """Status and text of the answer; whatever the request changed is undone, signing out included."""
    signed_in = SimpleCookie(client.cookies)
    with transaction.atomic():
        response = client.get(url) if method == "GET" else client.post(url)
        transaction.set_rollback(True)
    client.cookies = signed_in
    return response.status_code, body(response)


def asked(world: World, which: str) -> list[tuple[Address, str]]:
    """Every address of the scene. Of a hidden one those that name something of it: the others are the open one's own,
    and their walk in the same world asks for them already."""
    every = [(each, reverse(each.view_name, kwargs=world.stage.arguments(each))) for each in OURS]
    if which not in world.hidden:
        return every
    scene, known = world.hidden[which].scene, {url for _address, url in every}
    named = [(each, reverse(each.view_name, kwargs=scene.arguments(each))) for each in OURS if each.parameters]
    return [(address, url) for address, url in named if url not in known]


def walk(world: World, client: Client, person: User | None, which: str) -> tuple[list[str], list[str]]:
    """What answers unlike it is declared, and what tells of something hidden."""
    unlike, leaks = [], []
    for address, url in asked(world, which):
        access = access_for(address.view_name)
        for method in ("GET", "POST"):
            status, page = answer(client, url, method)
            wanted = expected(person, address, access, method=method, is_hidden=which in world.hidden)
            if status not in wanted:
                unlike.append(f"{method} {url}: {status}, not {sorted(wanted)}")
            if address.view_name not in PROVEN:
                leaks += [
                    f"{method} {url}: {hit}" for each in world.hidden.values() for hit in hits(page, each, asked=url)
                ]
    return unlike, leaks


@pytest.mark.parametrize(
    ("which", "who"),
    [
        *(("normal", who) for who in EVERYBODY),
        *(("restricted", who) for who in EVERYBODY),
        ("restricted later", "lee"),
    ],
)
def test_each_address_answers_as_declared_and_tells_nothing_hidden(which, who, world, client_for):
    person = factories.person(who) if who else None
    client = client_for(person)
    client.raise_request_exception = False
    world.lines.clear()
    unlike, leaks = walk(world, client, person, which)
    assert unlike == []
    assert leaks == []
    assert [line for line in world.lines if HIDDEN in line.lower() or RAW in line.lower()] == []


@pytest.mark.parametrize("which", ["restricted", "restricted later"])
def test_a_walk_names_each_hidden_thing_that_an_address_can_name(which, world):
    """What an address hides is asked for by a number of its own, never by that of an open one."""
    named = {address.view_name for address, _url in asked(world, which)}
    hiding = {each.view_name for each in OURS if each.parameters and access_for(each.view_name).object_rule in HIDING}
    assert hiding - named - OWN == set()
    assert len(named) > 100


@pytest.mark.parametrize("who", EVERYBODY)
def test_only_admins_reach_the_admin(who, client_for):
    person = factories.person(who) if who else None
    client = client_for(person)
    wanted = {302} if person is None else {200} if person.can(Capability.CONFIGURE) else {403}
    assert {client.get(reverse(name)).status_code for name in ADMIN} == wanted


def test_an_unsafe_request_without_its_token_changes_nothing(stage):
    client = Client(enforce_csrf_checks=True)
    client.force_login(factories.person("tess"))
    before = stage.incident.timeline.count()
    refused = {
        client.post(reverse(address.view_name, kwargs=stage.arguments(address))).status_code
        for address in OURS
        if access_for(address.view_name).change not in {None, Capability.TOKEN}
    }
    assert refused == {403}
    assert stage.incident.timeline.count() == before
