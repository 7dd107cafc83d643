"""Posting signals: what is taken, what is refused and why, and that nothing counts twice."""

import base64
import json
import threading
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from incidents.detection.activity import IngestRefusal, SourceActivity
from incidents.detection.rate import Limiter
from incidents.detection.series import HourBucket, IngestRequest, Receipt, SignalBucket, SignalSeries
from incidents.detection.sources import SignalSource, SourceState
from tests.incidents.detection import makers
from tests.incidents.detection.makers import item, post


@pytest.fixture
def token(db) -> str:
    makers.system()
    return makers.source().issue_token(by=None, now=timezone.now())


def totals() -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(sum(n), 0)::int, coalesce(sum(bad), 0)::int FROM incidents_signalbucket")
        return cursor.fetchone()


class TestTaking:
    def test_it_counts_signals_in_the_minute_of_their_event_time(self, token):
        now = timezone.now()
        earlier = now - timedelta(hours=3)
        answer = post(token, [item(1, at=now, n=40, bad=2, kind="traffic"), item(2, at=earlier, n=7, kind="traffic")])
        assert answer.status_code == 202
        assert answer.json() == {"accepted": 2, "duplicates": 0, "refused": []}
        minutes = dict(SignalBucket.objects.values_list("ts", "n"))
        assert minutes == {now.replace(second=0, microsecond=0): 40, earlier.replace(second=0, microsecond=0): 7}
        assert HourBucket.objects.count() == 2
        assert SignalSeries.objects.count() == 1

    def test_no_statement_names_the_sender_for_the_history_of_settings(self, token):
        with CaptureQueriesContext(connection) as asked:
            assert post(token, [item(1, at=timezone.now())]).status_code == 202
        assert not [query["sql"] for query in asked if "pghistory" in query["sql"]]

    def test_it_takes_newline_delimited_json(self, token):
        lines = "\n".join(json.dumps(item(number, at=timezone.now())) for number in range(3)) + "\n\n"
        answer = post(token, lines.encode(), media="application/x-ndjson")
        assert answer.json()["accepted"] == 3
        assert totals() == (3, 0)

    def test_a_repeat_is_a_duplicate_and_counts_once(self, token):
        batch = [item(1, at=timezone.now(), n=5)]
        assert post(token, batch).status_code == 202
        again = post(token, batch)
        assert (again.status_code, again.json()) == (200, {"accepted": 0, "duplicates": 1, "refused": []})
        assert totals() == (5, 0)

    def test_the_same_id_with_other_content_is_a_conflict_and_the_first_wins(self, token):
        now = timezone.now()
        post(token, [item(1, at=now, n=5)])
        answer = post(token, [item(1, at=now, n=6)])
        assert answer.status_code == 422
        assert [refusal["code"] for refusal in answer.json()["refused"]] == ["conflict"]
        assert totals() == (5, 0)

    def test_one_id_twice_in_a_batch_counts_once(self, token):
        twice = item(1, at=timezone.now())
        assert post(token, [twice, twice]).json() == {"accepted": 1, "duplicates": 1, "refused": []}
        assert totals() == (1, 0)

    def test_an_altered_time_does_not_count_again(self, token):
        now = timezone.now()
        post(token, [item(1, at=now)])
        post(token, [item(1, at=now - timedelta(minutes=5))])
        assert totals() == (1, 0)

    def test_sampled_counts_are_scaled_and_what_was_seen_is_kept(self, token):
        post(token, [item(1, at=timezone.now(), kind="traffic", n=10, bad=1, sampled_from=1_000)])
        bucket = SignalBucket.objects.get()
        assert (bucket.n, bucket.bad, bucket.n_raw) == (1_000, 100, 10)

    def test_scores_are_summed(self, token):
        now = timezone.now()
        post(token, [item(1, at=now, value=0.5), item(2, at=now, value=-1.5)])
        bucket = SignalBucket.objects.get()
        assert (bucket.value_n, bucket.value_sum, bucket.value_sumsq) == (2, -1.0, 2.5)
        assert (bucket.value_min, bucket.value_max) == (-1.5, 0.5)

    def test_counters_and_unknown_fields_show_on_the_source(self, token):
        batch = [item(1, at=timezone.now(), colour="red"), item(2, at=timezone.now(), n=-1)]
        post(token, batch)
        activity = SourceActivity.objects.get()
        assert (activity.accepted_count, activity.refused_count, activity.unknown_field_count) == (1, 1, 1)
        assert IngestRefusal.objects.get().code == "bad_number"

    def test_late_signals_are_counted_as_late(self, token):
        SignalSource.objects.update(lateness_seconds=120)
        post(token, [item(1, at=timezone.now() - timedelta(minutes=10)), item(2, at=timezone.now())])
        assert SourceActivity.objects.get().late_count == 1

    def test_beyond_the_cap_new_series_are_refused_and_known_ones_flow(self, token, monkeypatch):
        monkeypatch.setattr("incidents.detection.numbering.MAX_SERIES", 1)
        now = timezone.now()
        post(token, [item(1, at=now, category="refund")])
        answer = post(token, [item(2, at=now, category="slur"), item(3, at=now, category="refund")])
        assert answer.status_code == 202
        assert [(refusal["index"], refusal["code"]) for refusal in answer.json()["refused"]] == [(0, "too_many_series")]
        assert totals() == (2, 0)

    def test_a_heartbeat_moves_last_seen_without_a_count(self, token):
        answer = Client().post("/ingest/v1/heartbeat", headers={"authorization": f"Bearer {token}"})
        assert answer.status_code == 204
        activity = SourceActivity.objects.get()
        assert activity.accepted_count == 0
        assert timezone.now() - activity.last_seen_at < timedelta(seconds=10)


class TestIdempotencyKey:
    def test_the_same_key_and_body_get_the_first_answer_again(self, token):
        batch = [item(1, at=timezone.now())]
        first = post(token, batch, idempotency_key="k1")
        again = post(token, batch, idempotency_key="k1")
        assert (again.status_code, again.json()) == (first.status_code, first.json())
        assert "Idempotent-Replayed" not in first.headers
        assert again.headers["Idempotent-Replayed"] == "true"
        assert totals() == (1, 0)

    def test_the_same_key_with_another_body_is_refused_whole(self, token):
        post(token, [item(1, at=timezone.now())], idempotency_key="k1")
        answer = post(token, [item(2, at=timezone.now())], idempotency_key="k1")
        assert answer.status_code == 422
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert totals() == (1, 0)


@pytest.mark.django_db(transaction=True)
class TestRacing:
    def race(self, token: str, bodies: list[bytes], **headers: str) -> list[int]:
        start = threading.Barrier(len(bodies))
        answers: list[int] = []

        def run(body: bytes) -> None:
            start.wait()
            answers.append(post(token, body, **headers).status_code)
            connections.close_all()

        threads = [threading.Thread(target=run, args=[body]) for body in bodies]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sorted(answers)

    @pytest.fixture(autouse=True)
    def empty(self, transactional_db):
        yield
        SignalBucket.objects.all().delete()
        HourBucket.objects.all().delete()

    def test_the_same_batch_posted_at_once_counts_once(self):
        makers.system()
        token = makers.source().issue_token(by=None, now=timezone.now())
        now = timezone.now()
        body = json.dumps([item(number, at=now, n=3) for number in range(50)]).encode()
        assert self.race(token, [body] * 6) == [200] * 5 + [202]
        assert totals() == (150, 0)
        assert Receipt.objects.count() == 50

    def test_overlapping_batches_in_any_order_count_each_signal_once(self):
        makers.system()
        token = makers.source().issue_token(by=None, now=timezone.now())
        now = timezone.now()
        items = [
            item(number, at=now - timedelta(minutes=number % 7), category=f"c{number % 5}") for number in range(60)
        ]
        bodies = [json.dumps(items[cut:] + items[:cut]).encode() for cut in (0, 20, 40)]
        bodies += [json.dumps(list(reversed(items))).encode()]
        assert set(self.race(token, bodies)) <= {200, 202}
        assert totals() == (60, 0)

    def test_a_key_in_use_answers_409_or_replays_and_counts_once(self):
        makers.system()
        token = makers.source().issue_token(by=None, now=timezone.now())
        body = json.dumps([item(number, at=timezone.now()) for number in range(200)]).encode()
        answers = self.race(token, [body] * 4, idempotency_key="k1")
        assert set(answers) <= {202, 409}
        assert 202 in answers
        assert totals() == (200, 0)
        assert IngestRequest.objects.count() == 1


class TestRefusingTheWhole:
    @pytest.mark.parametrize(
        "wrong",
        [
            "",
            "Bearer",
            "Bearer airp_abcdefgh_" + "x" * 43,
            "Bearer airp_\x00",
            "Basic !!!",
            "Basic YWlycDphaXJw",
            "Digest x",
            "Bearer " + "_" * 500,
        ],
    )
    def test_without_a_valid_token_nothing_is_read(self, token, wrong):
        answer = Client().post("/ingest/v1/signals", b"[]", "application/json", headers={"authorization": wrong})
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.json()["status"] == 401

    def test_a_token_in_the_address_is_refused_even_if_it_is_right(self, token):
        answer = Client().post(f"/ingest/v1/signals?access_token={token}", b"[]", "application/json")
        assert answer.status_code == 401

    def test_basic_takes_the_id_and_the_token(self, token):
        public_id = token.split("_")[1]
        credentials = base64.b64encode(f"{public_id}:{token}".encode()).decode()
        headers = {"authorization": f"Basic {credentials}"}
        assert Client().post("/ingest/v1/signals", b"[]", "application/json", headers=headers).status_code == 200

    def test_a_retired_source_and_a_revoked_token_are_refused(self, token):
        SignalSource.objects.update(state=SourceState.RETIRED)
        assert post(token, []).status_code == 401
        SignalSource.objects.update(state=SourceState.ACTIVE)
        SignalSource.objects.get().revoke_token(token.split("_")[1], by=None, now=timezone.now())
        assert post(token, []).status_code == 401

    def test_two_tokens_live_side_by_side_and_a_third_ends_the_oldest(self, token):
        gateway = SignalSource.objects.get()
        second = gateway.issue_token(by=None, now=timezone.now())
        assert [post(each, []).status_code for each in (token, second)] == [200, 200]
        third = gateway.issue_token(by=None, now=timezone.now())
        assert [post(each, []).status_code for each in (token, second, third)] == [401, 200, 200]

    def test_reading_is_not_offered(self, token):
        assert Client().get("/ingest/v1/signals").status_code == 405

    @pytest.mark.parametrize("media", ["text/plain", "application/json; charset=latin-1", "application/xml"])
    def test_other_content_types_are_refused(self, token, media):
        assert post(token, [], media=media).status_code == 415

    def test_compressed_bodies_are_refused(self, token):
        assert post(token, [], content_encoding="gzip").status_code == 415

    def test_a_body_that_is_too_large_stores_nothing(self, token):
        batch = [item(number, at=timezone.now(), note="x" * 200) for number in range(1_200)]
        assert post(token, batch).status_code == 413
        assert totals() == (0, 0)

    @pytest.mark.parametrize("body", [b" ", b"{", b"nonsense", b"[1,]", b"\xff\xfe", b'"text"', b"12", b"[" * 200_000])
    def test_a_body_that_is_no_json_is_a_400_and_shown_on_the_source(self, token, body):
        answer = post(token, body)
        assert answer.status_code == 400
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert IngestRefusal.objects.get().code == "whole_body"

    def test_too_many_requests_are_told_when_to_come_back(self, token, monkeypatch):
        monkeypatch.setattr("incidents.detection.gate.limiter", Limiter(per_second=1 / 600, burst=1))
        post(token, [])
        answer = post(token, [])
        # Ten minutes, less what the machine took between the two.
        assert answer.status_code == 429
        assert 300 < int(answer.headers["Retry-After"]) <= 600

    def test_without_a_database_the_sender_is_told_to_keep_its_data(self, token, monkeypatch):
        def away(*args, **kwargs):
            raise OperationalError

        monkeypatch.setattr("incidents.detection.receiving.once", away)
        answer = post(token, [])
        assert answer.status_code == 503
        assert "Retry-After" in answer.headers

    def test_cookies_are_ignored(self, token, tess):
        client = Client(enforce_csrf_checks=True)
        client.force_login(tess)
        assert client.post("/ingest/v1/signals", b"[]", "application/json").status_code == 401
        assert post(token, [], client=client).status_code == 200


DEEP = "[" * 30 + "]" * 30
VERY_DEEP = "[" * 100_000 + "]" * 100_000


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ('"n": NaN', "bad_number"),
        ('"value": Infinity', "bad_number"),
        ('"value": -Infinity', "bad_number"),
        ('"value": 1e999', "bad_number"),
        ('"n": 9007199254740993', "bad_number"),
        ('"n": ' + "9" * 5_000, "bad_number"),
        ('"n": 1.5', "bad_number"),
        ('"n": true', "bad_number"),
        ('"bad": 2', "bad_number"),
        ('"n": 5, "sampled_from": 4', "bad_number"),
        ('"n": 1, "n": 2', "duplicate_key"),
        ('"versions": {"model": "a", "model": "b"}', "duplicate_key"),
        (f'"extra": {DEEP}', "too_deep"),
        (f'"extra": {VERY_DEEP}', "too_deep"),
        ('"category": "a\\u0000b"', "bad_text"),
        ('"category": "a\x00b"', "bad_text"),
        ('"category": "\\ud800"', "bad_text"),
        ('"\\u0000": 1', "bad_text"),
        ('"category": 7', "bad_text"),
        ('"category": "' + "c" * 257 + '"', "too_long"),
        ('"extra": "' + "c" * 10_001 + '"', "too_long"),
        ('"labels": {' + ",".join(f'"l{n}": "x"' for n in range(17)) + "}", "too_long"),
        ('"labels": {"a": {}}', "bad_text"),
        ('"versions": []', "bad_text"),
        ('"subject": ["a"]', "bad_text"),
        ('"value": "0.5"', "bad_number"),
        ('"value": 1e200', "bad_number"),
    ],
)
@pytest.mark.parametrize("media", ["application/json", "application/x-ndjson"])
def test_one_flawed_item_is_refused_with_its_reason_and_the_good_ones_are_kept(token, wrong, code, media):
    now = timezone.now()
    flawed = json.dumps(item(2, at=now))[:-1] + f", {wrong}}}"
    lines = [json.dumps(item(1, at=now)), flawed, json.dumps(item(3, at=now))]
    body = f"[{','.join(lines)}]" if media == "application/json" else "\n".join(lines)
    answer = post(token, body.encode(), media=media)
    assert answer.status_code == 202
    assert answer.json()["accepted"] == 2
    assert [(refusal["index"], refusal["code"]) for refusal in answer.json()["refused"]] == [(1, code)]
    assert answer.json()["refused"][0]["detail"]
    assert totals() == (2, 0)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"id": None}, "missing_field"),
        ({"id": ""}, "missing_field"),
        ({"id": 7}, "bad_text"),
        ({"id": "x" * 256}, "too_long"),
        ({"ts": "yesterday"}, "bad_time"),
        ({"ts": "2026-03-02T12:00:00"}, "bad_time"),
        ({"ts": "2026-02-30T12:00:00Z"}, "bad_time"),
        ({"ts": 1_700_000_000}, "bad_time"),
        ({"ts": "0001-01-01T00:00:00+14:00"}, "bad_time"),
        ({"ts": "2999-01-01T00:00:00Z"}, "clock_skew"),
        ({"ts": "2001-01-01T00:00:00Z"}, "too_old"),
        ({"system": "unheard-of"}, "unknown_system"),
        ({"kind": "rumour"}, "unknown_kind"),
        ({"kind": ["traffic"]}, "unknown_kind"),
    ],
)
def test_it_says_which_field_is_wrong(token, change, code):
    answer = post(token, [item(1, at=timezone.now()) | change])
    assert answer.status_code == 422
    assert [refusal["code"] for refusal in answer.json()["refused"]] == [code]


def test_a_source_of_one_system_may_not_report_on_another(token):
    other = makers.system("ranker")
    SignalSource.objects.update(system=other)
    assert post(token, [item(1, at=timezone.now())]).json()["refused"][0]["code"] == "unknown_system"


@pytest.mark.parametrize("odd", ['[1, null, "a"]', "[[]]", "null", "[true]"])
def test_items_that_are_no_objects_are_refused(token, odd):
    assert post(token, odd.encode()).status_code in {400, 422}
