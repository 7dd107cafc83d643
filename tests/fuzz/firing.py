"""Throws bodies at one parser and notes what they cost: CPU time, because a busy machine says nothing of a parser."""

import resource
from dataclasses import dataclass
from time import thread_time

from tests.fuzz.mutation import bodies
from tests.fuzz.targets import Target

LONGEST_SECONDS = 0.05


@dataclass(slots=True)
class Tally:
    """What became of the bodies, and the dearest of them."""

    bodies: int = 0
    refused_whole: int = 0
    taken: int = 0
    refused: int = 0
    slowest_seconds: float = 0.0
    slow: int = 0
    grown_kib: int = 0


def fire(target: Target, *, count: int, number: int = 1) -> Tally:
    """Any exception but the target's refusals ends it, with the body in its note."""
    tally, before = Tally(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for body in bodies(target.seeds, count=count, number=number):
        started_at = thread_time()
        _read(target, body, tally)
        seconds = thread_time() - started_at
        tally.bodies += 1
        tally.slow += seconds > LONGEST_SECONDS
        tally.slowest_seconds = max(tally.slowest_seconds, seconds)
    tally.grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return tally


def _read(target: Target, body: bytes, tally: Tally) -> None:
    try:
        taken, refused = target.read(body)
    except target.refusals as reason:
        assert str(reason), f"a refusal without a reason: {body[:2_000]!r}"
        tally.refused_whole += 1
    except Exception as error:
        error.add_note(f"the body: {body[:2_000]!r}")
        raise
    else:
        tally.taken += taken
        tally.refused += refused
