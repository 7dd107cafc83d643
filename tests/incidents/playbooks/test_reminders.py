"""Owners are reminded when a task is due and when it is overdue, once each; waits end when their time has passed."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from incidents.notification.models import Alert
from incidents.playbooks.queries import due_tasks, ended_waits
from incidents.playbooks.reminding import OVERDUE_AFTER, end_wait, remind
from incidents.playbooks.task import TaskReminder
from incidents.response.visibility import Visibility
from tests.incidents.playbooks.makers import MINUTE, draw, published, task, triaged

KINDS = {"harm_kinds": ["unauthorised_commitment"]}


def sweep(now):
    done = [remind(pk, now=now) for pk in due_tasks(now=now, most=10)]
    draw(now=now)
    return sum(done)


def told(incident):
    reasons = ("task_due", "task_overdue")
    alerts = Alert.objects.filter(incident=incident, reason__in=reasons).order_by("pk")
    return [(alert.reason, alert.recipient.email.partition("@")[0], alert.state) for alert in alerts]


@pytest.mark.django_db
def test_the_owner_hears_at_the_due_time_and_with_the_lead_when_it_is_overdue(now, tess, ravi):
    published(now=now, **KINDS)
    incident = triaged(now=now)
    first = task(incident, 1)
    first.assign(to=ravi, by=tess, now=now)
    assert sweep(first.due_at - MINUTE) == 0
    assert (sweep(first.due_at), sweep(first.due_at + MINUTE)) == (1, 0)
    assert told(incident) == [("task_due", "ravi", "told")]
    mail = Alert.objects.get(reason="task_due").delivery
    assert "task 1: Stop it" in mail.body and f"/tasks/{first.pk}/" in mail.body
    later = first.due_at + OVERDUE_AFTER
    assert (sweep(later), sweep(later + MINUTE)) == (1, 0)
    assert told(incident)[1:] == [("task_overdue", "ravi", "told"), ("task_overdue", "tess", "told")]
    task(incident, 1).reschedule(to=later + MINUTE, by=tess, now=later, reason="The vendor is late.")
    assert sweep(later + MINUTE) == 1
    assert TaskReminder.objects.filter(task=first).count() == 3


@pytest.mark.django_db
def test_a_task_that_is_finished_or_whose_incident_ended_reminds_nobody(now, tess):
    published(now=now, **KINDS)
    incident, dismissed = triaged(now=now), triaged(now=now)
    task(incident, 1).finish(by=tess, now=now)
    dismissed.dismiss(by=tess, now=now, reason="A test.")
    assert sweep(now + timedelta(days=1)) == 0
    assert told(incident) == told(dismissed) == []


@pytest.mark.django_db
def test_the_mail_about_a_restricted_incident_says_only_where_to_look(now, tess):
    published(now=now, **KINDS)
    incident = triaged(now=now, visibility=Visibility.RESTRICTED)
    sweep(task(incident, 1).due_at)
    mail = Alert.objects.get(reason="task_due").delivery
    assert "Stop it" not in mail.body and incident.title not in mail.body and incident.reference in mail.body


@pytest.mark.django_db
def test_a_wait_for_time_ends_by_itself_once_it_was_started(now, tess):
    published(now=now, **KINDS)
    incident = triaged(now=now)
    wait = task(incident, 4)
    assert ended_waits(now=now + timedelta(days=1), most=10) == []
    wait.start(by=tess, now=now)
    assert ended_waits(now=now + 59 * MINUTE, most=10) == []
    assert end_wait(wait.pk, now=now + 59 * MINUTE) is False
    assert end_wait(wait.pk, now=now + 60 * MINUTE) is True
    assert end_wait(wait.pk, now=now + 60 * MINUTE) is False
    ended = task(incident, 4)
    assert (ended.state, ended.ended_by) == ("done", None)
    assert incident.timeline.filter(kind="task_moved", facts__task=wait.pk, facts__after="done").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_remind_once(now):
    published(now=now, **KINDS)
    first = task(triaged(now=now), 1)
    start, found = threading.Barrier(2), []

    def work():
        start.wait()
        found.append(remind(first.pk, now=first.due_at))
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(found) == [False, True]
    assert TaskReminder.objects.filter(task=first).count() == 1
