"""Posting OTLP: what is answered, what is counted, and that nothing counts twice."""

import gzip
import threading
import zlib
from datetime import timedelta

import pytest
from django.db import OperationalError, connections
from django.test import Client
from django.utils import timezone
from google.rpc.status_pb2 import Status

from incidents.detection.activity import IngestRefusal, SourceActivity
from incidents.detection.cursors import SeriesCursor
from incidents.detection.retention import drop_expired
from incidents.detection.series import HourBucket, SignalBucket, SignalSeries
from incidents.detection.sources import SignalSource
from tests.incidents.detection import makers
from tests.incidents.detection import otlp_makers as otlp
from tests.incidents.detection.otlp_makers import CUMULATIVE, JSON, PROTOBUF, partial, post
from tests.incidents.detection.test_ingest import totals

SECOND = timedelta(seconds=1)
BASE = timezone.now()


@pytest.fixture
def token(db) -> str:
    makers.system()
    return makers.source().issue_token(by=None, now=timezone.now())


def point(value: int | float | None = 1, *, back: float = 5, **more) -> dict:
    return {"at": timezone.now() - back * SECOND, "value": value, **more}


def counter(value: float, *, back: float, began: float = 3_600, **more) -> dict:
    """A cumulative reading so many seconds ago of a counter that began so many seconds ago."""
    at, start = BASE - back * SECOND, BASE - began * SECOND
    return {"temporality": CUMULATIVE, "value": value, "at": at, "start": start} | more


class TestAnswers:
    @pytest.mark.parametrize("media", [PROTOBUF, JSON])
    @pytest.mark.parametrize("is_packed", [False, True])
    def test_metrics_are_counted_in_both_encodings_with_and_without_gzip(self, token, media, is_packed):
        answer = post(token, otlp.metrics(point(5)), media=media, is_packed=is_packed)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, media)
        assert answer.content in {b"", b"{}"}
        assert totals() == (5, 0)

    @pytest.mark.parametrize("media", [PROTOBUF, JSON])
    def test_an_evaluation_event_is_counted_with_its_score(self, token, media):
        attributes = {"gen_ai.evaluation.name": "relevance", "gen_ai.evaluation.score.value": 0.5}
        record = {"event": "gen_ai.evaluation.result", "at": timezone.now(), "attributes": attributes}
        assert post(token, otlp.logs(record, record), media=media).status_code == 200
        bucket = SignalBucket.objects.get()
        assert (bucket.n, bucket.value_n, bucket.value_sum) == (1, 1, 0.5)

    def test_an_empty_request_is_a_success(self, token):
        assert post(token, b"").status_code == 200
        assert SourceActivity.objects.get().accepted_count == 0

    def test_what_is_refused_is_told_in_partial_success_and_the_rest_counts(self, token):
        answer = post(token, otlp.metrics(point(5), point(1, temporality=0), point(-1)))
        rejected, words = partial(answer)
        assert (answer.status_code, rejected) == (200, 2)
        assert "no_temporality" in words
        assert "bad_number" in words
        assert totals() == (5, 0)
        assert sorted(IngestRefusal.objects.values_list("code", flat=True)) == ["bad_number", "no_temporality"]

    def test_a_refused_log_record_is_told_too(self, token):
        answer = post(token, otlp.logs({"event": "gen_ai.evaluation.result", "at": timezone.now()}))
        rejected, words = partial(answer, of_logs=True)
        assert rejected == 1
        assert "gen_ai.evaluation.name is required" in words

    def test_metrics_that_no_rule_keeps_are_accepted_and_counted_as_dropped(self, token):
        answer = post(token, otlp.metrics(point(name="http.server.duration")))
        assert partial(answer) == (0, "")
        assert SourceActivity.objects.get().dropped_count == 1
        assert not SignalSeries.objects.exists()

    @pytest.mark.parametrize(
        ("media", "raw"), [(PROTOBUF, b"\xff" * 40), (PROTOBUF, b"\x0a\x7f"), (JSON, b"{"), (JSON, b"[]")]
    )
    def test_a_body_that_is_no_otlp_is_a_400_with_a_status_in_the_senders_encoding(self, token, media, raw):
        answer = post(token, raw, media=media)
        assert (answer.status_code, answer.headers["Content-Type"]) == (400, media)
        message = answer.json()["message"] if media == JSON else Status.FromString(answer.content).message
        assert "no OTLP" in message or "no JSON" in message
        assert IngestRefusal.objects.get().code == "whole_body"

    def test_traces_are_told_that_this_is_the_wrong_place(self, token):
        answer = post(token, b"", path="traces")
        assert answer.status_code == 404
        assert "metrics and logs" in Status.FromString(answer.content).message

    def test_without_a_token_the_status_says_so(self, db):
        answer = post("airp_wrong", otlp.metrics(point()), media=JSON)
        assert (answer.status_code, answer.json()["code"]) == (401, 16)
        assert totals() == (0, 0)

    def test_other_types_are_refused(self, token):
        assert post(token, b"", media="text/plain").status_code == 415
        assert post(token, b"", media="application/grpc").status_code == 415

    def test_without_a_database_the_sender_is_told_to_keep_its_data(self, token, monkeypatch):
        def away(*args, **kwargs):
            raise OperationalError

        monkeypatch.setattr("incidents.detection.receiving_otlp.count_parsed", away)
        answer = post(token, otlp.metrics(point()))
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert Status.FromString(answer.content).code == 14


class TestLimits:
    def test_a_body_that_is_too_large_is_a_413(self, token):
        assert post(token, b"\x00" * (4 * 1024 * 1024 + 1)).status_code == 413

    @pytest.mark.parametrize(("media", "size"), [(PROTOBUF, 17), (JSON, 5)])
    def test_a_gzip_bomb_is_a_413_and_never_unpacked_whole(self, token, media, size):
        answer = post(token, b"\x00" * (size * 1024 * 1024), media=media, is_packed=True)
        assert answer.status_code == 413
        assert totals() == (0, 0)

    @pytest.mark.parametrize("path", ["metrics", "logs"])
    def test_a_million_empty_parts_are_a_413_before_any_is_unpacked(self, token, path):
        inner = (b"\x3a\x02\x0a\x00" if path == "metrics" else b"") or b""
        body = (b"\x12" + bytes([len(inner)]) + inner) * 100_000
        for field in (0x12, 0x0A):
            body = bytes([field]) + _size(body) + body
        assert post(token, body, path=path, is_packed=True).status_code == 413
        assert totals() == (0, 0)

    def test_a_body_that_is_no_gzip_is_a_400(self, token):
        headers = {"authorization": f"Bearer {token}", "content-encoding": "gzip"}
        for raw in (zlib.compress(b"x"), gzip.compress(b"x")[:-4], gzip.compress(b"") * 2):
            answer = Client().post("/ingest/otlp/v1/metrics", raw, content_type=PROTOBUF, headers=headers)
            assert answer.status_code == 400


class TestCountingOnce:
    def test_a_delta_that_is_sent_again_counts_once_and_another_value_is_a_conflict(self, token):
        sent = point(5, start=timezone.now() - 60 * SECOND)
        for _again in range(2):
            assert partial(post(token, otlp.metrics(sent))) == (0, "")
        rejected, words = partial(post(token, otlp.metrics(sent | {"value": 6})))
        assert rejected == 1
        assert "conflict" in words
        assert totals() == (5, 0)

    def test_a_cumulative_counter_counts_what_it_grew_by(self, token):
        post(token, otlp.metrics(counter(100, back=50)))
        assert totals() == (0, 0)
        post(token, otlp.metrics(counter(103, back=40), counter(110, back=30)))
        post(token, otlp.metrics(counter(110, back=20)))
        assert totals() == (10, 0)

    def test_a_reading_that_is_sent_again_or_late_is_a_duplicate(self, token):
        later = counter(110, back=30)
        post(token, otlp.metrics(counter(100, back=50), later))
        answer = post(token, otlp.metrics(later, counter(105, back=40)))
        assert partial(answer) == (0, "")
        assert totals() == (10, 0)
        assert SourceActivity.objects.get().duplicate_count == 2

    def test_a_counter_that_fell_or_began_anew_was_reset(self, token):
        post(token, otlp.metrics(counter(100, back=50)))
        post(token, otlp.metrics(counter(4, back=40)))
        assert totals() == (4, 0)
        post(token, otlp.metrics(counter(7, back=30, began=35)))
        assert totals() == (11, 0)

    def test_the_first_reading_of_a_counter_that_just_began_counts(self, token):
        labels = {"airp.category": "refund"}
        post(token, otlp.metrics(counter(1, back=1, began=20, name="airp.violations", attributes=labels)))
        assert totals() == (1, 0)

    def test_bad_and_good_points_are_two_counters_of_one_series(self, token):
        good, bad = {"airp.outcome": "ok"}, {"airp.outcome": "error"}
        for back, many, few in ((50, 100, 10), (40, 140, 12)):
            post(
                token,
                otlp.metrics(counter(many, back=back, attributes=good), counter(few, back=back, attributes=bad)),
            )
        assert totals() == (42, 2)
        assert (SignalSeries.objects.count(), SeriesCursor.objects.count()) == (1, 2)

    def test_beyond_the_cap_of_counters_new_ones_are_refused_and_known_ones_flow(self, token, monkeypatch):
        monkeypatch.setattr("incidents.detection.cursors.MAX_CURSORS", 1)
        post(token, otlp.metrics(counter(100, back=50)))
        answer = post(token, otlp.metrics(counter(100, back=40, attributes={"x": "y"}), counter(105, back=40)))
        rejected, words = partial(answer)
        assert rejected == 1
        assert "too_many_series" in words
        assert totals() == (5, 0)

    def test_beyond_the_cap_of_series_new_ones_are_refused_and_known_ones_flow(self, token, monkeypatch):
        monkeypatch.setattr("incidents.detection.numbering.MAX_SERIES", 1)
        post(token, otlp.metrics(counter(100, back=50)))
        other = {"gen_ai.request.model": "m-2"}
        answer = post(token, otlp.metrics(counter(9, back=40, attributes=other), counter(105, back=40)))
        assert partial(answer)[0] == 1
        assert totals() == (5, 0)

    def test_counters_that_were_not_seen_for_long_are_forgotten(self, token):
        post(token, otlp.metrics(counter(100, back=50)))
        for days, left in ((7, 1), (9, 0)):
            SeriesCursor.objects.update(seen_at=BASE - timedelta(days=days))
            drop_expired(now=BASE)
            assert SeriesCursor.objects.count() == left


@pytest.mark.django_db(transaction=True)
class TestRacing:
    @pytest.fixture(autouse=True)
    def empty(self, transactional_db):
        yield
        SignalBucket.objects.all().delete()
        HourBucket.objects.all().delete()

    def test_overlapping_batches_of_counters_from_six_at_once_count_each_step_once(self):
        makers.system()
        token = makers.source().issue_token(by=None, now=timezone.now())
        bodies = []
        for cut in range(6):
            points = [
                counter(
                    100 + step * 10, back=50 - step, attributes={"instance": str(number), "gen_ai.request.model": m}
                )
                for number in range(10)
                for step in range(4)
                for m in ("m1", "m2")
            ]
            bodies.append(otlp.metrics(*(points[cut * 7 :] + points[: cut * 7])))
        start = threading.Barrier(len(bodies))
        statuses: list[int] = []

        def run(body) -> None:
            start.wait()
            # On a machine that is too busy to wait its turn, a sender gets 503 and sends again.
            answers = (post(token, body).status_code for _try in range(10))
            statuses.append(next(status for status in answers if status != 503))
            connections.close_all()

        threads = [threading.Thread(target=run, args=[body]) for body in bodies]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert statuses == [200] * 6
        assert totals() == (20 * 30, 0)
        assert SignalSource.objects.get().activity.series_count == 2


def _size(raw: bytes) -> bytes:
    size, out = len(raw), bytearray()
    while size > 0x7F:
        out.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes([*out, size])
