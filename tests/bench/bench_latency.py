"""From a signal to the alert of a person, through real processes: web, broker, worker, beat.

100 batches a second come over loopback for half a minute. Five of them each second hold the first violation of a
zero-tolerance kind: measured from sending the request to the committed alert. Violations of other kinds are judged by
the tick: measured from the end of their minute.

Goals: p95 at most 2 s for zero tolerance, and at most 75 s for the tick.
"""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import connection
from django.utils import timezone

from incidents.notification.models import Alert
from tests.bench import latency_load
from tests.bench.latency_load import TICKED, Sender
from tests.conftest import orm_on
from tests.processes.stack import LiveStack

SECONDS, BATCHES_A_SECOND, FIRST_EVERY = 30, 100, 20
BATCHES = SECONDS * BATCHES_A_SECOND
FIRSTS = BATCHES // FIRST_EVERY
SOURCES, SENDERS, WARM = 4, 8, 40
LOOKS_EVERY, LONGEST_WAIT = 0.02, 180.0
AT_ONCE_GOAL, TICK_GOAL = 2.0, 75.0


@dataclass(slots=True)
class Load:
    """What is sent, and when what happened."""

    port: int
    tokens: list[str]
    begins_at: float = 0.0
    sent_at: dict[str, float] = field(default_factory=dict)
    answered_in: list[float] = field(default_factory=list)
    repeated: int = 0
    # When the first alert about something was seen, by its subject.
    alerted_at: dict[str, float] = field(default_factory=dict)

    def send(self, number: int) -> None:
        """Every eighth batch, each at its time."""
        sender = Sender(self.port, self.tokens)
        for each in range(number, BATCHES, SENDERS):
            time.sleep(max(0.0, self.begins_at + each / BATCHES_A_SECOND - time.time()))
            categories = [f"first-{each // FIRST_EVERY}"] if each % FIRST_EVERY == 0 else []
            categories += [f"ticked-{each}"] if each < TICKED else []
            body, begun = sender.batch(*categories), time.time()
            self.sent_at |= dict.fromkeys(categories, begun)
            sender.post(body)
            self.answered_in.append(time.time() - begun)
        self.repeated += sender.repeated
        sender.close()

    def watch(self) -> None:
        """Look for new alerts until there is one about everything that was sent.

        Alerts are not committed in the order of their keys, so each look asks for all that were not seen yet.
        """
        until = self.begins_at + SECONDS + LONGEST_WAIT
        while len(self.alerted_at) < FIRSTS + TICKED and time.time() < until:
            unseen = Alert.objects.exclude(subject_key__in=list(self.alerted_at))
            for subject in unseen.values_list("subject_key", flat=True):
                self.alerted_at.setdefault(subject, time.time())
            time.sleep(LOOKS_EVERY)


def main() -> None:
    with LiveStack() as stack, orm_on(stack.database):
        tokens = latency_load.prepare(sources=SOURCES, at_once=FIRSTS, now=timezone.now())
        load = Load(stack.port, tokens)
        _warm_up(load)
        load.begins_at = time.time() + 1
        senders = [threading.Thread(target=load.send, args=(number,)) for number in range(SENDERS)]
        for sender in senders:
            sender.start()
        load.watch()
        for sender in senders:
            sender.join()
        alerted_at = {latency_load.subjects()[subject]: at for subject, at in load.alerted_at.items()}
        _report(load, alerted_at)
        connection.close()


def _warm_up(load: Load) -> None:
    """Each process of the web server has answered before it is timed."""
    sender = Sender(load.port, load.tokens)
    for _each in range(WARM):
        sender.post(sender.batch())
    sender.close()


def _report(load: Load, alerted_at: dict[str, float]) -> None:
    assert (len(alerted_at), len(load.answered_in)) == (FIRSTS + TICKED, BATCHES), len(alerted_at)
    took = max(load.sent_at.values()) - min(load.sent_at.values())
    print(f"{BATCHES} batches, {BATCHES / took:.0f} a second, answered: {_figures(load.answered_in)}")
    print(f"{load.repeated} of them were sent again, because the server was busy")
    at_once = [alerted_at[name] - at for name, at in load.sent_at.items() if name.startswith("first-")]
    print(f"{len(at_once)} of zero tolerance, request to alert: {_figures(at_once, goal=AT_ONCE_GOAL)}")
    ticked = [alerted_at[name] - (at // 60 + 1) * 60 for name, at in load.sent_at.items() if name.startswith("ticked-")]
    print(f"{len(ticked)} by the tick, end of the minute to alert: {_figures(ticked, goal=TICK_GOAL)}")


def _figures(seconds: Iterable[float], *, goal: float = 0.0) -> str:
    ordered = sorted(seconds)
    p95 = ordered[int(len(ordered) * 0.95)]
    verdict = f"; goal p95 {goal:.0f} s: {'met' if p95 <= goal else 'missed'}" if goal else ""
    return f"median {ordered[len(ordered) // 2]:.2f} s, p95 {p95:.2f} s, slowest {ordered[-1]:.2f} s{verdict}"
