"""Acts at the same moment, each in a thread with a connection of its own. For tests with real transactions."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connections

from incidents.response.refusals import Refusal


def at_once(*acts: Callable[[], Any]) -> tuple[list[Any], list[Refusal]]:
    """What the acts returned, and the refusals that others met."""
    gate, done, refused = threading.Barrier(len(acts)), [], []

    def run(act: Callable[[], Any]) -> None:
        try:
            gate.wait(timeout=5)
            done.append(act())
        except Refusal as refusal:
            refused.append(refusal)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    return done, refused
