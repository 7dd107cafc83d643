"""Senders are killed in the middle of a thousand mails: none is lost, at most the one in flight is repeated."""

import logging
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from django.db import connection, transaction
from django.utils import timezone

from airp.outbound.models import Attempt, AttemptOutcome, Delivery, DeliveryState
from airp.outbound.planning import plan_mail
from tests import factories

MAILS = 1000
KILLS = 6
LEASE_SECONDS = 2
PATIENCE_SECONDS = 150  # far more than a quiet machine needs; the tests share theirs
SENDER = Path(__file__).with_name("outbound_sender.py")
ROOT = SENDER.parent.parent.parent

pytestmark = [pytest.mark.chaos, pytest.mark.django_db(transaction=True)]


class Sink:
    """Counts accepted mails by Message-ID."""

    def __init__(self):
        self.accepted = Counter()

    async def handle_DATA(self, server, session, envelope):
        head = envelope.content.decode().partition("\r\n\r\n")[0]
        [identity] = [line for line in head.splitlines() if line.lower().startswith("message-id:")]
        self.accepted[identity.partition(":")[2].strip()] += 1
        return "250 OK"


@pytest.fixture
def sink():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    sink = Sink()
    logging.getLogger("mail.log").setLevel(logging.WARNING)
    controller = Controller(sink, hostname="127.0.0.1", port=port)
    controller.start()
    sink.port = port
    yield sink
    controller.stop()


@pytest.fixture
def senders(sink):
    """Starts senders on the test's database; kills what is left at the end."""
    running = []

    def start():
        running.append(subprocess.Popen([sys.executable, str(SENDER)], env=environment(sink.port), cwd=ROOT))
        return running[-1]

    yield start
    for sender in running:
        if sender.poll() is None:
            sender.kill()
        sender.wait()


def environment(port):
    name = connection.settings_dict
    host = name["HOST"].replace("/", "%2F")
    login = name["USER"] + (f":{name['PASSWORD']}" if name["PASSWORD"] else "")
    place = f"{host}:{name['PORT']}" if name["PORT"] else host
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "DJANGO_SETTINGS_MODULE": "airp.settings",
        "DATABASE_URL": f"postgresql://{login}@{place}/{name['NAME']}",
        "REDIS_URL": "",
        "AIRP_SMTP_HOST": "127.0.0.1",
        "AIRP_SMTP_PORT": str(port),
        "AIRP_SMTP_SECURITY": "none",
        "AIRP_OUTBOUND": "running",
        "AIRP_OUTBOUND_LEASE_SECONDS": str(LEASE_SECONDS),
        "AIRP_LOG_LEVEL": "ERROR",
    }


@transaction.atomic
def plan_a_thousand():
    tess = factories.person("tess")
    now = timezone.now()
    for number in range(MAILS):
        plan_mail(
            cause=f"incident/{number}#1",
            step="alert_owner",
            recipient=tess,
            subject=f"AIR-2026-{number:04} SEV2",
            text="An incident waits for you.",
            due_at=now,
            priority=1 + number % 3,
            now=now,
        )


def wait_until(condition, *, deadline):
    while not condition():
        assert time.monotonic() < deadline, "the senders did not get there in time"
        time.sleep(0.02)


def test_killing_senders_loses_nothing_and_repeats_only_what_was_in_flight(sink, senders):
    seed = random.SystemRandom().randrange(10**6)
    chance = random.Random(seed)
    plan_a_thousand()
    deadline = time.monotonic() + PATIENCE_SECONDS
    pair = [senders(), senders()]
    for kill in range(1, KILLS + 1):
        mark = kill * MAILS // (KILLS + 1) + chance.randrange(40)
        wait_until(lambda mark=mark: sink.accepted.total() >= mark, deadline=deadline)
        victim = chance.randrange(2)
        pair[victim].send_signal(signal.SIGKILL)
        pair[victim].wait()
        pair[victim] = senders()
    wait_until(lambda: not Delivery.objects.exclude(state=DeliveryState.SENT).exists(), deadline=deadline)

    states = Counter(Delivery.objects.values_list("state", flat=True))
    lost = Attempt.objects.filter(outcome=AttemptOutcome.LOST).count()
    repeats = sink.accepted.total() - len(sink.accepted)
    ledger = f"seed {seed}: planned {MAILS}, {dict(states)}, accepted {sink.accepted.total()}, "
    ledger += f"different {len(sink.accepted)}, repeats {repeats}, leases lost {lost}, kills {KILLS}"
    print(ledger)
    assert len(sink.accepted) == MAILS, ledger
    assert states == {DeliveryState.SENT: MAILS}, ledger
    assert repeats <= lost <= KILLS, ledger
    assert max(sink.accepted.values()) <= 2, ledger
    keys = {f"<{key}@localhost>" for key in Delivery.objects.values_list("idem_key", flat=True)}
    assert set(sink.accepted) == keys, ledger
