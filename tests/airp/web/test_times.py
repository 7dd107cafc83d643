"""Spans and distances in words."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

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


@pytest.mark.parametrize(
    "text", ["", "soon", "2026-13-01T00:00", "0001-01-01T00:00", "9999-12-31T23:59", "9999-12-31T23:59:59-12:00"]
)
def test_a_moment_that_nobody_can_mean_is_none(text):
    assert times.read(text) is None


def test_a_moment_is_read_in_its_own_zone_or_in_the_persons():
    assert times.read("2026-03-01T12:00:00+00:00") == NOW
    with timezone.override(ZoneInfo("Europe/Oslo")):
        assert times.read("2026-03-01T13:00") == NOW
