"""The parsers alone: whatever arrives, the answer is items, refusals or NotJson, never another exception."""

import json
from datetime import timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from incidents.detection.parsers.signals import Bounds, Signal, Unacceptable, read_signal
from incidents.detection.parsers.strict_json import Flaw, NotJson, flaw_in, read_array, read_lines
from tests.incidents.detection.makers import NOON

BOUNDS = Bounds(
    now=NOON,
    systems={"support-assistant": 1},
    max_future=timedelta(seconds=60),
    max_age=timedelta(days=7),
    lateness=timedelta(seconds=120),
)
CODES = {
    *("missing_field", "bad_time", "too_old", "clock_skew", "unknown_system", "unknown_kind", "bad_number"),
    *("bad_text", "too_long", "too_deep", "duplicate_key", "not_an_object", "not_json"),
}
GOOD = {"id": "a", "ts": "2026-03-02T11:59:00Z", "system": "support-assistant", "kind": "traffic", "n": 5, "bad": 1}
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


def judge(items: list) -> list[Signal | str]:
    found: list[Signal | str] = []
    for item in items:
        try:
            found.append(read_signal(item, BOUNDS))
        except Unacceptable as error:
            assert error.code in CODES
            assert error.detail
            found.append(error.code)
    return found


@given(st.binary(max_size=400))
@example(b"[" * 100_000)
@example(b'[{"a":' * 100_000)
@example(b"[" * 100_000 + b"]" * 100_000)
@example(b'{"a":"\xed\xa0\x80"}')
@example(b"[1" + b"0" * 100_000 + b"]")
@example(b"-")
@example(b"\xef\xbb\xbf[]")
@settings(deadline=None, max_examples=300)
def test_any_bytes_give_items_or_a_reason(raw):
    for read in (read_array, read_lines):
        try:
            judge(read(raw))
        except NotJson as error:
            assert str(error)


@given(
    st.dictionaries(st.sampled_from([*GOOD, "value", "sampled_from", "versions", "labels", "category"]), JSON_VALUES)
)
@settings(deadline=None, max_examples=400)
def test_any_value_in_any_field_is_taken_or_refused_with_a_code(change):
    raw = json.dumps([GOOD | change]).encode()
    (found,) = judge(read_array(raw))
    if isinstance(found, Signal):
        assert 0 <= found.bad <= found.n
        assert found.n_raw <= found.n


@pytest.mark.parametrize(
    ("ts", "minute"),
    [
        ("2026-03-02T11:59:59.999Z", "11:59"),
        ("2026-03-02t11:59:00z", "11:59"),
        ("2026-03-02 12:59:30+01:00", "11:59"),
        ("2026-03-02T06:29:30.123456789-05:30", "11:59"),
        ("2026-03-02T12:00:59Z", "12:00"),
    ],
)
def test_event_time_is_read_in_its_zone(ts, minute):
    (signal,) = judge([GOOD | {"ts": ts}])
    assert isinstance(signal, Signal)
    assert f"{signal.minute:%H:%M}" == minute


def test_versions_and_labels_tell_series_apart_and_people_do_not():
    named = GOOD | {"versions": {"model": "v14"}, "labels": {"region": "no"}, "policy": "refunds", "subject": "u-1"}
    (signal,) = judge([named])
    assert isinstance(signal, Signal)
    assert signal.labels == (("label.region", "no"), ("policy", "refunds"), ("version.model", "v14"))


def test_key_order_changes_no_payload_hash():
    first, second = judge([GOOD, dict(reversed(GOOD.items()))])
    assert first.payload_hash == second.payload_hash


@pytest.mark.parametrize(
    ("text", "code"),
    [("NaN", "bad_number"), ('{"a":1,"a":1}', "duplicate_key"), ('["\\udc00"]', "bad_text"), ("[1e400]", "bad_number")],
)
def test_flaws_are_found_wherever_they_hide(text, code):
    flaw = flaw_in(read_array(f'[{{"x": [{{"y": {text}}}]}}]'.encode())[0])
    assert isinstance(flaw, Flaw)
    assert flaw.code == code
