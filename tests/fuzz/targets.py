"""What is thrown at which parser: good bodies to start from, and how a body is read.

`read` gives how many items were taken and how many refused with a reason, or raises one of `refusals`, whose text is
the reason. Any other exception is a defect.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import cramjam

from incidents.detection.parsers.otlp_body import NotOtlp, TooMany
from incidents.detection.parsers.otlp_logs import read_logs
from incidents.detection.parsers.otlp_metrics import read_metrics
from incidents.detection.parsers.own_naming import read_naming
from incidents.detection.parsers.placing import Parsed
from incidents.detection.parsers.prometheus import NotRemoteWrite, Vocabulary, read_write
from incidents.detection.parsers.signals import Bounds, Unacceptable, read_signal
from incidents.detection.parsers.snappy import NotSnappy, TooLarge, unpack
from incidents.detection.parsers.strict_json import NotJson, read_array, read_lines
from incidents.detection.samples import sample_of
from tests.fuzz.alert_targets import ALERT_TARGETS
from tests.fuzz.complaint_targets import COMPLAINT_TARGETS
from tests.fuzz.target import Target
from tests.incidents.detection import otlp_makers as otlp
from tests.incidents.detection import write_makers as write

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


def _foreign(read: Callable[..., Parsed], **more: bool) -> Callable[[bytes], tuple[int, int]]:
    def run(raw: bytes) -> tuple[int, int]:
        parsed = read(raw, read_naming({}), BOUNDS, **more)
        for _index, code, detail, shown in parsed.refused:
            assert code
            assert detail
            sample_of(shown)
        return len(parsed.signals) + len(parsed.readings), len(parsed.refused)

    return run


AT = NOON - timedelta(seconds=30)
POINTS = [
    {"at": AT, "start": AT - timedelta(seconds=60), "value": 5, "attributes": {"airp.outcome": "blocked", "n": 1}},
    {"at": AT, "name": "gen_ai.client.operation.duration", "shape": "histogram", "temporality": otlp.CUMULATIVE},
    {"at": AT, "name": "airp.violations", "value": 2.0, "attributes": {"airp.category": "refund"}},
]
METRICS = [
    otlp.metrics(*POINTS),
    otlp.metrics(POINTS[0] | {"temporality": 0}, resource={"service.name": "Support Assistant"}),
]
EVALUATION = {"gen_ai.evaluation.name": "relevance", "gen_ai.evaluation.score.value": 0.5, "user.id": "u-1"}
LOGS = [
    otlp.logs(
        {"event": "gen_ai.evaluation.result", "at": AT, "attributes": EVALUATION, "span_id": b"12345678"},
        {"event": "airp.violation", "at": AT, "attributes": {"airp.category": "refund", "airp.n": 2}, "body": "text"},
    )
]


def _remote_write(raw: bytes) -> tuple[int, int]:
    """Twice: with labels that are new and with labels that are known. Both must say the same."""
    vocabulary = Vocabulary(read_naming({}), BOUNDS)
    first, again = (read_write(raw, vocabulary, BOUNDS) for _time in range(2))
    assert repr(first) == repr(again)
    return len(first.readings) + first.dropped, len(first.refused)


REQUESTS, VIOLATIONS = (
    write.named("airp_requests_total", outcome="error"),
    write.named("airp_violations_total", category="a"),
)
WRITES = [
    write.series(REQUESTS, [(5, AT)])
    + write.series(VIOLATIONS, [(0, AT)])
    + write.series(write.named("up"), [(1, AT)]),
    write.series(REQUESTS, [(5, AT), (0, AT), (write.STALE, AT)]) + write.piece(3, b"\x08\x01"),
]
BLOCKS = [bytes(cramjam.snappy.compress_raw(body)) for body in WRITES]

TARGETS: dict[str, Target] = {
    "signals": Target(NATIVE, _native(read_array), (NotJson,)),
    "signal_lines": Target(LINES, _native(read_lines), (NotJson,)),
    **ALERT_TARGETS,
    **COMPLAINT_TARGETS,
    "otlp_metrics": Target(
        [body.SerializeToString() for body in METRICS], _foreign(read_metrics, is_json=False), (NotOtlp, TooMany)
    ),
    "otlp_logs": Target(
        [body.SerializeToString() for body in LOGS], _foreign(read_logs, is_json=False), (NotOtlp, TooMany)
    ),
    "otlp_json_metrics": Target(
        [otlp.as_json(body) for body in METRICS], _foreign(read_metrics, is_json=True), (NotOtlp, TooMany)
    ),
    "otlp_json_logs": Target(
        [otlp.as_json(body) for body in LOGS], _foreign(read_logs, is_json=True), (NotOtlp, TooMany)
    ),
    "remote_write": Target(WRITES, _remote_write, (NotRemoteWrite,)),
    "remote_write_blocks": Target(
        BLOCKS, lambda raw: _remote_write(unpack(raw, 1 << 20)), (NotRemoteWrite, NotSnappy, TooLarge)
    ),
}
