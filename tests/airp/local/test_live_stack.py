"""The processes of the demo, for real: they start, they are killed, they come back, nothing is left behind."""

import smtplib
from urllib.request import urlopen

import pytest

from airp.accounts.models import User
from airp.local import valkey
from incidents.detection.hearing import DOOR
from incidents.detection.upkeep import Upkeep
from tests.processes.stack import LiveStack

pytestmark = pytest.mark.journey


def test_the_site_answers_and_reads_what_the_test_writes(live: LiveStack, tess: User) -> None:
    with urlopen(f"{live.base_url}/health/ready") as answer:
        assert answer.status == 200

    assert User.objects.get().email == tess.email


def test_a_web_process_leaves_a_sign_of_life_in_the_database(live: LiveStack) -> None:
    assert live.wait_for(lambda: Upkeep.objects.filter(name=DOOR).exists(), seconds=20, what="the sign of life")


def test_beat_and_worker_do_the_scheduled_duties(live: LiveStack) -> None:
    ran = live.wait_for(lambda: "incidents.react" in live.log("worker"), seconds=30, what="the worker to run a job")
    assert ran, "beat asked for it and a worker took it"


def test_mail_arrives_in_the_folder(live: LiveStack) -> None:
    with smtplib.SMTP("127.0.0.1", live.mail_port) as smtp:
        smtp.sendmail("airp@example.com", ["tess@example.com"], "Subject: Rød alarm\r\n\r\nHello".encode())

    live.wait_for(live.mails, what="the mail")
    assert live.mails()[-1]["X-RcptTo"] == "tess@example.com"


def test_killed_processes_come_back(live: LiveStack) -> None:
    before = live.process("web").pid
    for name in ("web", "worker"):
        live.kill(name)
        live.restart(name)

    assert live.process("web").pid != before
    live.wait_for(lambda: "ready." in live.log("worker"), what="the worker")


def test_the_broker_can_be_taken_away_and_given_back(live: LiveStack) -> None:
    live.kill("valkey")
    assert not valkey.is_answering(live.state)

    with urlopen(f"{live.base_url}/health/ready") as answer:
        assert answer.status == 200

    live.restart("valkey")
    live.wait_for(lambda: valkey.is_answering(live.state), what="the broker")


def test_without_a_broker_one_process_does_the_duties_and_ends_when_asked() -> None:
    with LiveStack(has_broker=False, only={"loops"}) as stack:
        stack.wait_for(lambda: "Running" in stack.log("loops"), what="the loops")
        stack.stop("loops")

        assert "job_failed" not in stack.log("loops")
        assert set(stack.table) == {"mail", "web", "loops"}
