"""Walks through all verbs of an incident and of what hangs on it, by dice, against the database.

Each step somebody tries something. The models of `story.py` and its neighbours predict from the tables of moves whether
it is taken; a refused verb changes nothing at all, a taken one leaves exactly the entries that were foretold. A new
subject is a file like `lanes.py` and a line in `build`. `AIRP_TEST_WALKS=500x50` walks as often and as far.
"""

import os
import random
from typing import Any

import pytest
from django.db import connection, transaction

from airp.audit.models import AuditEntry
from incidents.classification.models import SeverityLevel
from incidents.complaints.complaint import Complaint
from incidents.coordination import shipped as coordination
from incidents.playbooks import shipped as playbooks
from incidents.reports.report import Report
from incidents.response.declaring import Declaration, declare
from incidents.response.models import Incident
from incidents.response.refusals import Refusal
from incidents.response.states import State
from incidents.response.timeline import react_to_next, stuck_reactions
from incidents.response.verification import verify_timeline
from tests.incidents import cases
from tests.incidents.complaints.makers import complaint
from tests.incidents.detection import makers
from tests.incidents.reports.makers import report
from tests.incidents.walk.breaches import Breaches
from tests.incidents.walk.lanes import Lanes
from tests.incidents.walk.papers import Decisions, SignOffs
from tests.incidents.walk.story import RANKS, Story
from tests.incidents.walk.tasks import Tasks
from tests.incidents.walk.voices import Complaints, Reports, Voice
from tests.incidents.walk.world import START, Attempt, World, cast

pytestmark = pytest.mark.django_db
WALKS, STEPS = (int(part) for part in os.environ.get("AIRP_TEST_WALKS", "5x30").split("x"))
FIRST = int(os.environ.get("AIRP_TEST_FIRST_WALK", "1"))
AT_ONCE = 25  # walks of one test, so that many are shared out
SEEDS = range(FIRST, FIRST + WALKS)
# Whatever hangs on an incident stands in one of these.
TABLES = (
    *("incidents_incident", "incidents_timelineentry", "incidents_timelinetext", "incidents_roleholding"),
    *("incidents_pendingreaction", "incidents_assessment", "incidents_incidentlane", "incidents_task"),
    *("incidents_signoff", "incidents_signoffversion", "incidents_decision", "incidents_dissent"),
    *("incidents_complaint", "incidents_complaintentry", "incidents_report", "incidents_reportentry"),
    *("incidents_breach", "incidents_breachdecision", "audit_auditentry", "audit_chainhead"),
)


@pytest.fixture
def ground() -> dict[str, Any]:
    """What every walk begins with, made once."""
    cases.assistant()
    coordination.install()
    playbooks.install(by=None, now=START)
    people = cast()
    threshold = makers.threshold()
    makers.version(threshold, now=START, severity=SeverityLevel.objects.get(slug="SEV2"))
    for number in (1, 2):
        complaint(number, at=START, system=threshold.system)
        report(number, at=START, system=threshold.system, by=people["lee"])
    return {"people": people, "threshold": threshold}


def build(seed: int, ground: dict[str, Any]) -> World:
    world = World(dice=random.Random(seed), people=ground["people"])
    by, level = world.people["tess"], world.pick(list(RANKS))
    said = Declaration(title="t", system=ground["threshold"].system, severity=SeverityLevel.objects.get(slug=level))
    incident = declare(said, by=by, now=START)
    world.incident_id = incident.pk
    story = Story(state=State.REPORTED, severity=level, declared_by=by.pk, title="t")
    lanes, tasks = Lanes(story), Tasks(story)
    story.holders = [lanes, tasks]
    world.subjects = [
        story,
        lanes,
        tasks,
        SignOffs(story),
        Decisions(story),
        Complaints(
            {each.pk: Voice(entries=each.entries.count(), category="refund") for each in Complaint.objects.all()}
        ),
        Reports({each.pk: Voice(entries=each.entries.count()) for each in Report.objects.all()}),
        Breaches(story, ground["threshold"]),
    ]
    return world


@pytest.mark.parametrize("seeds", [SEEDS[at : at + AT_ONCE] for at in range(0, WALKS, AT_ONCE)], ids=str)
def test_no_walk_leaves_the_tables_of_moves(seeds, ground):
    taken = refused = 0
    for seed in seeds:
        with transaction.atomic():
            world = build(seed, ground)
            try:
                for _step in range(STEPS):
                    is_taken = step(world)
                    taken, refused = taken + is_taken, refused + (not is_taken)
                finish(world)
            except Exception as error:
                error.add_note(f"walk {seed}:\n" + "\n".join(world.trail[-60:]))
                raise
            transaction.set_rollback(True)
    assert min(taken, refused) > len(seeds) * STEPS / 10


def step(world: World) -> bool:
    """Somebody tries something, or the workers draw what waits."""
    world.wait()
    if world.dice.random() < 1 / 5:
        draw(world)
    by = world.somebody()
    attempt = onward(world) if world.dice.random() < 1 / 3 else None
    if attempt is not None:
        by = world.people["mo"]
    else:
        found = world.pick(world.subjects).attempts(world, by)
        possible = [each for each in found if each.may]
        attempt = world.pick(possible if possible and world.dice.random() < 1 / 2 else found)
    world.trail.append(f"{world.now:%d %H:%M} {by.name}: {attempt.name} {'' if attempt.may else '(refused)'}")
    (taken if attempt.may else refused)(world, attempt, by.pk)
    for each in world.subjects:
        each.check(world)
    return attempt.may


def onward(world: World) -> Attempt | None:
    """What a manager can do to bring the incident to its end, if anything: else most walks would end in triage."""
    story, lanes, tasks = world.subjects[:3]
    for subject in (story, tasks, lanes):
        found = [each for each in subject.attempts(world, world.people["mo"]) if each.may and each.is_onward]
        if found:
            return world.pick(found)
    return None


def taken(world: World, attempt: Attempt, by_id: int) -> None:
    story: Any = world.subjects[0]
    before, audits = world.case, AuditEntry.objects.count()
    seq = before.timeline.count()
    attempt.act()
    after = world.case
    entries = list(after.timeline.filter(seq__gt=seq).order_by("seq"))
    assert tuple(entry.kind for entry in entries) == attempt.kinds
    assert all(entry.happened_at == world.now for entry in entries)
    assert not entries or by_id in {entry.actor_id for entry in entries}
    assert AuditEntry.objects.count() == audits + attempt.audits
    story.version += attempt.versions
    assert after.version == before.version + attempt.versions
    attempt.then()


def refused(world: World, attempt: Attempt, by_id: int) -> None:
    before = picture()
    with pytest.raises(Refusal):
        attempt.act()
    assert picture() == before


def draw(world: World) -> None:
    """Workers and sweeps do what is theirs; what they made is read, and must have its entries too."""
    world.trail.append(f"{world.now:%d %H:%M} workers")
    while react_to_next(now=world.now):
        pass
    for subject in world.subjects:
        subject.read(world)
    assert not stuck_reactions().exists()


def finish(world: World) -> None:
    draw(world)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    assert verify_timeline(Incident.objects.get(pk=world.incident_id)) == []


def picture() -> tuple[Any, ...]:
    """All rows that a verb could touch, as one digest each."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT "
            + ", ".join(f"(SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {name} t)" for name in TABLES)
        )
        found: tuple[Any, ...] = cursor.fetchone()
        return found
