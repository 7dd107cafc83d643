"""Posting remote write: headers and statuses that senders act on, and that nothing counts twice."""

import threading
from datetime import timedelta

import pytest
from django.db import OperationalError, connections
from django.utils import timezone

from incidents.detection.activity import IngestRefusal, SourceActivity
from incidents.detection.cursors import SeriesCursor
from incidents.detection.rate import Limiter
from incidents.detection.series import HourBucket, SignalBucket, SignalSeries
from incidents.detection.sources import SignalSource
from tests.incidents.detection import makers
from tests.incidents.detection.test_ingest import totals
from tests.incidents.detection.write_makers import named, number, post, post_packed, series, written

REQUESTS = "airp_requests_total"
BASE = timezone.now()


def ago(seconds: float):
    return BASE - timedelta(seconds=seconds)


@pytest.fixture
def token(db) -> str:
    makers.system()
    return makers.source().issue_token(by=None, now=timezone.now())


def test_counters_count_what_they_grew_by_and_the_answer_says_what_was_written(token):
    good, bad = named(REQUESTS, outcome="ok"), named(REQUESTS, outcome="error")
    for seconds, many, few in ((50, 100, 10), (40, 140, 12)):
        body = (
            series(good, [(many, ago(seconds))]) + series(bad, [(few, ago(seconds))]) + series(named("up"), [(1, BASE)])
        )
        answer = post(token, body)
        assert (answer.status_code, answer.content, written(answer)) == (204, b"", "3")
        assert answer.headers["X-Prometheus-Remote-Write-Histograms-Written"] == "0"
        assert answer.headers["X-Prometheus-Remote-Write-Exemplars-Written"] == "0"
    assert totals() == (42, 2)
    activity = SourceActivity.objects.get()
    assert (activity.accepted_count, activity.dropped_count, SignalSeries.objects.count()) == (4, 2, 1)


def test_a_request_that_is_sent_again_is_written_again_and_counts_once(token):
    body = series(named(REQUESTS), [(100, ago(50)), (103, ago(40)), (2, ago(30)), (4, ago(20))])
    for _again in range(3):
        answer = post(token, body)
        assert (answer.status_code, written(answer)) == (204, "4")
    assert totals() == (7, 0)
    assert SourceActivity.objects.get().duplicate_count == 8


def test_some_refused_samples_make_a_400_with_the_exact_number_of_those_stored(token):
    body = series(named(REQUESTS), [(100, ago(50)), (-1, ago(45)), (110, ago(40))])
    answer = post(token, body)
    assert (answer.status_code, written(answer)) == (400, "2")
    assert b"bad_number" in answer.content
    assert totals() == (10, 0)
    assert IngestRefusal.objects.get().code == "bad_number"


def test_a_step_that_is_too_large_is_refused_once_and_the_counter_goes_on(token):
    answer = post(token, series(named(REQUESTS), [(0, ago(50)), (1e15, ago(40)), (1e15 + 3, ago(30))]))
    assert (answer.status_code, written(answer)) == (400, "2")
    assert totals() == (3, 0)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content_type": "application/x-protobuf;proto=prometheus.WriteRequest"}, 204),
        ({"content_type": "application/x-protobuf;proto=io.prometheus.write.v2.Request"}, 415),
        ({"content_type": "application/json"}, 415),
        ({"content_encoding": "gzip"}, 415),
        ({"authorization": "Bearer airp_wrong"}, 401),
    ],
)
def test_the_type_and_the_token_are_checked_before_anything_is_read(token, headers, status):
    answer = post(token, series(named(REQUESTS), [(1, BASE)]), **headers)
    assert answer.status_code == status
    assert written(answer) == ("1" if status == 204 else "0")


def test_what_claims_to_be_too_large_is_a_413_and_what_is_no_block_a_400(token):
    assert post_packed(token, number(40 * 1024 * 1024) + b"\x00").status_code == 413
    assert post_packed(token, b"\x00" * (4 * 1024 * 1024 + 1)).status_code == 413
    assert not IngestRefusal.objects.exists()
    assert post_packed(token, b"\xff" * 20).status_code == 400
    assert post(token, b"\x0a\x7f").status_code == 400
    assert IngestRefusal.objects.filter(code="whole_body").count() == 2


def test_a_sender_that_must_wait_is_told_so_with_a_status_that_it_repeats(token, monkeypatch):
    monkeypatch.setattr("incidents.detection.gate.limiter", Limiter(per_second=0.4, burst=1))
    body = series(named(REQUESTS), [(1, BASE)])
    post(token, body)
    answer = post(token, body)
    assert answer.status_code == 503
    assert 1 <= int(answer.headers["Retry-After"]) <= 3


def test_without_a_database_the_sender_is_told_to_keep_its_data(token, monkeypatch):
    def away(*args, **kwargs):
        raise OperationalError

    monkeypatch.setattr("incidents.detection.receiving_prometheus.count_parsed", away)
    answer = post(token, series(named(REQUESTS), [(1, BASE)]))
    assert (answer.status_code, written(answer)) == (503, "0")
    assert "Retry-After" in answer.headers


def test_a_changed_mapping_is_in_force_with_the_next_request(token):
    body = [series(named("answers"), [(value, ago(50 - value))]) for value in (10, 15, 20)]
    post(token, body[0])
    SignalSource.objects.update(mapping={"metrics": {"answers": {"kind": "traffic"}}})
    post(token, body[1])
    post(token, body[2])
    assert totals() == (5, 0)


@pytest.mark.django_db(transaction=True)
class TestRacing:
    @pytest.fixture(autouse=True)
    def empty(self, transactional_db):
        yield
        SignalBucket.objects.all().delete()
        HourBucket.objects.all().delete()

    def test_overlapping_requests_from_eight_at_once_count_each_step_once(self):
        makers.system()
        token = makers.source().issue_token(by=None, now=timezone.now())
        steps = [
            [
                series(named(REQUESTS, instance=str(each), model=str(each % 3)), [(100 + step, ago(60 - step))])
                for each in range(40)
            ]
            for step in range(5)
        ]
        bodies = [b"".join(part[cut * 5 :] + part[: cut * 5]) for cut in range(8) for part in steps]
        start = threading.Barrier(8)
        statuses: list[int] = []

        def run(number: int) -> None:
            start.wait()
            for body in bodies[number * 5 : number * 5 + 5]:
                # On a machine that is too busy to wait its turn, a sender gets 503 and sends again.
                answers = (post(token, body).status_code for _try in range(10))
                statuses.append(next(status for status in answers if status != 503))
            connections.close_all()

        threads = [threading.Thread(target=run, args=[number]) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert statuses == [204] * 40
        assert totals() == (40 * 4, 0)
        assert SeriesCursor.objects.count() == 40
