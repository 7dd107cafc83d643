"""Patterns and different people in SQL against a naive model that tries every window, and cases people ask about."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise, product

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents.detection import event_judging
from incidents.detection.breaches import Breach
from incidents.detection.choices import Mode
from incidents.detection.counting import Delta, add_to_buckets
from incidents.detection.families.events import MOST_GROUPS
from incidents.detection.history import history
from incidents.detection.judging import judge_shard
from incidents.detection.series import SignalSeries
from incidents.detection.states import ThresholdState
from incidents.detection.step import Status
from tests.incidents.detection import makers

pytestmark = pytest.mark.django_db
# A minute before midnight: every window of these tests may lie across a day, an hour and a partition.
END = datetime(2026, 3, 29, 0, 1, tzinfo=UTC)
WINDOW = timedelta(minutes=3)
SECOND = timedelta(seconds=1)
KINDS = ("a", "b", "c")
METRICS = ("event_count", "value_count", "temporal", "temporal_ordered")
PATTERN = [{"kind": "violation", "category": name} for name in KINDS]


@dataclass(frozen=True)
class Event:
    """`second` counts from the oldest moment that can matter, two windows and a bit before the end."""

    second: int
    n: int = 1
    person: str | None = "p"
    conversation: str | None = None
    category: str = "a"

    @property
    def at(self) -> datetime:
        return END - timedelta(seconds=370 - self.second)


events = st.lists(
    st.builds(
        Event,
        st.integers(0, 380),
        st.integers(1, 3),
        st.sampled_from([None, "p", "q"]),
        st.sampled_from([None, "x", "y", "z"]),
        st.sampled_from(KINDS),
    ),
    max_size=16,
)


def series(category: str) -> SignalSeries:
    gateway = makers.SignalSource.objects.filter(name="Gateway").first() or makers.source()
    fields = {"source": gateway, "system": makers.system(), "kind": "violation", "category": category}
    fields |= {"first_seen_at": END, "labels": {"version.model": f"model-{category}"}}
    return SignalSeries.objects.get_or_create(fingerprint=category.encode().ljust(32), defaults=fields)[0]


def store(given_events: list[Event]) -> None:
    ids = {name: series(name).pk for name in KINDS}
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM incidents_occurrence")
        cursor.executemany(
            "INSERT INTO incidents_occurrence VALUES (%s, %s, %s, %s, %s, now())",
            [
                (ids[each.category], each.at, _bytes(each.person), _bytes(each.conversation), each.n)
                for each in given_events
            ],
        )


def _bytes(name: str | None) -> bytes | None:
    return None if name is None else name.encode()


def rule(metric: str, *, name: str = "Pattern", mode: Mode = Mode.ACTIVE, **fields):
    found = makers.threshold(name, mode=mode)
    several = metric.startswith("temporal")
    known = {"metric": metric, "kind": "violation", "denominator_kind": "", "op": "gte", "limit": 1, "min_samples": 0}
    known |= {"window_seconds": 180, "value_of": "conversation", "group_by": "person"}
    known |= {"pattern": PATTERN if several else []}
    makers.version(found, now=END - timedelta(days=1), **(known | fields))
    return found


def naive(metric: str, given_events: list[Event]) -> dict[str, int]:
    """By person what the strongest window holds that ends with an event in the judged window."""
    groups = defaultdict(list)
    for event in given_events:
        if event.person is not None:
            groups[event.person].append(event)
    found = {}
    for person, own in groups.items():
        ends = [event.at for event in own if END - WINDOW <= event.at < END]
        windows = [(end, [event for event in own if end - WINDOW < event.at <= end]) for end in ends]
        if best := max((_held(metric, inside, end) for end, inside in windows), default=0):
            found[f"person:{person.encode().hex()}"] = best
    return found


def _held(metric: str, inside: list[Event], end: datetime) -> int:
    if metric == "event_count":
        return sum(event.n for event in inside)
    if metric == "value_count":
        named = {event.conversation for event in inside if event.conversation is not None}
        return len(named) + sum(event.n for event in inside if event.conversation is None)
    if metric == "temporal":
        return len({event.category for event in inside})
    return max((length for length in range(1, len(KINDS) + 1) if _runs(inside, length, end)), default=0)


def _runs(inside: list[Event], length: int, end: datetime) -> bool:
    """Whether the first so many kinds stand one after the other, the last of them at the end."""
    choices = [[event.at for event in inside if event.category == kind] for kind in KINDS[:length]]
    return any(run[-1] == end and all(one < other for one, other in pairwise(run)) for run in product(*choices))


def held(threshold) -> dict[str, int]:
    rows = event_judging._rows(tick_at=END, only=[threshold.pk])
    return {row.group_key: row.held for row in rows if row.held}


@pytest.fixture
def four(db) -> dict:
    return {metric: rule(metric, name=metric) for metric in METRICS}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given_events=events)
def test_each_finds_what_trying_every_window_finds(four, given_events):
    store(given_events)
    for metric, threshold in four.items():
        assert held(threshold) == naive(metric, given_events), metric


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given_events=events)
def test_different_people_are_counted_once_and_nobody_each_time(db, given_events):
    threshold = makers.Threshold.objects.filter(name="People").first() or rule(
        "distinct", name="People", value_of="person", group_by=""
    )
    store(given_events)
    inside = [event for event in given_events if END - WINDOW <= event.at < END]
    unnamed = sum(event.n for event in inside if event.person is None)
    named = {event.person for event in inside} - {None}
    (row,) = event_judging._rows(tick_at=END, only=[threshold.pk])
    assert (row.held, row.unnamed) == (len(named) + unnamed, unnamed)


def test_the_chart_ends_with_the_number_that_is_judged(four):
    events_given = [Event(300 + at, person="p", conversation=str(at), category=KINDS[at % 3]) for at in range(7)]
    store([*events_given, Event(310, person="q", n=2)])
    add_to_buckets({(series("a").pk, END - timedelta(days=1)): Delta(n=1, n_raw=1)}, now=END)
    people = rule("distinct", name="People", value_of="person", group_by="")
    expected = {four["event_count"]: 7, four["value_count"]: 7, four["temporal"]: 3, people: 2}
    for threshold, number in expected.items():
        points = history(threshold.version_at(END), now=END)
        assert (points[0].value, points[-1].value) == (0, number), threshold


def tick(minutes: int = 0) -> None:
    at = END + timedelta(minutes=minutes)
    judge_shard(shard=0, tick_at=at, now=at)


def fired(threshold) -> set[str]:
    return set(Breach.objects.open().filter(threshold=threshold).values_list("group_key", flat=True))


class TestGroups:
    def test_each_group_has_one_breach_that_further_matches_join(self):
        threshold = rule("event_count", limit=3, keep_firing_seconds=0)
        store([Event(300 + at, person="p") for at in (1, 2, 3)] + [Event(300, person="q"), Event(301, person="q")])
        tick()
        assert fired(threshold) == {"person:70"}
        store([Event(300 + at, person=who) for at in (1, 2, 3, 40, 45, 49) for who in "pq"])
        tick()
        assert fired(threshold) == {"person:70", "person:71"}
        assert Breach.objects.filter(threshold=threshold).count() == 2
        tick(minutes=5)
        assert fired(threshold) == set()

    def test_the_same_events_of_two_people_are_no_pattern(self):
        threshold = rule("temporal")
        store([Event(300, category="a"), Event(301, category="b"), Event(302, category="c", person="q")])
        tick()
        assert fired(threshold) == set()

    def test_equal_moments_come_together_and_have_no_order(self):
        together, ordered = rule("temporal"), rule("temporal_ordered", name="Ordered")
        store([Event(300, category="a"), Event(310, category="b"), Event(310, category="c")])
        tick()
        assert fired(together) == {"person:70"}
        assert fired(ordered) == set()
        store([Event(300, category="a"), Event(310, category="b"), Event(311, category="c")])
        tick()
        assert fired(ordered) == {"person:70"}

    def test_versions_are_groups_too_and_no_group_is_everybody(self):
        by_version, by_nobody = (
            rule("event_count", limit=2, group_by="version"),
            rule("event_count", name="All", limit=3, group_by=""),
        )
        store([Event(300, category="a", person=None), Event(301, category="a"), Event(302, category="b")])
        tick()
        assert fired(by_version) == {"version:model-a"}
        assert fired(by_nobody) == {""}

    def test_more_groups_than_can_be_followed_are_said_aloud(self):
        threshold = rule("event_count", limit=1)
        store([Event(300, person=f"p{number}") for number in range(MOST_GROUPS + 20)])
        tick()
        assert len(fired(threshold)) == MOST_GROUPS
        state = ThresholdState.objects.get(threshold=threshold, group_key="")
        assert (state.status, "groups match" in state.error) == (Status.ERROR, True)

    def test_a_category_that_never_came_is_broken_until_it_comes(self):
        threshold = rule("temporal", pattern=[*PATTERN, {"kind": "violation", "category": "renamed"}])
        store([Event(300)])
        tick()
        state = ThresholdState.objects.get(threshold=threshold)
        assert (state.status, "renamed" in state.error) == (Status.ERROR, True)
        series("renamed")
        tick(minutes=1)
        state.refresh_from_db()
        assert (state.status, state.error) == (Status.OK, "")
