"""What is thrown at which parser: good bodies to start from, and how a body is read.

`read` gives how many items were taken and how many refused with a reason, or raises one of `refusals`, whose text is
the reason. Any other exception is a defect.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from incidents.detection.parsers.signals import Bounds, Unacceptable, read_signal
from incidents.detection.parsers.strict_json import NotJson, read_array, read_lines
from tests.fuzz.alert_targets import ALERT_TARGETS
from tests.fuzz.target import Target

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
BOUNDS = Bounds(
    now=NOON,
    systems={"support-assistant": 1},
    max_future=timedelta(seconds=60),
    max_age=timedelta(days=7),
    lateness=timedelta(seconds=120),
)


def _native(read: Callable[[bytes], list]) -> Callable[[bytes], tuple[int, int]]:
    def run(raw: bytes) -> tuple[int, int]:
        items = read(raw)
        taken = 0
        for item in items:
            try:
                read_signal(item, BOUNDS)
                taken += 1
            except Unacceptable as error:
                assert error.code
                assert error.detail
        return taken, len(items) - taken

    return run


ITEM = {
    **{"id": "a", "ts": "2026-03-02T11:59:00Z", "system": "support-assistant", "kind": "traffic", "n": 5, "bad": 1},
    **{"value": 0.5, "sampled_from": 50, "category": "refund", "labels": {"region": "no"}, "versions": {"model": "m1"}},
}
NATIVE = [
    json.dumps([ITEM, ITEM | {"id": "b"}]).encode(),
    json.dumps([ITEM | {"kind": "violation"}], indent=1).encode(),
]
LINES = [b"\n".join(json.dumps(ITEM | {"id": str(number)}).encode() for number in range(3))]

TARGETS: dict[str, Target] = {
    "signals": Target(NATIVE, _native(read_array), (NotJson,)),
    "signal_lines": Target(LINES, _native(read_lines), (NotJson,)),
    **ALERT_TARGETS,
}
