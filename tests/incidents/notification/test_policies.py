"""Escalation by policy: who is called, when, and that a running escalation keeps what it began with."""

from datetime import time, timedelta

import pytest
from django.urls import reverse

from airp.accounts.roles import Role
from incidents.classification.models import SeverityLevel
from incidents.notification.escalation import escalate
from incidents.notification.levels import LevelState
from incidents.notification.models import Alert
from incidents.notification.policies.aims import Target
from incidents.notification.policies.records import EscalationPolicy, PolicyChoice, PolicyState
from incidents.notification.rota.arranging import arrange_order
from incidents.notification.rota.records import Rota
from incidents.response.kinds import Kind
from incidents.systems.models import Ownership, OwnershipRole
from tests.incidents.notification.conftest import NOW, draw

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def policy(name, *levels, repeat_count=0, system=None, severity=""):
    """A policy of (number, minutes, target) rows that applies to the system and severity."""
    made = EscalationPolicy.objects.create(name=name, repeat_count=repeat_count)
    for number, minutes, aim in levels:
        made.levels.create(number=number, delay_minutes=minutes, **aim)
    level = SeverityLevel.objects.get(slug=severity) if severity else None
    PolicyChoice.objects.update_or_create(system=system, severity=level, defaults={"policy": made})
    return made


def person(who):
    return {"target": Target.PERSON, "person": who}


def called(incident) -> list[str]:
    return [alert.recipient.email.partition("@")[0] for alert in Alert.objects.filter(incident=incident).order_by("pk")]


@pytest.fixture
def rota(tess, mo):
    """Tess this week, nobody the next."""
    rota = Rota.objects.create(name="First line", purpose="p", time_zone="UTC")
    given = {
        "weekday": NOW.weekday(),
        "handover": time(0),
        "begins_at": NOW.replace(hour=0),
        "now": NOW.replace(hour=0),
    }
    arrange_order(rota, seats=[tess, None], **given, by=mo)
    return rota


def test_every_kind_of_target_is_called_at_its_time(declared, system, rota, tess, ravi, lee, mo, edie, pia):
    Ownership.objects.create(system=system, role=OwnershipRole.EDITORIAL, person=edie)
    policy(
        "All kinds",
        (0, None, {"target": Target.ON_CALL, "rota": rota}),
        (0, None, {"target": Target.SYSTEM_ROLE, "system_role": OwnershipRole.EDITORIAL}),
        (1, 5, {"target": Target.OWNER}),
        (1, 5, person(pia)),
        (2, None, {"target": Target.DEPUTY}),
        (3, 10, {"target": Target.ROLE, "role": Role.MANAGER}),
    )
    incident = declared()
    assert called(incident) == ["tess", "edie"]

    due = [5 * MINUTE, 35 * MINUTE, 45 * MINUTE]  # the time for acknowledging is 30 minutes
    for after, names in zip(due, (["ravi", "pia"], ["lee"], ["mo"]), strict=True):
        before = called(incident)
        assert escalate(incident.pk, now=NOW + after - MINUTE) == 0
        assert escalate(incident.pk, now=NOW + after) == 1
        assert called(incident) == [*before, *names]
    entries = incident.timeline.filter(kind=Kind.ESCALATED).order_by("seq")
    assert [entry.facts["level"] for entry in entries] == [1, 2, 3]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({}, "ravi"),
        ({"all": "lee"}, "lee"),
        ({"all": "lee", "severity": "mo"}, "mo"),
        ({"all": "lee", "severity": "mo", "system": "edie"}, "edie"),
        ({"severity": "mo", "system": "edie", "both": "pia"}, "pia"),
    ],
)
def test_the_most_specific_choice_applies(declared, system, ravi, lee, mo, edie, pia, chosen, expected):
    cast = {"lee": lee, "mo": mo, "edie": edie, "pia": pia}
    places = {
        "all": {},
        "severity": {"severity": "SEV2"},
        "system": {"system": system},
        "both": {"system": system, "severity": "SEV2"},
    }
    for place, name in chosen.items():
        policy(place, (0, None, person(cast[name])), **places[place])

    assert called(declared()) == [expected]


def test_editing_policies_owners_and_rotas_changes_no_running_escalation(declared, system, lee, mo, pia):
    running = policy("Frozen", (0, None, person(lee)), (1, 5, {"target": Target.DEPUTY}), (2, 5, person(pia)))
    incident = declared()
    running.levels.all().delete()
    running.levels.create(number=0, target=Target.PERSON, person=mo)
    Ownership.objects.all().delete()
    EscalationPolicy.objects.update(state=PolicyState.RETIRED)

    assert escalate(incident.pk, now=NOW + 10 * MINUTE) == 2
    assert called(incident) == ["lee", "lee", "pia"]


def test_all_levels_are_gone_through_again_as_often_as_the_policy_says(declared, lee, pia):
    policy("Twice", (0, None, person(lee)), (1, 10, person(pia)), repeat_count=2)
    incident = declared()

    assert escalate(incident.pk, now=NOW + 10 * timedelta(hours=1)) == 5
    assert called(incident) == ["lee", "pia", "lee", "pia", "lee", "pia"]
    due = [(level.due_at - NOW) // MINUTE for level in incident.escalation_levels.all()]
    assert due == [10, 40, 50, 80, 90]


def test_where_nobody_is_on_call_the_next_level_is_called_at_once(declared, rota, lee, mo):
    policy("Gap", (0, None, {"target": Target.ON_CALL, "rota": rota}), (1, 5, person(lee)), (2, 5, person(mo)))
    in_the_gap = NOW + timedelta(days=7)
    incident = declared(now=in_the_gap)

    assert called(incident) == ["lee"]
    [entry] = incident.timeline.filter(kind=Kind.ESCALATED)
    assert entry.facts == {"reason": "declared", "people": [lee.pk], "level": 1, "target": "person"}
    states = [level.state for level in incident.escalation_levels.all()]
    assert states == [LevelState.ALERTED, LevelState.WAITING]


def test_where_nobody_is_on_call_at_the_last_level_the_managers_are_called(declared, rota, lee, mo):
    gap = {"target": Target.ON_CALL, "rota": rota}
    policy("Gap", (0, None, person(lee)), (1, 5, gap), (2, 5, gap))
    incident = declared(now=NOW + timedelta(days=7))

    assert escalate(incident.pk, now=NOW + timedelta(days=7, minutes=5)) == 2
    assert called(incident) == ["lee", "mo"]
    states = [level.state for level in incident.escalation_levels.all()]
    assert states == [LevelState.EMPTY, LevelState.ALERTED]


def test_another_severity_follows_its_own_frozen_policy(declared, tess, lee, mo, pia):
    policy("Worst", (0, None, person(lee)), (1, 5, person(mo)), (2, 5, person(pia)), severity="SEV1")
    incident = declared(severity="SEV3")
    PolicyChoice.objects.all().delete()
    worst = SeverityLevel.objects.get(slug="SEV1")
    incident.raise_severity(to=worst, by=tess, now=NOW + MINUTE, reason="A child is hurt")
    draw(now=NOW + MINUTE)

    waiting = incident.escalation_levels.filter(state=LevelState.WAITING)
    assert [(level.person, (level.due_at - NOW) // MINUTE) for level in waiting] == [(mo, 5), (pia, 10)]
    cancelled = incident.escalation_levels.filter(state=LevelState.CANCELLED)
    assert {level.target for level in cancelled} == {"deputy", "role"}


def test_a_policy_that_was_retired_leaves_the_shipped_one_in_its_place(declared, pia):
    policy("Old", (0, None, person(pia)))
    EscalationPolicy.objects.update(state=PolicyState.RETIRED)

    assert called(declared()) == ["ravi"]


def test_the_page_says_in_words_who_is_called_and_where(system, rota, lee, uma, client_for, client):
    policy("Night", (0, None, {"target": Target.ON_CALL, "rota": rota}), (1, 90, person(lee)), severity="SEV1")
    html = " ".join(client_for(uma).get(reverse("incidents:escalation_policies")).content.decode().split())

    assert "whoever is on call for First line" in html
    assert "<dt>1 h 30 min later</dt><dd>Lee Legal</dd>" in html
    row = html[html.index(">Assistant</th>") :]
    assert row.index("<td>Night</td>") < row.index("<td>Owner, deputy, managers</td>")


def test_an_admin_must_name_somebody_to_call_at_once(ada, client_for, lee):
    EscalationPolicy.objects.filter(name="P").delete()
    typed = {
        "name": "P",
        "repeat_count": 0,
        "state": "active",
        "levels-TOTAL_FORMS": 2,
        "levels-INITIAL_FORMS": 0,
        "levels-0-number": 1,
        "levels-0-target": "person",
        "levels-0-person": lee.pk,
        "levels-1-number": 0,
        "levels-1-target": "role",
    }
    client, url = client_for(ada), reverse("admin:incidents_escalationpolicy_add")

    assert "needs this" in client.post(url, typed).content.decode()
    without = {name: value for name, value in typed.items() if not name.startswith("levels-1")}
    assert "who is called at once" in client.post(url, without | {"levels-TOTAL_FORMS": 1}).content.decode()
    assert not EscalationPolicy.objects.filter(name="P").exists()
    assert client.post(url, typed | {"levels-1-role": "manager"}).status_code == 302
    assert [level.number for level in EscalationPolicy.objects.get(name="P").levels.order_by("number")] == [0, 1]
