"""What machines ask: is it alive, is it ready."""

import pytest
from django.db import OperationalError, connection
from django.test import Client

from airp import reactions

pytestmark = pytest.mark.django_db


def test_it_is_live_without_asking_anybody(client: Client, django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        answer = client.get("/health/live")

    assert answer.status_code == 200
    assert answer.json() == {"status": "live"}


def test_it_is_ready_when_the_database_answers_and_every_report_is_well(client: Client, monkeypatch) -> None:
    monkeypatch.setattr(reactions, "READINESS", (lambda *, now: ("ticks", True, "Last tick 3 s ago."),))

    answer = client.get("/health/ready")

    assert answer.status_code == 200
    assert [check["name"] for check in answer.json()["checks"]] == ["database", "ticks"]


def test_it_is_not_ready_when_one_report_is_bad_and_says_which(client: Client, monkeypatch) -> None:
    monkeypatch.setattr(reactions, "READINESS", (lambda *, now: ("deliveries", False, "The oldest waits 90 s."),))

    answer = client.get("/health/ready")

    assert answer.status_code == 503
    assert answer.json()["checks"][1] == {"name": "deliveries", "ok": False, "detail": "The oldest waits 90 s."}


def test_it_is_not_ready_without_the_database(client: Client, monkeypatch) -> None:
    def refuse(*_args: object) -> None:
        raise OperationalError("secret address")

    monkeypatch.setattr(connection, "cursor", refuse)

    answer = client.get("/health/ready")

    assert answer.status_code == 503
    assert answer.json()["checks"] == [{"name": "database", "ok": False, "detail": "The database does not answer."}]
    assert "secret" not in answer.content.decode()
