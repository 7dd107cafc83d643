"""Leases, fencing and order, on the database's own clock."""

from datetime import timedelta
from threading import Thread
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.utils import timezone

from airp.outbound.claims import claim, finish
from airp.outbound.models import Attempt, AttemptOutcome, Delivery, DeliveryState
from airp.outbound.outcomes import Outcome

pytestmark = pytest.mark.django_db
SENT = Outcome(AttemptOutcome.SENT)
FAILED = Outcome(AttemptOutcome.FAILED, "smtp_451", "later")


def end(delivery, outcome=SENT):
    now = timezone.now()
    return finish(delivery, outcome, started_at=now, finished_at=now)


def let_the_lease_run_out(delivery):
    Delivery.objects.filter(pk=delivery.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_the_most_urgent_comes_first_then_the_longest_due(planned):
    now = timezone.now()
    late = planned(priority=4, due_at=now - timedelta(hours=5))
    newer = planned(priority=1, due_at=now - timedelta(minutes=1))
    older = planned(priority=1, due_at=now - timedelta(minutes=2))
    assert [claim().pk, claim().pk, claim().pk, claim()] == [older.pk, newer.pk, late.pk, None]


def test_what_is_not_due_is_not_claimed(planned):
    planned(due_at=timezone.now() + timedelta(seconds=30))
    assert claim() is None


def test_a_claimed_delivery_is_claimed_once_until_its_lease_runs_out(planned):
    planned()
    first = claim()
    assert first.state == DeliveryState.LEASED
    assert claim() is None
    let_the_lease_run_out(first)
    second = claim()
    assert second.pk == first.pk
    assert (second.attempt_count, second.crash_count) == (2, 1)
    assert second.lease_token != first.lease_token
    [lost] = Attempt.objects.all()
    assert (lost.number, lost.outcome) == (1, AttemptOutcome.LOST)


def test_a_late_finish_changes_nothing(planned):
    planned()
    slow = claim()
    let_the_lease_run_out(slow)
    quick = claim()
    assert end(slow) is None
    quick.refresh_from_db()
    assert quick.state == DeliveryState.LEASED
    assert end(quick).state == DeliveryState.SENT
    assert end(slow) is None
    assert list(Attempt.objects.values_list("number", "outcome")) == [(1, "lost"), (2, "sent")]


def test_a_wrong_token_does_not_finish(planned):
    planned()
    held = claim()
    held.lease_token = uuid4()
    assert end(held) is None
    assert not Attempt.objects.exists()


def test_a_row_that_kills_three_workers_is_claimed_to_be_ended(planned):
    planned()
    for _death in range(3):
        let_the_lease_run_out(claim())
    assert claim().crash_count == 3


def test_rows_of_one_lane_leave_one_after_the_other(planned):
    first = planned(ordering_key="incident/1")
    second = planned(ordering_key="incident/1")
    elsewhere = planned(ordering_key="incident/2")
    held = claim()
    assert held.pk == first.pk
    assert claim().pk == elsewhere.pk
    assert claim() is None
    end(held, FAILED)
    assert claim() is None, "the first waits for its second try, the lane waits with it"
    Delivery.objects.filter(pk=first.pk).update(due_at=timezone.now())
    end(claim())
    assert claim().pk == second.pk


def test_a_row_planned_for_later_does_not_hold_up_its_lane(planned):
    planned(ordering_key="incident/1", due_at=timezone.now() + timedelta(hours=1))
    now = planned(ordering_key="incident/1")
    assert claim().pk == now.pk


def test_a_delivery_in_doubt_is_shown_and_tried_again_with_the_same_key(planned):
    planned()
    first = claim()
    end(first, Outcome(AttemptOutcome.UNKNOWN, "no_answer"))
    row = Delivery.objects.get()
    assert row.state == DeliveryState.UNKNOWN
    assert list(Delivery.objects.failed()) == [row]
    Delivery.objects.update(due_at=timezone.now())
    again = claim()
    assert again.idem_key == first.idem_key
    assert end(again).state == DeliveryState.SENT


def test_attempts_are_never_changed(planned):
    planned()
    end(claim())
    with pytest.raises(Exception, match="append_only|Cannot update"), transaction.atomic():
        Attempt.objects.update(outcome="failed")
    with pytest.raises(Exception, match="append_only|Cannot delete"), transaction.atomic():
        Attempt.objects.all().delete()
    assert Attempt.objects.get().outcome == AttemptOutcome.SENT


def claim_all(found):
    while (delivery := claim()) is not None:
        found.append(delivery.pk)
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_rivals_never_claim_the_same_row(planned):
    rows = {planned().pk for _number in range(60)}
    claimed = [[], [], [], []]
    rivals = [Thread(target=claim_all, args=(found,)) for found in claimed]
    for rival in rivals:
        rival.start()
    for rival in rivals:
        rival.join()
    assert sorted(sum(claimed, [])) == sorted(rows)


@pytest.mark.django_db(transaction=True)
def test_a_row_locked_by_a_neighbour_is_skipped(planned):
    first, second = planned(), planned()
    claimed = []
    with transaction.atomic():
        Delivery.objects.select_for_update().get(pk=first.pk)
        rival = Thread(target=claim_all, args=(claimed,))
        rival.start()
        rival.join()
    assert claimed == [second.pk]
