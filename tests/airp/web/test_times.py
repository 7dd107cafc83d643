"""Spans and distances in words."""

from datetime import UTC, datetime, timedelta

import pytest

from airp.web import times

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h 00 min"),
        (11100, "3 h 05 min"),
        (86400, "1 d 0 h"),
        (187200, "2 d 4 h"),
        (864000, "10 d"),
    ],
)
def test_a_span_is_written_in_its_largest_units(seconds, words):
    assert times.span(seconds) == words


def test_a_distance_says_its_direction():
    assert times.ago(NOW - timedelta(minutes=4), now=NOW) == "4 min ago"
    assert times.ago(NOW + timedelta(minutes=4), now=NOW) == "in 4 min"
    assert times.ago(NOW - timedelta(seconds=3), now=NOW) == "just now"


def test_another_year_is_named():
    assert times.short(datetime(2025, 12, 31, 9, 0, tzinfo=UTC), now=NOW) == "31 Dec 2025"
