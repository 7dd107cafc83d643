"""The parsers of other systems' alerts, given any JSON in any place of a good body."""

import copy
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.detection.parsers.alertmanager import read_group
from incidents.detection.parsers.pagerduty import InvalidEvent, read_event
from incidents.detection.parsers.reports import facts_of, moment_of, web_address
from tests.fuzz.alert_targets import ALERT_TARGETS, AM_GROUP, CLOUD_EVENT, PD_EVENT, REPORT

BODIES = {"alerts": [REPORT], "alertmanager": AM_GROUP, "pagerduty": PD_EVENT, "cloud_events": [CLOUD_EVENT]}
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def places(value, path=()):
    """The path of every value in a body."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, (*path, key))


def put(body, path, value):
    if not path:
        return value
    changed = copy.deepcopy(body)
    inside = changed
    for key in path[:-1]:
        inside = inside[key]
    inside[path[-1]] = value
    return changed


@pytest.mark.parametrize("name", BODIES)
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_any_value_in_any_place_is_taken_or_refused_with_a_reason(name, data):
    target, body = ALERT_TARGETS[name], BODIES[name]
    changed = put(body, data.draw(st.sampled_from(list(places(body)))), data.draw(ANY_JSON))
    try:
        taken, refused = target.read(json.dumps(changed).encode())
    except target.refusals as reason:
        assert str(reason)
    else:
        assert taken + refused >= 0


@pytest.mark.parametrize("action", [{"a": 1}, ["resolve"], 7, None, ""])
def test_an_action_that_is_no_word_is_a_flaw_of_its_own(action):
    event = {**PD_EVENT, "event_action": action, "dedup_key": ""}
    with pytest.raises(InvalidEvent, match="'event_action' is missing or blank"):
        read_event(event, new_key="new")


@pytest.mark.parametrize(
    ("given_", "kept"),
    [
        ("https://watch.example.com/7?a=b", True),
        ("http://10.0.0.1/", True),
        ("javascript:alert(1)", False),
        ("https://user:secret@example.com/", False),
        ("//example.com", False),
        ("https://exa mple.com/", False),
        ("https://[::1", False),
        ("https://a.example/\u202e", False),
        (7, False),
    ],
)
def test_only_plain_web_addresses_become_links(given_, kept):
    assert web_address(given_) == (given_ if kept else "")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-02T11:59:00.123456789Z", datetime(2026, 3, 2, 11, 59, 0, 123456, tzinfo=UTC)),
        ("2026-03-02T12:59:00+0100", datetime(2026, 3, 2, 11, 59, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", None),
        ("2026-03-02T11:59:00", None),
        ("2026-13-02T11:59:00Z", None),
        (1_772_452_740, None),
    ],
)
def test_a_time_is_read_if_it_has_a_zone_and_else_left_out(text, moment):
    assert moment_of(text) == moment


def test_many_labels_and_long_ones_are_cut_and_lose_no_alert():
    facts = facts_of({f"name{number:03}": "x" * 999 for number in range(99)} | {"": "nameless", "empty": None})
    assert len(facts) == 32
    assert {len(value) for _name, value in facts} == {256}


def test_an_alert_without_fingerprint_is_known_by_its_labels():
    alert = {name: value for name, value in AM_GROUP["alerts"][0].items() if name != "fingerprint"}
    first, again = (read_group(json.dumps(AM_GROUP | {"alerts": [alert]}).encode()) for _ in range(2))
    assert first.reports[0][1].key == again.reports[0][1].key
    assert len(first.reports[0][1].key) == 16
