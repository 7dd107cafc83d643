"""Partitions ahead, old days dropped, and rows of the default partition moved where they belong."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from incidents.detection.activity import IngestRefusal, SourceMinute
from incidents.detection.counting import Delta, add_to_buckets
from incidents.detection.partitions import ensure_partitions
from incidents.detection.retention import drop_expired
from incidents.detection.series import HourBucket, Receipt, SignalBucket
from incidents.detection.tasks import keep_signals
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
    assert ensure_partitions(now=TODAY) == 24
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
    assert drop_expired(now=TODAY + timedelta(days=34)) == 7 + 3  # minutes and, kept longer, events
    assert drop_expired(now=TODAY + timedelta(days=60)) == 5 + 9


@pytest.mark.django_db
def test_what_is_past_its_term_goes_in_small_batches_and_the_rest_stays(monkeypatch):
    monkeypatch.setattr("incidents.detection.retention.BATCH", 10)
    source = makers.source()
    old, fresh = TODAY - timedelta(days=9), TODAY - timedelta(days=1)
    Receipt.objects.bulk_create(
        Receipt(source=source, dedupe_key=f"{at:%d}/{number}", payload_hash=b"x", event_at=at, received_at=at)
        for at, count in ((old, 25), (fresh, 5))
        for number in range(count)
    )
    IngestRefusal.objects.create(source=source, at=old, code="too_old", detail="d")
    SourceMinute.add(source, now=old, lead=None, counts={})
    with CaptureQueriesContext(connection) as asked:
        assert drop_expired(now=TODAY) == 27
    deleting = [query["sql"] for query in asked if "DELETE FROM incidents_receipt" in query["sql"]]
    assert len(deleting) == 3
    assert all("LIMIT 10" in statement for statement in deleting)
    assert Receipt.objects.count() == 5
    assert drop_expired(now=TODAY) == 0


@pytest.mark.django_db
def test_hours_go_after_four_hundred_days_and_only_those():
    makers.source()
    traffic = series("traffic").pk
    for days in (401, 399):
        add_to_buckets({(traffic, TODAY - timedelta(days=days)): Delta(n=3, n_raw=3)}, now=TODAY)
    drop_expired(now=TODAY)
    assert [bucket.ts for bucket in HourBucket.objects.all()] == [TODAY - timedelta(days=399)]


@pytest.mark.django_db
def test_the_state_of_the_storage_is_shown_to_admins_with_what_needs_a_person(client_for, ada, tess):
    address, client = reverse("incidents:storage"), client_for(ada)
    page = client.get(address).content.decode()
    assert "The upkeep has not run yet" in page
    assert "is missing" in page
    keep_signals()
    page = client.get(address).content.decode()
    assert "Days are made ahead, and what is past its term is dropped." in page
    makers.source()
    add_to_buckets({(series("traffic").pk, TODAY): Delta(n=3, n_raw=3)}, now=TODAY)
    assert "Some minutes lie in the default partition" in client.get(address).content.decode()
    assert client_for(tess).get(address).status_code == 403
