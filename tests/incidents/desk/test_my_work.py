"""My work: what waits for a person from every package, next on top, in few queries, and nothing of what is hidden."""

from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from incidents.detection.breaches import Breach
from incidents.playbooks.adding import Assignment, add_task
from incidents.playbooks.task import Task
from incidents.playbooks.work import my_tasks, tally_of_tasks
from incidents.response.models import Incident
from incidents.response.states import State
from incidents.response.visibility import Visibility
from reviews.postmortem.actions import Action
from reviews.postmortem.actions import Assignment as ActionAssignment
from reviews.postmortem.models import Review
from tests.incidents import cases
from tests.incidents.detection import makers as detection
from tests.incidents.playbooks.makers import draw, published, triaged

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def counted(person) -> int:
    with connection.cursor() as cursor:
        cursor.execute(tally_of_tasks(person))
        return cursor.fetchone()[0]


@pytest.fixture
def busy(tess, ravi, mo):
    """Tess leads one incident with two tasks of hers, owns an action, and has to decide about a breach."""
    now = timezone.now()
    published(now=now, steps=({"title": "Lead's step", "due_minutes": 600},), harm_kinds=["unauthorised_commitment"])
    incident = triaged(now=now, title="Mine to lead")
    add_task(incident, Assignment(title="Long overdue", owner=tess, due_at=now - HOUR), by=tess, now=now)
    add_task(incident, Assignment(title="Someday", owner=tess), by=tess, now=now)
    add_task(incident, Assignment(title="Of Ravi", owner=ravi), by=tess, now=now)
    resolved = cases.incident(now=now, state=State.RESOLVED)
    draw(now=now)
    review = Review.objects.get(incident=resolved)
    due = (now + timedelta(days=9)).date()
    given = ActionAssignment(what="Cover it by a test", kind="detective", owner=tess, due_date=due)
    Action.add(review, assignment=given, by=ravi, now=now)
    threshold = detection.threshold()
    version = detection.version(threshold, now=now - HOUR)
    times = {"started_at": now, "detected_at": now, "decision_due_at": now + HOUR}
    Breach.objects.create(threshold=threshold, version=version, **times, bad=9, n=100, peak_bad=9, peak_n=100)
    return incident


def test_everything_of_one_person_stands_in_the_order_in_which_it_is_due(busy, tess, client_for):
    page = client_for(tess).get(reverse("incidents:my_work"))
    titles = [(group["name"], row["item"].title) for group in page.context["groups"] for row in group["rows"]]
    assert titles[0] == ("overdue", "Long overdue")
    assert titles[-1] == ("open", "Someday")
    shown = {title for _group, title in titles}
    assert {"Lead's step", "Mine to lead", "Cover it by a test"} <= shown
    assert "Of Ravi" not in shown
    kinds = {row["item"].kind.value for group in page.context["groups"] for row in group["rows"]}
    assert kinds == {"task", "incident", "decision", "review", "action"}
    only = client_for(tess).get(reverse("incidents:my_work"), {"only": "action"}).content.decode()
    assert "Cover it by a test" in only and "Long overdue" not in only
    assert page.context["frame"]["counts"]["my_work"] == 4 == counted(tess)


def test_a_task_in_what_became_hidden_counts_nowhere(busy, tess, ravi, mo, client_for):
    assert counted(ravi) == 1
    busy.set_visibility(to=Visibility.RESTRICTED, by=mo, now=timezone.now(), reason="Named people.")
    assert counted(ravi) == 0
    assert my_tasks(ravi, now=timezone.now(), most=9) == []
    page = client_for(ravi).get(reverse("incidents:my_work")).content.decode()
    assert "Of Ravi" not in page and "Nothing waits for you" in page


def test_it_takes_as_many_queries_with_many_tasks_as_with_three(busy, tess, client_for):
    client = client_for(tess)
    few = queries_of(client)
    now = timezone.now()
    Task.objects.bulk_create(
        Task(incident=busy, number=100 + n, title=f"Many {n}", owner=tess, added_at=now, due_at=now + n * HOUR)
        for n in range(150)
    )
    assert queries_of(client) == few <= 16
    page = client.get(reverse("incidents:my_work")).content.decode()
    assert "Many 60" not in page and "Only the first 50 are shown of: Tasks" in page
    assert Incident.objects.filter(lead=tess).exists()


def queries_of(client) -> int:
    with connection.execute_wrapper(counter := Counter()):
        client.get(reverse("incidents:my_work"))
    return counter.count


class Counter:
    count = 0

    def __call__(self, execute, sql, params, many, context):
        self.count += 1
        return execute(sql, params, many, context)
