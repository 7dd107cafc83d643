"""Promises: when they are due, how they stand, and which one the board sorts by."""

from datetime import UTC, datetime, timedelta

import pytest

from incidents.response.clocks import Clock, ClockName, Standing, due_times
from incidents.response.states import State
from tests.incidents.cases import incident, level

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TERMS = {"acknowledge_minutes": 15, "contain_minutes": 30, "update_minutes": 20}


@pytest.mark.parametrize(
    ("minutes_later", "met_after", "standing"),
    [
        (0, None, Standing.ON_TRACK),
        (14, None, Standing.ON_TRACK),
        (15, None, Standing.AT_RISK),
        (20, None, Standing.AT_RISK),
        (21, None, Standing.OVERDUE),
        (90, 20, Standing.MET),
        (90, 21, Standing.MET_LATE),
    ],
)
def test_a_clock_stands_by_the_share_of_its_time(minutes_later, met_after, standing):
    met_at = NOON + met_after * MINUTE if met_after is not None else None
    clock = Clock(ClockName.CONTAIN, NOON, NOON + 20 * MINUTE, met_at)
    assert clock.standing(now=NOON + minutes_later * MINUTE) is standing


def test_the_next_update_counts_from_the_last_one_the_others_from_the_beginning():
    due = due_times(TERMS, began_at=NOON, updated_at=NOON + 10 * MINUTE)
    assert due == {
        ClockName.ACKNOWLEDGE: NOON + 15 * MINUTE,
        ClockName.CONTAIN: NOON + 30 * MINUTE,
        ClockName.NEXT_UPDATE: NOON + 30 * MINUTE,
    }


def test_terms_without_an_update_cadence_promise_none():
    assert due_times(TERMS | {"update_minutes": None}, began_at=NOON)[ClockName.NEXT_UPDATE] is None


@pytest.mark.django_db
class TestTheNextClock:
    def test_it_is_the_one_that_runs_out_first(self, now, tess):
        case = incident(now=now, severity="SEV2")
        assert (case.next_clock, case.next_due_at) == ("acknowledge", case.declared_at + 30 * MINUTE)

        case.acknowledge(by=tess, now=now)
        assert case.next_clock in {"contain", "next_update"}
        assert case.next_due_at == case.declared_at + 120 * MINUTE

    def test_a_posted_update_starts_its_clock_anew(self, now, tess):
        case = incident(now=now, severity="SEV1", state=State.CONTAINED)
        case.post_update(text="Flag off.", by=tess, now=now)
        case.refresh_from_db()
        assert (case.next_clock, case.next_due_at) == ("next_update", now + 30 * MINUTE)

    def test_a_resolved_incident_has_none(self, now):
        case = incident(now=now, state=State.RESOLVED)
        assert (case.next_clock, case.next_due_at) == ("", None)

    def test_raising_the_severity_takes_the_terms_that_were_frozen_at_the_declaration(self, now, tess):
        case = incident(now=now, severity="SEV3")
        worst = level("SEV1")
        worst.acknowledge_minutes = 1
        worst.save()

        case.raise_severity(to=worst, by=tess, now=now, reason="Two people acted on it.")
        assert case.acknowledge_due_at == case.declared_at + 15 * MINUTE

    def test_reopening_starts_the_clocks_at_that_moment(self, now, mo):
        case = incident(now=now, state=State.RESOLVED, severity="SEV1")
        case.reopen(by=mo, now=now, reason="It came back.")
        assert (case.contain_due_at, case.contained_at) == (now + 30 * MINUTE, None)
        assert case.state == State.TRIAGED
