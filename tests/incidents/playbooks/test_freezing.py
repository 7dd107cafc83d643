"""The fitting playbook becomes tasks at triage, once, and what runs never changes by itself."""

import threading

import pytest
from django.db import connection

from incidents.coordination.lane_rules import LaneRule
from incidents.playbooks.adding import Assignment, add_playbook, add_task
from incidents.playbooks.refusals import OwnerCannotSee, RunInWrongState, TaskInWrongState
from incidents.playbooks.run import PlaybookRun
from incidents.playbooks.task import Task
from incidents.response.people import IncidentRole
from incidents.response.refusals import NotPermitted, ReasonMissing
from incidents.response.timeline import react_to_next
from incidents.response.visibility import Visibility
from tests import factories
from tests.incidents import cases
from tests.incidents.playbooks import makers
from tests.incidents.playbooks.makers import MINUTE, draw, published, task, triaged

KINDS = {"harm_kinds": ["unauthorised_commitment"]}


def kinds_on(incident):
    return list(incident.timeline.order_by("seq").values_list("kind", flat=True))


@pytest.mark.django_db
def test_triage_freezes_the_fitting_playbook_and_an_edit_of_it_changes_nothing(now, tess, ada):
    version = published(now=now, **KINDS)
    published("other", now=now, harm_kinds=["data_exposure"])
    incident = triaged(now=now)
    tasks = list(Task.objects.filter(incident=incident).order_by("number"))
    assert [each.title for each in tasks] == [step["title"] for step in makers.STEPS]
    assert [each.due_at for each in tasks[:3]] == [incident.declared_at + 30 * MINUTE, None, None]
    assert [each.owner for each in tasks] == [None, None, tess, None, None]
    started = incident.timeline.get(kind="playbook_started")
    assert started.facts == {"playbook": "commitment", "version": 1, "tasks": 5}
    draft = version.playbook.begin_draft(by=ada, now=now)
    draft.change_step(draft.steps.first().key, {"title": "Something else", "before": ""}, by=ada, now=now)
    draft.publish(by=ada, now=now, why="Better.")
    incident.raise_severity(to=cases.level("SEV2"), by=tess, now=now, reason="More people.")
    draw(now=now)
    assert [(each.title, each.before) for each in Task.objects.filter(incident=incident).order_by("number")] == [
        (each.title, each.before) for each in tasks
    ]
    assert kinds_on(incident).count("playbook_proposed") == 0


@pytest.mark.django_db
def test_another_harm_kind_proposes_its_playbook_and_calls_its_lanes(now, tess):
    published(now=now, **KINDS)
    published("leak", now=now, harm_kinds=["data_exposure"])
    incident = triaged(now=now)
    leak = makers.kind("data_exposure")
    LaneRule.objects.create(lane="legal", severity=incident.severity, harm_kind=leak, within_minutes=60)
    incident.change_harm_kind(to=leak, by=tess, now=now, reason="Names in the logs.")
    draw(now=now)
    states = dict(PlaybookRun.objects.filter(incident=incident).values_list("playbook__slug", "state"))
    assert states == {"commitment": "running", "leak": "proposed"}
    assert list(incident.lanes.values_list("lane", "due_at")) == [("legal", now + 60 * MINUTE)]


@pytest.mark.django_db
def test_grading_anew_proposes_and_never_swaps(now, tess):
    published(now=now, **KINDS)
    published("grave", now=now, **KINDS, severities=["SEV1"])
    incident = triaged(now=now)
    incident.raise_severity(to=cases.level("SEV1"), by=tess, now=now, reason="Thousands.")
    draw(now=now)
    assert Task.objects.filter(incident=incident).count() == 5
    run = PlaybookRun.objects.get(incident=incident, playbook__slug="grave")
    assert run.state == "proposed"
    with pytest.raises(ReasonMissing):
        run.decline(by=tess, now=now, reason="")
    mo = factories.person("mo")
    incident.lower_severity(to=cases.level("SEV3"), by=mo, now=now, reason="Counted twice.")
    draw(now=now)
    run.refresh_from_db()
    assert run.state == "withdrawn"
    incident.raise_severity(to=cases.level("SEV1"), by=tess, now=now, reason="Thousands after all.")
    draw(now=now)
    run.refresh_from_db()
    run.decline(by=tess, now=now, reason="The first one is enough.")
    assert run.state == "declined"
    assert kinds_on(incident).count("playbook_proposed") == 2
    add_playbook(incident, run.playbook, by=tess, now=now)
    assert Task.objects.filter(incident=incident).count() == 10
    with pytest.raises(RunInWrongState):
        add_playbook(incident, run.playbook, by=tess, now=now)
    assert Task.objects.filter(incident=incident).count() == 10


@pytest.mark.django_db
def test_stopping_a_playbook_sets_aside_what_is_left_and_needs_lead_or_manager(now, tess, ravi, mo):
    published(now=now, **KINDS)
    incident = triaged(now=now)
    task(incident, 1).finish(by=tess, now=now)
    run = PlaybookRun.objects.get(incident=incident)
    with pytest.raises(NotPermitted):
        run.stop(by=ravi, now=now, reason="x")
    with pytest.raises(ReasonMissing):
        run.stop(by=mo, now=now, reason=" ")
    run.stop(by=mo, now=now, reason="Another kind of incident.")
    states = list(Task.objects.filter(incident=incident).order_by("number").values_list("state", flat=True))
    assert states == ["done", *["not_doing"] * 4]
    assert incident.timeline.get(kind="playbook_stopped").facts["tasks"] == 4


@pytest.mark.django_db
def test_due_times_follow_the_moment_they_count_from_and_waits_end_by_themselves(now, tess, mo):
    published(now=now, **KINDS)
    incident = triaged(now=now)
    task(incident, 1).finish(by=tess, now=now)
    incident.contain(by=mo, now=now, reason="Off.", at=now - MINUTE)
    draw(now=now)
    assert task(incident, 2).due_at == now - MINUTE + 60 * MINUTE
    waited = task(incident, 5)
    assert (waited.state, waited.ended_by, waited.outcome) == ("done", None, "it happened")
    task(incident, 2).skip(by=mo, now=now, reason="Nothing is owed.")
    incident.resolve(by=mo, now=now, reason="Mended.")
    incident.reopen(by=tess, now=now + MINUTE, reason="Came back.")
    task(incident, 2).resume(by=mo, now=now + MINUTE, reason="Came back.")
    incident.contain(by=mo, now=now + 3 * MINUTE, reason="Off again.")
    draw(now=now + 3 * MINUTE)
    assert task(incident, 2).due_at == now + 63 * MINUTE


@pytest.mark.django_db
def test_whoever_gets_a_role_gets_the_tasks_of_its_lane_that_nobody_has(now, tess, lee, edie, ravi):
    published(now=now, **KINDS)
    incident = triaged(now=now)
    task(incident, 1).assign(to=edie, by=tess, now=now)
    incident.assign_role(role=IncidentRole.LEGAL, person=lee, by=tess, now=now)
    incident.assign_role(role=IncidentRole.TECHNICAL, person=ravi, by=tess, now=now)
    draw(now=now)
    assert [task(incident, n).owner for n in range(1, 6)] == [edie, lee, tess, ravi, ravi]


@pytest.mark.django_db
def test_single_tasks_join_between_triage_and_end_for_people_who_see_the_incident(now, tess, lee, uma, mo):
    reported = cases.incident(now=now)
    with pytest.raises(TaskInWrongState):
        add_task(reported, Assignment(title="x"), by=tess, now=now)
    incident = triaged(now=now, visibility=Visibility.RESTRICTED)
    added = add_task(incident, Assignment(title="Call the vendor", lane="legal"), by=tess, now=now)
    assert (added.number, added.run, incident.timeline.get(kind="task_added").facts["task"]) == (1, None, added.pk)
    for refused, asked, by in (
        (OwnerCannotSee, Assignment(title="x", owner=lee), tess),
        (NotPermitted, Assignment(title="x"), uma),
        (ReasonMissing, Assignment(title=" "), tess),
    ):
        with pytest.raises(refused):
            add_task(incident, asked, by=by, now=now)
    incident.hand_over(to=mo, by=tess, now=now)
    with pytest.raises(NotPermitted, match="mandatory"):
        add_task(incident, Assignment(title="x", before="closed"), by=tess, now=now)
    assert Task.objects.filter(incident=incident).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_freeze_once(now):
    published(now=now, **KINDS)
    incident = cases.incident(now=now, severity="SEV3")
    draw(now=now)
    tess = factories.person("tess")
    incident.triage(severity=cases.level("SEV3"), harm_kind=makers.kind(), by=tess, now=now)
    incident.raise_severity(to=cases.level("SEV2"), by=tess, now=now, reason="More.")
    start = threading.Barrier(2)

    def work():
        start.wait()
        while react_to_next(now=now):
            pass
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    draw(now=now)
    assert PlaybookRun.objects.filter(incident=incident).count() == 1
    assert Task.objects.filter(incident=incident).count() == 5
    assert kinds_on(incident).count("playbook_started") == 1
