"""Waking is a courtesy: after the commit, never at the caller's cost."""

import subprocess
import sys

import pytest
from celery.exceptions import NotRegistered
from django.db import transaction

from airp.local.state import CHECKOUT
from airp.web import wake as waking
from airp.web.wake import Broker, task_named, wake

TASK = "incidents.react"
WAKE_FROM_THREADS = f"""
import django
django.setup()
from concurrent.futures import ThreadPoolExecutor
from airp.web.wake import task_named
with ThreadPoolExecutor(8) as pool:
    print(*(task.name for task in pool.map(task_named, ["{TASK}"] * 8)))
"""


@pytest.fixture
def published(monkeypatch, settings) -> list[dict]:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr(waking, "broker", Broker())
    sent: list[dict] = []
    monkeypatch.setattr(task_named(TASK), "apply_async", lambda **options: sent.append(options))
    return sent


@pytest.mark.django_db
def test_it_wakes_after_the_commit(published, django_capture_on_commit_callbacks) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        wake(TASK, incident_id=7)
        assert published == []

    assert [options["kwargs"] for options in published] == [{"incident_id": 7}]


@pytest.mark.django_db(transaction=True)
def test_it_wakes_nobody_after_a_rollback(published) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        wake(TASK)
        raise ZeroDivisionError

    assert published == []


@pytest.mark.django_db
def test_it_does_nothing_without_a_broker(published, settings, django_capture_on_commit_callbacks) -> None:
    settings.REDIS_URL = ""
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        wake(TASK)

    assert callbacks == []
    assert published == []


@pytest.mark.django_db
def test_a_broker_that_is_away_costs_one_try_in_thirty_seconds(monkeypatch, settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    broker, tries, clock = Broker(), [], [1000.0]
    monkeypatch.setattr(waking, "monotonic", lambda: clock[0])

    class Task:
        name = TASK

        def apply_async(self, **_options: object) -> None:
            tries.append(clock[0])
            raise ConnectionError

    for second in (0, 1, 29, 31):
        clock[0] = 1000.0 + second
        broker.publish(Task(), {})

    assert tries == [1000.0, 1031.0]


@pytest.mark.django_db
def test_a_real_dead_broker_raises_nothing(settings, monkeypatch, django_capture_on_commit_callbacks) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    broker = Broker()
    monkeypatch.setattr(waking, "broker", broker)
    task = task_named(TASK)
    monkeypatch.setattr(task.app.conf, "broker_url", "redis+socket:///nowhere/valkey.sock")
    monkeypatch.setattr(task.app.amqp, "_producer_pool", None)

    with django_capture_on_commit_callbacks(execute=True):
        wake(TASK)

    assert broker.quiet_until > 0


def test_threads_that_wake_at_once_in_a_new_process_all_find_their_task() -> None:
    ran = subprocess.run([sys.executable, "-c", WAKE_FROM_THREADS], capture_output=True, text=True, cwd=CHECKOUT)

    assert ran.stdout.split() == [TASK] * 8, ran.stderr


def test_it_refuses_a_task_that_nobody_declared() -> None:
    with pytest.raises(NotRegistered):
        wake("incidents.no_such_task")
