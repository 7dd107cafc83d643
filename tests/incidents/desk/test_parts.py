"""The first screen of the incident page and the parts below it: what stands open, what its reader owes."""

import re
from datetime import timedelta

import pytest

from airp.accounts.roles import Role
from incidents.coordination.asking import Wanted, ask
from incidents.playbooks.task import Task
from incidents.response.states import State
from tests.incidents.cases import incident

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(now, tess):
    return incident(now=now, state=State.TRIAGED)


def shown(client, case, query=""):
    return client.get(f"/incidents/{case.reference}/{query}").content.decode()


def opened(page):
    """The names of the parts that stand open."""
    folds = re.findall(r'<details class="fold" id="fold-[\w-]+" data-fold="([\w-]+)"( open)?>', page)
    assert len(folds) > 5
    return {name for name, is_open in folds if is_open}


def test_parts_are_one_line_until_something_in_them_presses(case, now, client_for, ravi):
    client = client_for(ravi)
    assert opened(shown(client, case)) == {"timeline"}
    Task.objects.create(incident=case, number=1, title="Stop it", added_at=now, due_at=now - timedelta(minutes=1))
    page = shown(client, case)
    assert opened(page) == {"timeline", "tasks"}
    assert "1 late" in page


def test_what_the_person_opened_or_shut_comes_back_so_and_rubbish_means_nothing(case, client_for, ravi):
    client = client_for(ravi)
    client.cookies["folds"] = "alerts.open_timeline.shut_lanes.<b>_nonsense_links"
    assert opened(shown(client, case)) == {"alerts"}


def test_the_timeline_is_open_where_the_address_asks_for_a_part_of_it(case, client_for, ravi):
    client = client_for(ravi)
    client.cookies["folds"] = "timeline.shut"
    for query in ("?entry=1", "?before=2", "?q=seen", "?kinds=state"):
        assert "timeline" in opened(shown(client, case, query)), query
    refused = client.post(f"/incidents/{case.reference}/notes/", {"text": ""})
    assert "timeline" in opened(refused.content.decode()), "the words that came back must be seen"


def test_the_form_that_an_address_opens_stands_in_an_open_part(case, client_for, ravi, tess):
    assert "severity" in opened(shown(client_for(tess), case, "assessment/"))
    assert "times" in opened(shown(client_for(tess), case, "times/"))


def test_the_bar_leads_to_every_part_and_a_digit_to_the_first_nine(case, client_for, ravi):
    page = shown(client_for(ravi), case)
    targets = re.findall(r'<li><a href="#([\w-]+)" data-part="([\w-]+)" data-key="(\d)"', page)
    assert [key for _target, _part, key in targets] == [str(place) for place in range(1, len(targets) + 1)]
    assert targets[-1][1] == "timeline"
    for target, part, _key in targets:
        assert f'id="{target}"' in page
        assert f'<section class="card" id="{part}"' in page


def test_each_reader_sees_what_waits_for_them(case, now, client_for, tess, ravi, lee, mo):
    case.hand_over(to=ravi, by=tess, now=now)
    Task.objects.create(incident=case, number=1, title="Stop it", added_at=now, owner=ravi)
    owed = {item.title for item in client_for(ravi).get(f"/incidents/{case.reference}/").context["owed"]}
    assert owed == {"Task 1: Stop it", "Post the next update"}
    due_at = now + timedelta(hours=1)
    wanted = Wanted(title="The notice", content="Sorry.", why_now="It goes out today.", due_at=due_at, role=Role.LEGAL)
    ask(case, wanted, by=ravi, now=now)
    legal = client_for(lee).get(f"/incidents/{case.reference}/").context["owed"]
    assert "Approve or return: The notice" in [item.title for item in legal]
    for other in (ravi, mo):
        titles = [item.title for item in client_for(other).get(f"/incidents/{case.reference}/").context["owed"]]
        assert "Approve or return: The notice" not in titles, "neither who asked, nor whom nobody asked"
    page = shown(client_for(mo), case)
    assert "Stop it" in page, "it stands among the tasks"
    assert 'id="owed"' not in page, "and not among what waits for somebody else"
