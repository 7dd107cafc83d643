"""The same local hour of past weeks, over both changes of the clock, without what was not as usual."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from incidents.detection.weeks import length, past_weeks, same_hour, without

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def local(*when: int, fold: int = 0) -> datetime:
    return datetime(*when, tzinfo=BERLIN, fold=fold).astimezone(UTC)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("end", "weeks_ago", "start"),
    [
        # Clocks went forward on 29 March 2026 at 2:00: 10 o'clock is 8 UTC after it and 9 UTC before.
        (local(2026, 4, 1, 11), 1, local(2026, 3, 25, 10)),
        (local(2026, 4, 5, 4), 1, local(2026, 3, 29, 3)),
        # 2 to 3 o'clock did not exist on that day.
        (local(2026, 4, 5, 3), 1, None),
        (local(2026, 4, 5, 3), 2, local(2026, 3, 22, 2)),
        (local(2026, 4, 5, 2), 1, local(2026, 3, 29, 1)),
        # Clocks went back on 25 October 2026 at 3:00: each pass of 2 to 3 is compared with the single one before.
        (local(2026, 10, 25, 2, 30, fold=0) + HOUR / 2, 1, local(2026, 10, 18, 2)),
        (local(2026, 10, 25, 3), 1, local(2026, 10, 18, 2)),
        # Of the earlier hour that came twice, the first one counts.
        (local(2026, 11, 1, 3), 1, local(2026, 10, 25, 2, fold=0)),
    ],
)
def test_the_same_hour_by_the_local_clock(end, weeks_ago, start):
    found = same_hour(end, HOUR, BERLIN, weeks_ago=weeks_ago)
    assert found == (None if start is None else (start, start + HOUR))


def test_a_week_without_the_hour_gives_nothing_and_the_others_stay():
    weeks = past_weeks(local(2026, 4, 5, 3), HOUR, "Europe/Berlin", known_since=LONG_AGO)
    assert [week[0][0] for week in weeks] == [local(2026, 3, day, 2) for day in (22, 15, 8)]


def test_utc_has_four_equal_weeks():
    end = datetime(2026, 4, 5, 3, tzinfo=UTC)
    weeks = past_weeks(end, HOUR, "UTC", known_since=LONG_AGO)
    assert [end - week[0][1] for week in weeks] == [timedelta(days=7 * number) for number in (1, 2, 3, 4)]


def test_incidents_and_the_time_before_anything_was_known_are_left_out():
    end = datetime(2026, 4, 29, 12, tzinfo=UTC)
    week = timedelta(days=7)
    incident = (end - week - timedelta(minutes=20, seconds=30), end)
    mostly = (end - 2 * week - timedelta(minutes=50), end - 2 * week)
    weeks = past_weeks(end, HOUR, "UTC", excluded=[incident, mostly], known_since=end - 3 * week - HOUR / 2)
    assert [length(left) for left in weeks] == [timedelta(minutes=39), timedelta(minutes=30)]
    assert past_weeks(end, HOUR, "UTC", known_since=None) == []


def test_a_hole_in_the_middle_leaves_both_ends():
    start = datetime(2026, 4, 29, 12, tzinfo=UTC)
    hole = (start + timedelta(minutes=10), start + timedelta(minutes=20, seconds=1))
    left = without([(start, start + HOUR)], [hole])
    assert left == [(start, hole[0]), (start + timedelta(minutes=21), start + HOUR)]
