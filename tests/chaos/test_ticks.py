"""Workers are killed while they judge: each minute is judged once, with what it would have had without any death."""

import os
import random
import signal
import time
from datetime import timedelta
from typing import NamedTuple

import pytest
from django.db import connections

from incidents.detection import ticks
from incidents.detection.breaches import Breach
from incidents.detection.choices import OnBreach
from incidents.detection.series import HourBucket, SignalBucket
from incidents.detection.states import EvaluationTick, Transition
from incidents.response.models import Incident
from incidents.response.verification import verify_timeline
from tests.incidents.detection import makers
from tests.incidents.detection.makers import MINUTE, NOON
from tests.incidents.detection.test_ticks import count

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.django_db(transaction=True),
    # The children use nothing that another thread of ours could hold.
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]
WORKERS, MINUTES, KILLS, PATIENCE_SECONDS = 8, 60, 20, 150
UNDISTURBED, DISTURBED = 0, (1, 2, 3)
ALL_TICKS = len(DISTURBED) * (MINUTES + 1)
FIELDS = ("band", "status_before", "status_after", "reason", "judged_to", "bad", "n", "value")


class Worker(NamedTuple):
    """A process of its own that judges whatever is due, as a worker does that several beats call at once."""

    pid: int

    @classmethod
    def start(cls, first: int) -> "Worker":
        connections.close_all()  # so that no child holds a connection of ours
        pid = os.fork()
        if pid == 0:
            try:
                _judge_for_ever(first)
            finally:
                os._exit(1)
        return cls(pid)

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def _judge_for_ever(first: int) -> None:
    while True:
        for place in range(len(DISTURBED)):
            while ticks.judge_next(shard=DISTURBED[(first + place) % len(DISTURBED)]):
                pass
        time.sleep(0.1)


def _build(dice: random.Random) -> dict[int, int]:
    """The same rule in each shard over one story; returns the threshold of each shard."""
    makers.source()
    made = {}
    for shard in (UNDISTURBED, *DISTURBED):
        threshold = makers.threshold(f"Shard {shard}", on_breach=OnBreach.DECLARE, shard=shard)
        makers.version(
            threshold, now=NOON - timedelta(days=1), for_seconds=60, keep_firing_seconds=120, window_seconds=120
        )
        made[shard] = threshold.pk
    for number in range(MINUTES):
        count(NOON + number * MINUTE, answers=dice.choice((0, 60, 90)), violations=dice.choice((0, 0, 0, 9, 30)))
    return made


def _told(threshold_id: int) -> list[tuple]:
    return list(Transition.objects.filter(threshold=threshold_id).order_by("pk").values_list(*FIELDS))


def _wait_for(judged: int, *, deadline: float) -> None:
    while EvaluationTick.objects.filter(shard__in=DISTURBED).count() < judged:
        assert time.monotonic() < deadline, "the workers did not get there in time"
        time.sleep(0.02)


def test_killed_workers_judge_each_minute_once_and_as_nobody_had_died(monkeypatch):
    seed = random.SystemRandom().randrange(10**6)
    dice = random.Random(seed)
    thresholds = _build(dice)
    monkeypatch.setattr(ticks, "database_now", lambda: NOON + timedelta(seconds=3))
    assert all(ticks.judge_next(shard=shard) for shard in (UNDISTURBED, *DISTURBED))
    monkeypatch.setattr(ticks, "database_now", lambda: NOON + MINUTES * MINUTE + timedelta(seconds=3))
    while ticks.judge_next(shard=UNDISTURBED):
        pass

    workers = [Worker.start(number) for number in range(WORKERS)]
    deadline = time.monotonic() + PATIENCE_SECONDS
    try:
        for kill in range(1, KILLS + 1):
            _wait_for(kill * ALL_TICKS // (KILLS + 1), deadline=deadline)
            time.sleep(dice.uniform(0, 0.05))  # anywhere in a tick
            victim = dice.randrange(WORKERS)
            workers[victim].kill()
            workers[victim] = Worker.start(dice.randrange(WORKERS))
        _wait_for(ALL_TICKS, deadline=deadline)
    finally:
        for worker in workers:
            worker.kill()

    assert not EvaluationTick.objects.filter(finished_at=None).exists()
    undisturbed = _told(thresholds[UNDISTURBED])
    assert {row[2] for row in undisturbed} >= {"pending", "firing", "recovering", "ok"}, f"seed {seed}"
    for shard in DISTURBED:
        assert _told(thresholds[shard]) == undisturbed, f"seed {seed}"
    found = {shard: Breach.objects.filter(threshold=thresholds[shard]).count() for shard in thresholds}
    assert set(found.values()) == {found[UNDISTURBED]}, f"seed {seed}: {found}"
    for incident in Incident.objects.all():
        assert verify_timeline(incident) == [], f"seed {seed}"
    SignalBucket.objects.all().delete()
    HourBucket.objects.all().delete()
