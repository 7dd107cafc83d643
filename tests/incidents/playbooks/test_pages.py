"""Tasks on the incident page and their own, and playbooks as admins edit them, without a script."""

import pytest
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from incidents.playbooks.panel import tasks_panel
from incidents.playbooks.playbook import Playbook
from incidents.playbooks.run import PlaybookRun
from incidents.playbooks.task import Task
from incidents.response.visibility import Visibility
from tests.incidents import cases
from tests.incidents.playbooks.makers import draw, published, task, triaged

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def incident(now):
    published(now=now, harm_kinds=["unauthorised_commitment"])
    return triaged(now=now)


def test_the_panel_takes_one_query_with_proposals_too_and_none_before_triage(
    incident, now, tess, django_assert_num_queries
):
    published("grave", now=now, harm_kinds=["unauthorised_commitment"], severities=["SEV1"])
    incident.raise_severity(to=cases.level("SEV1"), by=tess, now=now, reason="Worse.")
    draw(now=now)
    request = RequestFactory().get("/")
    request.user = tess
    with django_assert_num_queries(1):
        panel = tasks_panel(request, incident, now=now)
    assert [group["name"] for group in panel["context"]["groups"]] == ["Lead", "Technical", "Legal"]
    assert panel["context"]["proposals"][0]["name"] == "Grave"
    with django_assert_num_queries(0):
        assert tasks_panel(request, type(incident)(), now=now) is None


def test_a_press_in_the_panel_moves_the_task_and_answers_the_panel(incident, tess, client_for):
    client, first = client_for(tess), task(incident, 1)
    page = client.get(reverse("incidents:incident", args=[incident.reference])).content.decode()
    assert "Task 1 is mandatory and nobody has it" in page
    assert reverse("incidents:task_start", args=[first.pk]) in page
    answer = client.post(reverse("incidents:task_owner", args=[first.pk]), {"to": tess.pk}, **HTMX)
    assert (
        answer.status_code == 200 and 'id="tasks"' in answer.content.decode() and "<html" not in answer.content.decode()
    )
    client.post(reverse("incidents:task_start", args=[first.pk]), **HTMX)
    answer = client.post(reverse("incidents:task_completion", args=[first.pk]), **HTMX)
    assert task(incident, 1).state == "done"
    refused = client.post(reverse("incidents:task_start", args=[first.pk]), **HTMX)
    assert "has the state: done" in refused.headers["HX-Trigger"]
    assert task(incident, 1).state == "done"


def test_without_a_script_a_step_leads_back_and_a_refusal_keeps_the_words(incident, tess, ravi, client_for):
    decision = task(incident, 2)
    url = reverse("incidents:task_completion", args=[decision.pk])
    refused = client_for(tess).post(url, {"reasons": "Kept words."})
    assert refused.status_code == 422
    assert "Kept words." in refused.content.decode() and "Choose what was decided." in refused.content.decode()
    taken = client_for(tess).post(url, {"option": "Refuse", "reasons": "No basis."})
    assert taken.headers["Location"] == reverse("incidents:task", args=[decision.pk])
    shown = client_for(ravi).get(taken.headers["Location"]).content.decode()
    assert "No basis." in shown and "Task 2 done" in shown
    skip = client_for(ravi).post(reverse("incidents:task_omission", args=[task(incident, 1).pk]), {"reason": "No."})
    assert skip.status_code == 422 and "Only the lead or a manager" in skip.content.decode()


def test_tasks_of_a_restricted_incident_do_not_exist_for_outsiders(now, tess, lee, client_for):
    published(now=now, harm_kinds=["unauthorised_commitment"])
    hidden = triaged(now=now, visibility=Visibility.RESTRICTED)
    one = task(hidden, 1)
    client = client_for(lee)
    assert client.get(reverse("incidents:task", args=[one.pk])).status_code == 404
    assert client.post(reverse("incidents:task_start", args=[one.pk])).status_code == 404
    assert client.get(reverse("incidents:tasks", args=[hidden.reference])).status_code == 404
    assert client.post(reverse("incidents:playbook_stop", args=[hidden.reference, "commitment"])).status_code == 404
    assert task(hidden, 1).state == "not_started"


def test_tasks_and_playbooks_are_added_and_stopped_on_pages(incident, now, tess, client_for):
    other = published("other", now=now, harm_kinds=["data_exposure"]).playbook
    client = client_for(tess)
    url = reverse("incidents:tasks", args=[incident.reference])
    assert client.post(url, {"title": "", "instructions": "Kept."}).status_code == 422
    assert client.post(url, {"title": "Call the vendor", "lane": "legal"}).status_code == 302
    assert task(incident, 6).title == "Call the vendor"
    choosing = reverse("incidents:incident_playbooks", args=[incident.reference])
    assert "Other" in client.get(choosing).content.decode()
    assert client.post(choosing, {"playbook": other.slug}).status_code == 302
    assert client.post(choosing, {"playbook": other.slug}).status_code == 422
    stopping = reverse("incidents:playbook_stop", args=[incident.reference, other.slug])
    assert client.post(stopping, {"reason": " "}).status_code == 422
    assert client.post(stopping, {"reason": "Wrong one."}).status_code == 302
    assert PlaybookRun.objects.get(playbook=other).state == "stopped"
    assert Task.objects.filter(run__playbook=other, state="not_doing").count() == 5


class TestEditing:
    def test_a_playbook_is_made_filled_previewed_and_published(self, now, ada, client_for):
        cases.assistant()
        client = client_for(ada)
        made = client.post(reverse("incidents:playbook_new"), {"name": "Outage", "purpose": "It is down."})
        assert made.headers["Location"] == reverse("incidents:playbook_draft", args=["outage"])
        assert client.post(reverse("incidents:playbook_new"), {"name": "Outage", "purpose": "x"}).status_code == 422
        step = {"title": "Look", "due_from": "declared_at", "before": "contained", "due_minutes": "15"}
        for kind, own in (
            ("manual", {}),
            ("checklist", {"items": "one\n\ntwo\none"}),
            ("wait_for", {"until": "time", "minutes": "5"}),
        ):
            url = reverse("incidents:playbook_step_new", args=["outage", kind])
            assert client.post(url, step | own | {"title": kind}).status_code == 302
        url = reverse("incidents:playbook_step_new", args=["outage", "decision"])
        refused = client.post(url, step | {"options": "only one"})
        assert refused.status_code == 422 and "at least two" in refused.content.decode()
        draft = Playbook.objects.get(slug="outage").versions.get()
        keys = list(draft.steps.order_by("position").values_list("key", flat=True))
        move = reverse("incidents:playbook_step_position", args=["outage", keys[2]])
        fragment = client.post(move, {"to": "up"}, **HTMX).content.decode()
        assert 'id="steps"' in fragment and "<html" not in fragment
        client.post(reverse("incidents:playbook_step_removal", args=["outage", keys[0]]))
        assert list(draft.steps.order_by("position").values_list("kind", flat=True)) == ["wait_for", "checklist"]
        assert draft.steps.get(kind="checklist").detail == {"items": ["one", "two"]}
        client.post(reverse("incidents:playbook_scope", args=["outage"]), {"harm_kinds": ["degraded_quality"]})
        publishing = reverse("incidents:playbook_publication", args=["outage"])
        assert "The first version" in client.get(publishing).content.decode()
        assert client.post(publishing, {"why": ""}).status_code == 422
        assert client.post(publishing, {"why": "We had none."}).status_code == 302
        draft.refresh_from_db()
        assert (draft.state, draft.published_by, draft.why) == ("published", ada, "We had none.")
        assert "We had none." in client.get(reverse("incidents:playbook", args=["outage"])).content.decode()

    def test_a_tie_is_refused_when_it_is_saved(self, now, ada, client_for):
        cases.assistant()
        published("first", now=now, harm_kinds=["data_exposure"])
        second = published("second", now=now, harm_kinds=["tool_misuse"]).playbook
        client = client_for(ada)
        client.post(reverse("incidents:playbook_draft", args=["second"]))
        refused = client.post(reverse("incidents:playbook_scope", args=["second"]), {"harm_kinds": ["data_exposure"]})
        assert refused.status_code == 422 and "neither would win" in refused.content.decode()
        assert second.versions.get(state="draft").harm_kinds == ["tool_misuse"]

    def test_a_colleagues_change_of_the_same_step_is_shown_before_it_is_overwritten(self, now, ada, client_for):
        playbook = published(now=now).playbook
        draft = playbook.begin_draft(by=ada, now=now)
        key = draft.steps.order_by("position").first().key
        url = reverse("incidents:playbook_step", args=[playbook.slug, key])
        client = client_for(ada)
        seen = client.get(url).context["form"]["seen"].value()
        draft.change_step(key, {"title": "Theirs"}, by=ada, now=now)
        mine = {"title": "Mine", "due_from": "declared_at", "seen": seen}
        conflict = client.post(url, mine)
        assert conflict.status_code == 409
        assert "Theirs" in conflict.content.decode() and "Mine" in conflict.content.decode()
        assert client.post(url, mine | {"seen": conflict.context["form"]["seen"].value()}).status_code == 302
        assert draft.steps.get(key=key).title == "Mine"

    def test_the_register_takes_few_queries_and_retiring_needs_a_reason(
        self, now, ada, client_for, django_assert_max_num_queries
    ):
        cases.assistant()
        client = client_for(ada)
        client.post(reverse("incidents:playbooks_shipped"))
        with django_assert_max_num_queries(12):
            page = client.get(reverse("incidents:playbooks")).content.decode()
        assert page.count("version 1") == 5
        url = reverse("incidents:playbook_retirement", args=["data-leak"])
        assert client.post(url, {"why": ""}).status_code == 422
        assert client.post(url, {"why": "Ours is better."}).status_code == 302
        assert Playbook.objects.get(slug="data-leak").retired_at <= timezone.now()


def test_the_list_of_playbooks_counts_uses_that_the_reader_may_see(now, client_for, tess, mo):
    published(now=now, harm_kinds=["unauthorised_commitment"])
    triaged(now=now)
    triaged(now=now, visibility=Visibility.RESTRICTED)
    shown = {person: client_for(person).get(reverse("incidents:playbooks")).context["rows"] for person in (tess, mo)}
    assert {person: rows[0]["playbook"].uses for person, rows in shown.items()} == {tess: 2, mo: 1}
