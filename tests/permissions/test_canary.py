"""What is restricted changes nothing for outsiders, and the words as they came are nowhere for anybody.

The matrix looks for the same words in every answer of every address for every role; here are fragments, polls,
searches, counts, the admin, and what leaves or is kept: mails, webhooks, the audit record, logs.
"""

import re
from collections.abc import Iterator

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.urls import NoReverseMatch, reverse

from airp.accounts.models import User
from airp.accounts.registry import access_for
from airp.audit.models import AuditEntry
from airp.outbound.models import OPEN_STATES, Delivery
from incidents.linking.linking import link
from incidents.notification.models import Alert
from incidents.response.models import Incident
from incidents.response.relations import Relation
from incidents.response.states import State
from tests import factories
from tests.architecture.addresses import every_address
from tests.permissions.hiding import HIDDEN, RAW, Hidden, word
from tests.permissions.looking import body, hits
from tests.permissions.scene import NOW, Scene

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
POLL = HTMX | {"X-Airp-Poll": "true"}
# Whose pages are compared: everything that is counted stands on a page of one of them.
COUNTING = ("mo", "lee", "ada")
# A page of their own tells what a form of theirs shows again; its objects hide or they do not.
NO_OBJECT = [address for address in every_address() if not address.parameters and address.view_name[:5] != "admin"]
ABOUT_OPEN_ONES = (
    *("incidents:incident", "incidents:system", "incidents:threshold", "incidents:triage_item"),
    *("incidents:playbook", "incidents:threshold_edition"),
)
# Whoever runs the outbox must see that a delivery failed, whatever it is about; and what a source sent is counted by
# the minute, whatever became of it.
COUNTED_BY_DESIGN = {"outbound:deliveries", "incidents:sources", "incidents:storage"}
SEARCHES = (
    *("/?state=all&sort=newest", "/?state=all&sort=severity", "/?state=all&whose=overdue", "/live/?state=all&v=0"),
    *("/?state=all&q=weissling", "/?state=all&q={number}", "/complaints/?state=all&q=weissling", "/actions/?view=all"),
    *("/complaints/?state=all", "/breaches/?show=all", "/reviews/?view=all", "/actions/?view=overdue"),
    *("/triage/?show=all", "/triage/live/?v=0", "/thresholds/changes/?show=decided", "/my-work/?only=task"),
    *("/thresholds/?q=weissling", "/deliveries/?show=all", "/deliveries/?show=waiting", "/approvals/"),
    "/triage/choices/?deed=attach&chosen=report-{report}&chosen=breach-{breach}&chosen=complaint-{complaint}",
)
# Fresh with every answer, and so different without anything having changed.
_FRESH = re.compile(r'"[\w-]{32,}"|nonce-[\w+/=]+|value="[\w:.-]{20,}"|csrftoken=\w+')


def signed_in(who: str | None) -> Client:
    client = Client(raise_request_exception=False)
    if who is not None:
        client.force_login(factories.person(who))
    return client


def pages(who: str, stage: Scene) -> Iterator[tuple[str, str]]:
    """What a person may read of what everybody sees, in a form that can be compared."""
    client, person = signed_in(who), factories.person(who)
    named = [each for each in every_address() if each.view_name in ABOUT_OPEN_ONES]
    for address in [*NO_OBJECT, *named]:
        access = access_for(address.view_name)
        if access and access.read and person.can(access.read) and address.view_name not in COUNTED_BY_DESIGN:
            url = reverse(address.view_name, kwargs=stage.arguments(address))
            yield url, _FRESH.sub("", body(client.get(url)))


@pytest.fixture(scope="module")
def before(stage: Scene) -> dict[tuple[str, str], str]:
    """Everything as it was before anything was hidden. Asked for before `world`, which must not bring people along."""
    for who in factories.CAST:
        factories.person(who)
    return {(who, url): page for who in COUNTING for url, page in pages(who, stage)}


def test_what_everybody_sees_is_the_same_with_and_without_it(before, world):
    """Counts, badges, versions of polls, lists and their orders."""
    differing = [
        "\n".join([f"{who} {url}", *difference(before[who, url], page)])
        for who in COUNTING
        for url, page in pages(who, world.stage)
        if page != before[who, url]
    ]
    assert differing == []
    assert len(before) > 60


def difference(before: str, after: str) -> list[str]:
    was, now = before.splitlines(), after.splitlines()
    gone, came = [line for line in was if line not in now], [line for line in now if line not in was]
    return [f"- {line.strip()[:160]}" for line in gone[:4]] + [f"+ {line.strip()[:160]}" for line in came[:4]]


@pytest.mark.parametrize("who", ["tess", "uma", None])
def test_no_search_fragment_or_poll_tells_of_it(who, world):
    client, leaks = signed_in(who), []
    for url in dict.fromkeys(url for hidden in world.hidden.values() for url in searches(hidden)):
        for headers in ({}, POLL if "live" in url else HTMX):
            page = body(client.get(url, headers=headers))
            leaks += [(url, hit) for hidden in world.hidden.values() for hit in hits(page, hidden, asked=url)]
    assert leaks == []


def searches(hidden: Hidden) -> list[str]:
    scene = hidden.scene
    given = {"report": scene.report.pk, "breach": scene.breach.pk, "complaint": scene.complaint.pk}
    return [each.format(number=hidden.incident.reference.removeprefix("AIR-"), **given) for each in SEARCHES]


def test_no_list_acts_on_it(world):
    """Chosen by number in a form that takes many: the answer is that of a number that does not exist."""
    client = signed_in("tess")
    for hidden in world.hidden.values():
        scene, reference = hidden.scene, hidden.incident.reference
        before = hidden.incident.timeline.count()
        answers = [
            client.post("/acknowledgements/", {"chosen": [reference]}, headers=HTMX),
            client.post("/complaints/attachments/", {"chosen": [scene.complaint.reference], "incident": reference}),
            client.post("/triage/decisions/", {"chosen": [f"breach-{scene.breach.pk}"], "deed": "accept"}),
            client.post("/severity/preview/", {"incident": reference}),
            client.post(f"/reports/{scene.report.pk}/original/", {"reason": "Curious."}),
        ]
        assert [hit for each in answers for hit in hits(body(each), hidden, asked=reference)] == []
        assert hidden.incident.timeline.count() == before


def test_a_link_to_it_tells_outsiders_nothing(world):
    """The open incident's own record says that somebody linked it, and neither to what nor why."""
    shown, insider = world.stage.incident, world.stage.insider
    for hidden in world.hidden.values():
        link(Relation.RELATED, hidden.incident, shown, by=insider, now=NOW, reason=word("why linked"))
    ends = ("", "links/", "live/?v=0", "timeline/", "links/candidates/?q=weissling", "merge/")
    urls = [f"/incidents/{shown.reference}/{end}" for end in ends]
    for who in ("mo", "uma"):
        client, leaks = signed_in(who), []
        for url in urls:
            for headers in ({}, HTMX):
                page = body(client.get(url, headers=headers))
                leaks += [(who, url, hit) for each in world.hidden.values() for hit in hits(page, each, asked=url)]
        assert leaks == []


def test_it_is_in_no_page_of_the_admin(world):
    """Lists and every object of the open configuration; a restricted incident is none of it."""
    client, leaks, seen = signed_in("ada"), [], 0
    for model in admin.site._registry:
        base = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        urls = [reverse(f"{base}_changelist"), f"{reverse(f'{base}_changelist')}?q=weissling"]
        for kind in ("change", "history"):
            try:
                urls += [reverse(f"{base}_{kind}", args=[one.pk]) for one in model._default_manager.order_by("-pk")[:1]]
            except NoReverseMatch:
                continue
        for url in urls:
            page, seen = body(client.get(url)), seen + 1
            leaks += [(url, hit) for hidden in world.hidden.values() for hit in hits(page, hidden, asked=url)]
    assert leaks == []
    assert seen > 40


def test_no_mail_or_event_that_waits_tells_outsiders(world):
    """Neither what was planned for them while they could see it, nor what follows from what happens later."""
    leaks = []
    for hidden in world.hidden.values():
        for delivery in Delivery.objects.filter(state__in=OPEN_STATES).select_related("recipient", "endpoint"):
            if delivery.recipient is None or not sees(delivery.recipient, hidden.incident):
                text = f"{delivery.subject}\n{delivery.body}\n{delivery.cause}"
                leaks += [(str(delivery), hit) for hit in hits(text, hidden)]
    assert leaks == []
    assert Alert.objects.filter(incident=world.hidden["restricted later"].incident).exclude(state="open").exists()


def test_no_mail_says_more_of_it_than_number_and_level(world):
    waiting = Delivery.objects.filter(state__in=OPEN_STATES, visibility="restricted")
    assert waiting.exists()
    assert [str(each) for each in waiting if HIDDEN in f"{each.subject}{each.body}".lower()] == []


def test_the_words_as_they_came_are_readable_nowhere(world):
    """Every text of every table, and everything that was logged."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE '%\\_p%'")
        asked = " UNION ALL ".join(
            f"SELECT '{name}' FROM \"{name}\" AS kept WHERE kept::text ILIKE %(raw)s" for (name,) in cursor.fetchall()
        )
        cursor.execute(asked, {"raw": f"%{RAW}%"})
        assert cursor.fetchall() == []
    assert [line for line in world.lines if RAW in line.lower() or HIDDEN in line.lower()] == []


def test_the_audit_record_holds_no_words_of_anybody(world):
    told = AuditEntry.objects.values_list("act", "object_label", "facts")
    assert [each for each in told if HIDDEN in str(each).lower() or RAW in str(each).lower()] == []
    assert any(act.startswith("report.") for act, _label, _facts in told)


def sees(person: User, incident: Incident) -> bool:
    return Incident.objects.visible_to(person).filter(pk=incident.pk).exists()


def test_the_scene_is_one_in_which_something_could_leak(world):
    """Insiders find every word: without this the others would hold for an empty world."""
    for hidden in world.hidden.values():
        incident = Incident.objects.get(pk=hidden.incident.pk)
        assert (incident.is_restricted, incident.state) == (True, State.RESOLVED)
        client = Client()
        client.force_login(hidden.scene.insider)
        reference = incident.reference
        urls = [f"/incidents/{reference}/{end}" for end in ("", "samples/", "attachments/", "lanes/legal/")]
        urls += [f"/incidents/{reference}/exposure/", "/?state=all", "/complaints/?state=all", "/actions/?view=all"]
        assert [url for url in urls if not hits(body(client.get(url)), hidden, asked=url)] == []
        assert {name for name in factories.CAST if sees(factories.person(name), incident)} == set()
