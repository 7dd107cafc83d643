"""Samples of refused items: enough to mend the sender, nothing that somebody wrote or that points at a person."""

import json

import pytest

from incidents.detection.samples import LONGEST_SAMPLE, sample_of, sample_of_body


@pytest.mark.parametrize(
    "hidden",
    [
        "anna.berg@example.com",
        "+47 22 33 44 55",
        "(030) 1234-5678",
        "0171 2345678",
        "4111 1111 1111 1111",
        "4111111111111111",
        "DE89 3704 0044 0532 0130 00",
        "Bearer abcdefghijklmnop",
        "airp_ab12cd34_abcdefghijklmnopqrstuvwxyz",
        "password=hunter2",
        "the bot told me to stop my medicine",
        "x" * 65,
    ],
)
@pytest.mark.parametrize("place", ["category", "label", "name", "list"])
def test_what_may_be_private_is_not_kept_wherever_it_stands(hidden, place):
    items = {
        "category": {"kind": "violation", "category": hidden},
        "label": {"labels": {"region": hidden}},
        "name": {"labels": {hidden: "north"}},
        "list": ["violation", hidden],
    }
    shown = sample_of(items[place])
    assert hidden not in shown
    assert "north" in shown or "violation" in shown or "region" in shown


@pytest.mark.parametrize("field", ["text", "sample", "subject", "complainant", "gen_ai.prompt", "routing_key", "title"])
def test_words_and_references_are_kept_as_a_length_only(field):
    assert json.loads(sample_of({"id": "s1", field: "short"})) == {"id": "s1", field: "‹5 characters›"}
    assert "short" not in sample_of({field: {"prompt": "short"}})


def test_the_shape_and_short_codes_stay():
    item = {"id": "s-17", "ts": "2026-03-01T12:00:00+01:00", "kind": "rumour", "n": 40, "bad": 2.5, "test": False}
    assert json.loads(sample_of(item)) == item


@pytest.mark.parametrize(
    "hostile",
    [
        {"a": "\ud800\x00\u202e"},
        {str(n): "y" * 60 for n in range(500)},
        [[[[[[["deep"]]]]]]],
        {"n": 10**400, "value": float("nan")},
        "x" * 10_000,
        None,
    ],
)
def test_it_is_short_and_storable_whatever_comes(hostile):
    shown = sample_of(hostile)
    assert len(shown) <= LONGEST_SAMPLE
    assert "\x00" not in shown
    assert shown.encode()
    assert "deep" not in shown


def test_of_a_body_that_nobody_can_read_only_size_and_fingerprint_stay():
    shown = sample_of_body(b"my secret")
    assert shown.startswith("9 bytes, sha256 ")
    assert "secret" not in shown
