"""The inbox of triage: one queue of all kinds, decisions on explicit ids, each undone within its time."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from incidents.complaints.complaint import Complaint
from incidents.complaints.states import CloseReason
from incidents.desk.choices import levels
from incidents.desk.inbox import choosing
from incidents.detection.breaches import Breach, BreachDecision
from incidents.detection.thresholds import Threshold
from incidents.reports.report import Report
from incidents.reports.states import Urgency
from incidents.response.models import Incident
from incidents.response.states import State
from incidents.response.visibility import Visibility
from incidents.systems.models import ComponentVersion
from incidents.triage import deciding
from incidents.triage.reasons import DeclineReason
from incidents.triage.records import TriageAct
from tests import factories
from tests.incidents import cases
from tests.incidents.complaints.makers import complaint
from tests.incidents.detection import makers
from tests.incidents.reports.makers import report

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
MINUTE = timedelta(minutes=1)
LIST = "/triage/"


@pytest.fixture
def now():
    cases.assistant()
    return timezone.now()


@pytest.fixture
def breach(now):
    threshold = makers.threshold()
    version = makers.version(threshold, now=now - MINUTE)
    figures = {"bad": 9, "n": 100, "peak_bad": 9, "peak_n": 100, "started_at": now, "detected_at": now}
    return Breach.objects.create(threshold=threshold, version=version, decision_due_at=now + 15 * MINUTE, **figures)


@pytest.fixture
def queue(now, breach):
    """One of each, in the order of their clocks: breach, complaint by the press, urgent report, complaint."""
    system = breach.threshold.system
    return [
        breach,
        complaint("press", at=now - MINUTE, channel="press", system=system, text="A paper asks."),
        report("urgent", at=now, urgency=Urgency.URGENT, system=system),
        complaint("usual", at=now, system=system, text="Where is my money?"),
    ]


def keys_of(items):
    names = {Breach: "breach", Complaint: "complaint", Report: "report"}
    return [f"{names[type(each)]}-{each.pk}" for each in items]


def shown(client, query=""):
    return [row["key"] for row in client.get(f"{LIST}{query}").context["rows"]]


def decide(client, items, deed, **given):
    chosen = {"chosen": keys_of(items), "deed": deed, **given}
    answer = client.post("/triage/decisions/", chosen, headers=HTMX)
    assert answer.status_code == 200, answer.content
    return answer


def undo(client):
    act = TriageAct.objects.order_by("-pk").first()
    return client.post(f"/triage/decisions/{act.pk}/return/", headers=HTMX)


def test_all_kinds_wait_in_one_queue_by_the_clock_that_runs_out_first(client_for, tess, queue):
    client = client_for(tess)
    wanted = keys_of(queue)
    assert shown(client) == wanted
    assert shown(client, "?kind=complaint") == [wanted[1], wanted[3]]
    assert shown(client, "?kind=report") == [wanted[2]]
    assert shown(client, "?kind=alert") == shown(client, "?system=elsewhere") == shown(client, "?show=snoozed") == []
    assert shown(client, "?severity=SEV3") == [wanted[3]]
    assert shown(client, "?whose=mine") == [wanted[0]]
    Threshold.objects.update(owner=factories.person("mo"))
    assert shown(client, "?whose=mine") == []
    Threshold.objects.update(owner=tess)
    assert [client.get(f"{LIST}{key}/").status_code for key in wanted] == [200] * 4
    assert client.get(f"{LIST}breach-999999/").status_code == client.get(f"{LIST}nonsense/").status_code == 404


def test_the_queue_pages_by_key_both_ways(client_for, tess, queue, monkeypatch):
    monkeypatch.setattr("incidents.desk.inbox.listing.ROWS_PER_PAGE", 2)
    client, wanted = client_for(tess), keys_of(queue)
    first = client.get(LIST)
    assert [row["key"] for row in first.context["rows"]] == wanted[:2]
    second = client.get(first.context["older"])
    assert [row["key"] for row in second.context["rows"]] == wanted[2:]
    assert second.context["older"] == ""
    assert [row["key"] for row in client.get(second.context["newer"]).context["rows"]] == wanted[:2]


def test_one_press_accepts_and_undo_puts_all_back(client_for, tess, queue):
    client = client_for(tess)
    for one in queue:
        before = shown(client)
        decide(client, [one], "accept")
        one.refresh_from_db()
        incident = one.incident
        assert incident.state == State.REPORTED
        assert keys_of([one])[0] not in shown(client)
        assert undo(client).status_code == 200
        one.refresh_from_db()
        incident.refresh_from_db()
        assert (one.incident, incident.state) == (None, State.DISMISSED)
        assert shown(client) == before
    assert BreachDecision.objects.filter(reason="The decision was taken back.").count() == 1
    assert Incident.objects.count() == 4


def test_an_incident_that_somebody_touched_is_not_taken_back(client_for, tess, mo, queue, now):
    client = client_for(tess)
    decide(client, queue[3:], "accept")
    incident = Incident.objects.get()
    incident.acknowledge(by=mo, now=timezone.now())
    assert "being worked on" in undo(client).headers["HX-Trigger"]
    incident.refresh_from_db()
    assert incident.state == State.REPORTED
    assert Complaint.objects.get(pk=queue[3].pk).incident == incident


def test_declines_snoozes_and_attachments_are_undone_too(client_for, tess, queue, now):
    client, wanted = client_for(tess), keys_of(queue)
    incident = cases.incident(now=now, system=queue[0].threshold.system)
    decide(client, queue, "decline", why="duplicate")
    assert shown(client) == []
    undo(client)
    assert shown(client) == wanted
    decide(client, queue, "snooze", until="tomorrow")
    assert (shown(client), sorted(shown(client, "?show=snoozed"))) == ([], sorted(wanted))
    undo(client)
    assert shown(client) == wanted
    decide(client, queue, "attach", incident=incident.reference)
    assert shown(client) == []
    assert {type(each).objects.get(pk=each.pk).incident for each in queue} == {incident}
    undo(client)
    assert shown(client) == wanted
    assert "taken back already" in undo(client).headers["HX-Trigger"]


def test_many_accepted_together_make_one_incident_of_their_system(client_for, tess, queue):
    client = client_for(tess)
    decide(client, queue, "accept")
    assert Incident.objects.count() == 1
    assert shown(client) == []
    undo(client)
    assert Incident.objects.get().state == State.DISMISSED
    assert shown(client) == keys_of(queue)


def test_nothing_is_undone_late_or_by_others(client_for, tess, mo, queue, time_machine):
    decide(client_for(tess), queue[1:2], "decline", why="settled")
    assert "Only whoever decided" in undo(client_for(mo)).headers["HX-Trigger"]
    time_machine.move_to(timezone.now() + timedelta(minutes=3))
    assert "time to take it back is over" in undo(client_for(tess)).headers["HX-Trigger"]
    assert Complaint.objects.get(pk=queue[1].pk).state == "closed"


def test_what_is_refused_is_told_and_changes_nothing(client_for, tess, ravi, lee, queue, now):
    client = client_for(tess)
    assert "No incident has the reference" in decide(client, queue, "attach", incident="AIR-1").headers["HX-Trigger"]
    assert "Choose what to do" in decide(client, queue, "decline", why="x").headers["HX-Trigger"]
    assert client_for(lee).get(LIST).status_code == 403
    assert client_for(lee).post("/triage/decisions/", {"chosen": keys_of(queue), "deed": "accept"}).status_code == 403
    refused = client.post(
        "/triage/decisions/",
        {"chosen": keys_of(queue[3:]), "deed": "accept", "accept-title": "", "accept-severity": ""},
    )
    assert refused.status_code == 422
    assert shown(client) == keys_of(queue)
    assert not TriageAct.objects.exists()


def test_unsure_takes_the_higher_severity(client_for, tess, queue):
    level = cases.level("SEV3")
    words = {"accept-title": "Money missing", "accept-severity": level.pk, "accept-unsure": "on"}
    decide(client_for(tess), queue[3:], "accept", **words)
    incident = Incident.objects.get()
    assert (incident.title, incident.severity.slug) == ("Money missing", "SEV2")


def test_new_ones_wait_behind_the_bar_and_rows_of_others_stay_in_place(client_for, tess, mo, queue, now):
    client = client_for(tess)
    first = client.get(LIST).context
    poll = f"/triage/live/?{first['list_query']}&v={first['version']}"
    assert client.get(poll, headers=HTMX).status_code == 204
    complaint("late", at=now, channel="court", system=queue[0].threshold.system)
    queue[3].close(why=CloseReason.SETTLED, by=mo, now=timezone.now(), reason="Done by phone.")
    answer = client.get(poll, headers=HTMX)
    assert [row["key"] for row in answer.context["rows"]] == keys_of(queue)
    assert answer.context["news"] == 1
    assert answer.context["rows"][3]["gone"] == "Closed"
    again = f"/triage/live/?{answer.context['list_query']}&v={answer.context['version']}"
    assert client.get(again, headers=HTMX).status_code == 204


def test_each_choice_has_its_key_and_the_likeliest_incident_comes_first(client_for, tess, queue, now):
    system = queue[0].threshold.system
    cases.incident(now=now, system=system, title="Something else entirely")
    like = cases.incident(now=now, system=system, title="Where is the money of customers?")
    cases.incident(now=now, system=system, state=State.DISMISSED, title="Where is my money?")
    client = client_for(tess)
    found = client.get("/triage/choices/", {"deed": "attach", "chosen": keys_of(queue[3:])}, headers=HTMX)
    assert [each["reference"] for each in found.context["targets"]][0] == like.reference
    assert len(found.context["targets"]) == 2
    page = client.get(f"{LIST}{keys_of(queue)[3]}/")
    assert len(page.context["similar"]) == 3
    assert 'id="other-incident"' in found.content.decode() and "data-close" in found.content.decode()
    decline = client.get("/triage/choices/?deed=decline&chosen=" + keys_of(queue)[0]).content.decode()
    assert 'data-choice="5"' in decline and "data-close" in decline and 'id="other-incident"' not in decline
    assert client.get("/triage/choices/?deed=decline&chosen=breach-0").status_code == 302


def test_restricted_incidents_hide_what_belongs_to_them(client_for, tess, mo, queue, now):
    incident = cases.incident(now=now, by=mo, visibility=Visibility.RESTRICTED, system=queue[0].threshold.system)
    queue[1].attach_to_incident(incident, by=mo, now=now)
    client = client_for(tess)
    assert client.get(f"{LIST}{keys_of(queue)[1]}/").status_code == 404
    page = client.get(f"{LIST}{keys_of(queue)[3]}/").content.decode()
    assert incident.reference not in page


def test_the_inbox_costs_the_same_however_much_waits(client_for, tess, queue, now):
    client = client_for(tess)

    def queries():
        with CaptureQueriesContext(connection) as found:
            assert client.get(LIST).status_code == 200
        return len(found)

    few = queries()
    for number in range(12):
        complaint(f"more {number}", at=now, system=queue[0].threshold.system, category=f"c{number % 3}")
        report(f"more {number}", at=now, system=queue[0].threshold.system)
    assert queries() == few
    assert few <= 12


def test_an_item_names_the_model_that_ran_when_it_came(client_for, tess, queue, now):
    system = queue[0].threshold.system
    ComponentVersion.deploy(system=system, component="model", label="v14", at=now - timedelta(days=9))
    old = complaint("old", at=now - timedelta(days=2), system=system)
    ComponentVersion.deploy(system=system, component="model", label="v15", at=now - timedelta(hours=1))
    client = client_for(tess)
    models = {row["key"]: row["model"] for row in client.get(LIST).context["rows"]}
    assert (models[f"complaint-{old.pk}"], models[f"complaint-{queue[3].pk}"]) == ("v14", "v15")
    assert client.get(f"{LIST}complaint-{old.pk}/").context["item"]["model"] == "v14"


def test_what_was_decided_leads_to_its_incident_and_is_not_like_itself(client_for, tess, queue):
    client = client_for(tess)
    decide(client, [queue[2]], "accept")
    incident = Incident.objects.get()
    found = client.get(f"{LIST}{keys_of(queue)[2]}/")
    assert f'<a href="/incidents/{incident.reference}/">Go to the incident</a>' in found.content.decode()
    assert incident.reference not in [each["reference"] for each in found.context["similar"]]


@pytest.mark.parametrize("place", [0, 2, 3], ids=["breach", "report", "complaint"])
@pytest.mark.parametrize("second", ["accept", "attach", "decline"])
def test_two_who_decide_at_the_same_moment_make_one_decision(queue, tess, ravi, mo, now, place, second):
    item, all_levels = keys_of(queue)[place], list(levels())
    other = cases.incident(now=now, system=queue[0].threshold.system, title="Another one")
    first, late = choosing.find(item, tess), choosing.find(item, mo)  # both read it while it waits
    assert len(deciding.accept([first], levels=all_levels, by=tess, now=now).lines) == 1
    if second == "accept":
        outcome = deciding.accept([late], levels=all_levels, by=mo, now=now)
    elif second == "attach":
        outcome = deciding.attach([late], other, by=mo, now=now)
    else:
        outcome = deciding.decline([late], DeclineReason.DUPLICATE, words="", by=mo, now=now)
    assert (outcome.lines, len(outcome.refusals)) == ([], 1)
    assert Incident.objects.count() == 2
    assert type(queue[place]).objects.get(pk=queue[place].pk).incident not in {None, other}


def test_what_is_accepted_was_detected_when_it_came_and_names_what_ran_then(client_for, tess, queue, now):
    system = queue[0].threshold.system
    ComponentVersion.deploy(system=system, component="model", label="v14", at=now - timedelta(days=9))
    came = now - timedelta(days=2)
    ComponentVersion.deploy(system=system, component="model", label="v15", at=now - timedelta(hours=1))
    for item in (complaint("old", at=came, system=system), report("old", at=came, system=system)):
        decide(client_for(tess), [item], "accept")
        incident = Incident.objects.order_by("-pk").first()
        assert (incident.detected_at, incident.reported_at) == (came, came) and incident.declared_at > came
        assert [version.label for version in incident.versions_in_force(now=now)] == ["v14"]
