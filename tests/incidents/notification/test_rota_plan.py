"""Who is on call at any moment: exactly one answer, without holes, through both changes of the clocks."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents.notification.rota.plan import WEEK, Cause, Override, Plan, Rotation

OSLO = ZoneInfo("Europe/Oslo")
# The week around each change of the clocks in 2026: 29 March and 25 October, on Sundays at 01:00 UTC.
SPRING, AUTUMN = datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)
# South of the equator: an hour in Auckland, half an hour on Lord Howe Island.
AUCKLAND, LORD_HOWE = ZoneInfo("Pacific/Auckland"), ZoneInfo("Australia/Lord_Howe")
AUCKLAND_BACK, AUCKLAND_ON = datetime(2026, 4, 4, 14, tzinfo=UTC), datetime(2026, 9, 26, 14, tzinfo=UTC)
LORD_HOWE_BACK, LORD_HOWE_ON = datetime(2026, 4, 4, 15, tzinfo=UTC), datetime(2026, 10, 3, 15, 30, tzinfo=UTC)
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
END = datetime(2026, 12, 1, tzinfo=UTC)
PEOPLE = (1, 2, 3)
# A busy machine draws slowly; that says nothing about the rota.
patient = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])

moments = st.timedeltas(min_value=timedelta(0), max_value=END - BEGIN).map(lambda after: BEGIN + after)
zones = st.sampled_from(
    ["Europe/Oslo", "America/St_Johns", "Pacific/Auckland", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]
)


@st.composite
def overrides(draw):
    made = []
    for pk in range(1, draw(st.integers(0, 6)) + 1):
        start = draw(moments)
        length = timedelta(minutes=draw(st.integers(1, 60 * 24 * 20)))
        made.append(Override(pk, start, start + length, draw(st.sampled_from([*PEOPLE, None]))))
    return tuple(made)


@st.composite
def plans(draw):
    begins = sorted(draw(st.sets(moments, min_size=1, max_size=3)))
    seat = st.sampled_from([*PEOPLE, None])
    orders = tuple(
        Rotation(
            pk=number,
            begins_at=at,
            zone=ZoneInfo(draw(zones)),
            weekday=draw(st.integers(0, 6)),
            handover=draw(st.times(min_value=time(0), max_value=time(23, 59)).map(lambda t: t.replace(second=0))),
            seats=tuple(draw(st.lists(seat, min_size=1, max_size=4))),
        )
        for number, at in enumerate(begins, start=1)
    )
    return Plan(orders, draw(overrides()), able=frozenset(draw(st.sets(st.sampled_from(PEOPLE)))))


def weekly(*seats, weekday=0, handover=time(9), begins_at=BEGIN, zone=OSLO) -> Plan:
    rotation = Rotation(1, begins_at, zone, weekday, handover, seats)
    return Plan((rotation,), (), able=frozenset(PEOPLE))


@patient
@given(plan=plans(), moment=moments)
def test_stretches_tile_every_span_and_agree_with_the_one_answer(plan, moment):
    until = moment + timedelta(days=40)
    stretches = plan.stretches(moment, until)

    assert (stretches[0].start, stretches[-1].end) == (moment, until)
    assert all(before.end == after.start for before, after in zip(stretches, stretches[1:], strict=False))
    assert all(stretch.start < stretch.end for stretch in stretches)
    for stretch in stretches:
        inside = (stretch.start, stretch.start + (stretch.end - stretch.start) / 2, stretch.end - timedelta.resolution)
        assert {plan.at(each) for each in inside} == {stretch.answer}
        declared = {Cause.NOT_BEGUN, Cause.EMPTY_TURN, Cause.DECLARED_GAP, Cause.PERSON_LEFT}
        assert (stretch.answer.person is None) == (stretch.answer.cause in declared)
        assert stretch.answer.person is None or stretch.answer.person in plan.able


@patient
@given(plan=plans(), moment=moments)
def test_of_overlapping_overrides_the_one_arranged_last_counts(plan, moment):
    covering = [each for each in plan.overrides if each.covers(moment)]
    answer = plan.at(moment)

    assert answer.override == (max(each.pk for each in covering) if covering else None)


@patient
@given(zone=zones, handover=st.times().map(lambda t: t.replace(second=0, microsecond=0)), weekday=st.integers(0, 6))
def test_each_week_of_the_year_belongs_to_one_person_in_order(zone, handover, weekday):
    plan = weekly(*PEOPLE, zone=ZoneInfo(zone), handover=handover, weekday=weekday)
    stretches = plan.stretches(BEGIN, END)

    order = [stretch.answer.person for stretch in stretches]
    assert order == [PEOPLE[turn % 3] for turn in range(len(order))]
    lengths = {stretch.end - stretch.start for stretch in stretches[1:-1]}
    assert max(lengths) - min(lengths) <= timedelta(hours=2)
    handovers = [stretch.start.astimezone(ZoneInfo(zone)) for stretch in stretches[1:]]
    assert {each.weekday() for each in handovers} == {weekday}


@pytest.mark.parametrize(
    ("zone", "change", "hours"),
    [
        (OSLO, SPRING, -1),
        (OSLO, AUTUMN, 1),
        (AUCKLAND, AUCKLAND_BACK, 1),
        (AUCKLAND, AUCKLAND_ON, -1),
        (LORD_HOWE, LORD_HOWE_BACK, 0.5),
        (LORD_HOWE, LORD_HOWE_ON, -0.5),
    ],
)
def test_the_week_of_a_clock_change_is_shorter_or_longer_and_hands_over_at_nine(zone, change, hours):
    stretches = weekly(1, 2, zone=zone).stretches(BEGIN, END)

    [around] = [stretch for stretch in stretches if stretch.start <= change < stretch.end]
    assert around.end - around.start == WEEK + timedelta(hours=hours)
    for moment in (around.start, around.end):
        assert moment.astimezone(zone).strftime("%a %H:%M") == "Mon 09:00"


@pytest.mark.parametrize(
    ("zone", "change", "local"),
    [
        (OSLO, SPRING, "03:30"),  # half past two does not exist
        (OSLO, AUTUMN, "02:30"),  # it is twice
        (AUCKLAND, AUCKLAND_ON, "03:30"),
        (AUCKLAND, AUCKLAND_BACK, "02:30"),
    ],
)
def test_a_handover_inside_the_change_happens_once(zone, change, local):
    plan = weekly(1, 2, weekday=6, handover=time(2, 30), zone=zone)
    around = plan.stretches(change - timedelta(hours=3), change + timedelta(hours=3))

    assert len(around) == 2
    assert around[1].start.astimezone(zone).strftime("%H:%M") == local


def test_a_rota_that_begins_in_the_middle_of_a_week_hands_over_at_the_next_handover():
    tuesday = datetime(2026, 6, 2, 12, tzinfo=UTC)
    plan = weekly(1, 2, begins_at=tuesday)

    first, second = plan.stretches(tuesday, tuesday + timedelta(days=10))
    assert (first.answer.person, second.answer.person) == (1, 2)
    assert second.start.astimezone(OSLO) == datetime(2026, 6, 8, 9, tzinfo=OSLO)


def test_a_new_order_changes_nothing_before_it_begins():
    before = weekly(1, 2)
    later = Rotation(2, BEGIN + 10 * WEEK, OSLO, 2, time(8), (3,))
    after = Plan((*before.rotations, later), (), able=before.able)

    assert after.stretches(BEGIN, later.begins_at) == before.stretches(BEGIN, later.begins_at)
    assert after.at(later.begins_at).person == 3
    assert after.at(BEGIN - timedelta(seconds=1)).cause is Cause.NOT_BEGUN


def test_an_empty_week_and_somebody_who_left_are_gaps_that_say_why():
    plan = Plan(weekly(1, None, 9).rotations, (), able=frozenset({1}))
    causes = [stretch.answer.cause for stretch in plan.stretches(BEGIN, BEGIN + 3 * WEEK)]

    assert causes[:3] == [Cause.TURN, Cause.EMPTY_TURN, Cause.PERSON_LEFT]


def test_without_any_order_only_overrides_put_somebody_on_call():
    plan = Plan((), (Override(1, BEGIN, BEGIN + WEEK, 2),), able=frozenset(PEOPLE))

    answers = [stretch.answer.person for stretch in plan.stretches(BEGIN, BEGIN + 2 * WEEK)]
    assert answers == [2, None]
