"""Remote write bodies, read alone: known series and unknown ones say the same, and flaws are named."""

import math
from datetime import timedelta

import pytest

from incidents.detection.parsers.own_naming import read_naming
from incidents.detection.parsers.prometheus import NotRemoteWrite, Vocabulary, read_write
from incidents.detection.parsers.snappy import NotSnappy, TooLarge, unpack
from tests.fuzz.targets import BOUNDS
from tests.incidents.detection.makers import NOON
from tests.incidents.detection.write_makers import STALE, named, number, piece, sample, series

AT = NOON - timedelta(seconds=30)
REQUESTS = "airp_requests_total"


def words(**naming) -> Vocabulary:
    return Vocabulary(read_naming(naming), BOUNDS)


def read(body: bytes, vocabulary: Vocabulary | None = None):
    return read_write(body, vocabulary or words(), BOUNDS)


def facts(parsed) -> tuple:
    readings = [(at_ns, value, places) for _item, _key, _start, at_ns, value, places in parsed.readings]
    return readings, [code for _item, code, _detail, _shown in parsed.refused], parsed.dropped


@pytest.mark.parametrize(
    ("metric", "labels", "expected"),
    [
        (REQUESTS, {"outcome": "error"}, [("traffic", "", True)]),
        (REQUESTS, {"outcome": "ok"}, [("traffic", "", False)]),
        (REQUESTS, {"airp_outcome": "blocked"}, [("traffic", "", False), ("guardrail", "blocked", True)]),
        ("airp_violations_total", {"category": "refund"}, [("violation", "refund", False)]),
        ("airp_complaints_total", {"airp_category": "rude"}, [("complaint", "rude", False)]),
        ("gen_ai_client_operation_duration_seconds_count", {}, [("traffic", "", False)]),
        ("gen_ai_client_operation_duration_seconds_count", {"error_type": "timeout"}, [("traffic", "", True)]),
    ],
)
def test_the_names_that_are_kept_without_configuration(metric, labels, expected):
    (reading,) = read(series(named(metric, **labels), [(5, AT)])).readings
    assert [(place.kind, place.category, place.is_bad) for place in reading[5]] == expected
    assert reading[2:5] == (None, int(AT.timestamp()) * 10**9, 5.0)


@pytest.mark.parametrize(
    "metric",
    ["up", "gen_ai_client_operation_duration_seconds_bucket", "gen_ai_client_operation_duration_seconds_sum"]
    + ["airp_requests", "gen_ai_client_token_usage_count", ""],
)
def test_everything_else_is_dropped_and_counted(metric):
    assert facts(read(series(named(metric), [(5, AT), (6, AT)]))) == ([], [], 2)


def test_an_own_mapping_counts_metrics_of_any_name():
    kept = words(metrics={"answers": {"kind": "evaluation", "category": "tone", "bad_when": {"grade": ["E", "F"]}}})
    (reading,) = read(series(named("answers", grade="F"), [(5, AT)]), kept).readings
    assert [(place.kind, place.category, place.is_bad) for place in reading[5]] == [("evaluation", "tone", True)]


VALUES = [0.0, 1.0, -0.0, 0.5, 1e15, 1e300, math.inf, -math.inf, -1.0, math.nan, STALE]
TIMES = [AT, NOON + timedelta(hours=1), NOON - timedelta(days=8), 0, 1, 2**35, 2**42, 2**49]


@pytest.mark.parametrize("value", VALUES, ids=str)
@pytest.mark.parametrize("at", TIMES, ids=str)
def test_a_series_that_is_known_is_read_as_one_that_is_not(value, at):
    body = series(named(REQUESTS), [(value, at)])
    vocabulary = words()
    first = facts(read(body, vocabulary))
    assert facts(read(body, vocabulary)) == first
    assert len(first[0]) + len(first[1]) + first[2] == 1
    assert len(vocabulary.known) == 1


def test_several_samples_of_a_known_series_and_of_its_neighbours_stay_apart():
    vocabulary, other = words(), named(REQUESTS, instance="b")
    for _again in range(2):
        body = (
            series(named(REQUESTS), [(5, AT), (0, AT), (7, AT)]) + series(other, [(0, AT)]) + series(other, [(3, AT)])
        )
        parsed = read(body, vocabulary)
        assert [reading[4] for reading in parsed.readings] == [5, 0, 7, 0, 3]
        assert len({reading[1] for reading in parsed.readings}) == 2
        assert [reading[0] for reading in parsed.readings] == [0, 1, 2, 3, 4]


def test_the_order_of_labels_changes_no_counter():
    pairs = [piece(1, piece(1, name.encode()) + piece(2, text.encode())) for name, text in named(REQUESTS).items()]
    tail = piece(2, sample(5, AT))
    one, other = (piece(1, b"".join(labels) + tail) for labels in (pairs, pairs[::-1]))
    vocabulary = words()
    assert read(one, vocabulary).readings[0][1] == read(other, vocabulary).readings[0][1]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (series(named(REQUESTS), [(math.inf, AT)]), "bad_number"),
        (series(named(REQUESTS), [(-3, AT)]), "bad_number"),
        (series(named(REQUESTS), [(3, NOON + timedelta(hours=1))]), "clock_skew"),
        (series(named(REQUESTS), [(3, NOON - timedelta(days=8))]), "too_old"),
        (series(named(REQUESTS), [(3, 0)]), "too_old"),
        (series(named(REQUESTS, job="unheard-of"), [(3, AT)]), "unknown_system"),
        (series(named(REQUESTS, airp_policy="p" * 300), [(3, AT)]), "too_long"),
        (series(named(REQUESTS, x="y" * 70_000), [(3, AT)]), "too_long"),
        (series(named(REQUESTS, airp_policy="p\x00"), [(3, AT)]), "bad_text"),
        (piece(1, piece(1, piece(1, b"__name__") + piece(2, b"\xff")) + piece(2, sample(3, AT))), "bad_text"),
        (piece(1, series(named(REQUESTS), [])[2:] + piece(4, b"")), "native_histogram"),
    ],
)
def test_what_cannot_count_is_refused_with_a_code_each_time(body, code):
    vocabulary = words()
    for _again in range(2):
        assert facts(read(body, vocabulary)) == ([], [code], 0)


def test_stale_markers_and_other_nan_are_gaps():
    body = series(named(REQUESTS), [(5, AT), (STALE, AT), (math.nan, AT), (6, AT)])
    readings, refused, dropped = facts(read(body))
    assert ([value for _at, value, _places in readings], refused, dropped) == ([5, 6], [], 2)


def test_metadata_and_unknown_fields_are_passed_over():
    body = piece(3, b"\x08\x01") + series(named(REQUESTS), [(5, AT)]) + b"\x78\x05" + b"\x7d\x00\x00\x00\x00"
    assert len(read(body).readings) == 1


@pytest.mark.parametrize(
    "body",
    [b"\x0a", b"\x0a\x05\x0a", b"\x0a\x02\x0a\x7f", b"\x00", b"\x0b", b"\x0a" + b"\xff" * 11, b"\x12\x7f"]
    + [piece(1, piece(2, sample(5, AT)) + piece(1, b""))],
)
def test_what_is_no_request_is_refused_whole(body):
    with pytest.raises(NotRemoteWrite, match="no remote write request"):
        read(body)


def test_more_series_than_one_request_may_hold_are_refused_whole_and_early():
    with pytest.raises(NotRemoteWrite, match="smaller batches"):
        read(b"\x0a\x00" * 2_000_000)


def test_a_block_that_claims_too_much_is_refused_before_it_is_unpacked():
    with pytest.raises(TooLarge):
        unpack(number(33 * 1024 * 1024) + b"\x00", 32 * 1024 * 1024)
    for broken in (b"", b"\xff" * 8, number(1_000) + b"\x00a"):
        with pytest.raises(NotSnappy):
            unpack(broken, 32 * 1024 * 1024)
