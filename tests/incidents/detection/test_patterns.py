"""Patterns against a naive model that tries every window, and the cases that people ask about."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.detection.patterns import Event, Pattern, strongest

START = datetime(2026, 3, 28, 23, 59, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LABELS = 3

events = st.lists(
    st.builds(
        lambda second, n, value, label: Event(START + second * SECOND, n=n, value=value, label=label),
        st.integers(0, 60),
        st.integers(1, 3),
        st.sampled_from([None, "a", "b", "c"]),
        st.integers(0, LABELS - 1),
    ),
    max_size=14,
)


def naive(pattern: Pattern, given: list[Event], since: datetime) -> int:
    best = 0
    for end in {event.at for event in given if event.at >= since}:
        inside = [event for event in given if end - pattern.window < event.at <= end]
        best = max(best, _held(pattern, inside, end))
    return best


def _held(pattern: Pattern, inside: list[Event], end: datetime) -> int:
    if pattern.metric == "event_count":
        return sum(event.n for event in inside)
    if pattern.metric == "value_count":
        return len({event.value for event in inside} - {None})
    if pattern.metric == "temporal":
        return len({event.label for event in inside})
    return max((length for length in range(1, LABELS + 1) if _runs(inside, length, end)), default=0)


def _runs(inside: list[Event], length: int, end: datetime) -> bool:
    """Whether kinds 0, 1, … stand one after the other, the last of them at the end."""
    choices = [[event.at for event in inside if event.label == label] for label in range(length)]
    return any(run[-1] == end and all(earlier < later for earlier, later in pairwise(run)) for run in product(*choices))


@pytest.mark.parametrize("metric", ["event_count", "value_count", "temporal", "temporal_ordered"])
@given(given_events=events, window=st.integers(1, 40), since=st.integers(0, 60))
@settings(max_examples=150, deadline=None)
def test_it_finds_what_trying_every_window_finds(metric, given_events, window, since):
    pattern = Pattern(metric, window * SECOND, labels=LABELS)
    at = START + since * SECOND
    assert strongest(pattern, given_events, since=at) == naive(pattern, given_events, at)


def at(*seconds: int, **fields: object) -> list[Event]:
    return [Event(START + second * SECOND, **fields) for second in seconds]


def test_midnight_cuts_no_window():
    pattern = Pattern("event_count", timedelta(seconds=10))
    assert strongest(pattern, at(57, 59, 61, 65), since=START) == 4


def test_equal_moments_come_together_and_have_no_order():
    both = [*at(5, label=0), *at(5, label=1)]
    assert strongest(Pattern("temporal", 10 * SECOND, labels=2), both, since=START) == 2
    assert strongest(Pattern("temporal_ordered", 10 * SECOND, labels=2), both, since=START) == 1


def test_the_wrong_order_is_no_pattern():
    backwards = [*at(5, label=1), *at(7, label=0)]
    assert strongest(Pattern("temporal_ordered", 10 * SECOND, labels=2), backwards, since=START) == 1


def test_a_window_leaves_out_the_moment_that_it_reaches_back_to():
    pattern = Pattern("event_count", 10 * SECOND)
    assert strongest(pattern, at(0, 10), since=START) == 1
    assert strongest(pattern, at(1, 10), since=START) == 2
