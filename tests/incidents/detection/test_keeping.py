"""Partitions ahead, old days dropped, and rows of the default partition moved where they belong."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from incidents.detection.counting import Delta, add_to_buckets
from incidents.detection.partitions import ensure_partitions
from incidents.detection.retention import drop_expired
from incidents.detection.series import SignalBucket
from tests.incidents.detection import makers
from tests.incidents.detection.test_ticks import series

# Long ago, because the last thirty days cannot be dropped.
TODAY = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=120)


def partition_of(minute: datetime) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM incidents_signalbucket WHERE ts = %s", [minute])
        return cursor.fetchone()[0]


@pytest.mark.django_db
def test_days_are_made_ahead_and_take_over_what_came_before_them():
    makers.source()
    add_to_buckets({(series("traffic").pk, TODAY): Delta(n=3, n_raw=3)}, now=TODAY)
    assert partition_of(TODAY) == "incidents_signalbucket_default"
    assert ensure_partitions(now=TODAY) == 12
    assert partition_of(TODAY) == f"incidents_signalbucket_{TODAY:%Y%m%d}"
    assert SignalBucket.objects.get().n == 3
    assert ensure_partitions(now=TODAY) == 0


@pytest.mark.django_db
def test_counting_goes_on_in_a_partition():
    makers.source()
    ensure_partitions(now=TODAY)
    for _time in range(2):
        add_to_buckets({(series("traffic").pk, TODAY): Delta(n=3, n_raw=3)}, now=TODAY)
    assert SignalBucket.objects.get().n == 6


@pytest.mark.django_db
def test_days_past_their_term_are_dropped():
    ensure_partitions(now=TODAY)
    assert drop_expired(now=TODAY + timedelta(days=34)) == 7
    assert drop_expired(now=TODAY + timedelta(days=60)) == 5
