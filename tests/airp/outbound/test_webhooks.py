"""Signed webhooks against a real HTTP server, verified by the library's other side."""

import json
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from airp.outbound import http
from airp.outbound.endpoints import new_secret
from airp.outbound.http import AnswerMissing, post
from airp.outbound.models import AllowedHost, Attempt, AttemptOutcome, Delivery, DeliveryState, Endpoint, EndpointState
from airp.outbound.planning import plan_webhooks
from airp.outbound.tasks import send_due
from airp.outbound.webhooks import retry_after

pytestmark = pytest.mark.django_db


class Receiver(ThreadingHTTPServer):
    """Keeps what it gets and answers as told: a status, headers, a body, or silence."""

    daemon_threads = True

    def handle_error(self, request, client_address):
        """Callers that hang up are part of the test."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.got = []
        self.status, self.headers, self.body, self.silence_seconds, self.drip_seconds = 200, {}, b"ok", 0, 0

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/hook"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        told = self.server
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        told.got.append((self.path, dict(self.headers), body))
        time.sleep(told.silence_seconds)
        self.send_response(told.status)
        for name, value in told.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(told.body)))
        self.end_headers()
        for at in range(0, len(told.body), 1 if told.drip_seconds else 65536):
            self.wfile.write(told.body[at : at + (1 if told.drip_seconds else 65536)])
            self.wfile.flush()
            time.sleep(told.drip_seconds)

    do_GET = do_POST

    def log_message(self, *parts):
        """Says nothing."""


@pytest.fixture
def receiver(settings):
    settings.OUTBOUND_LOOPBACK = "allowed"
    server = Receiver()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def endpoint(receiver):
    AllowedHost.objects.create(name="127.0.0.1", reason="The test")
    return Endpoint.objects.create(name="Receiver", url=receiver.url, types=["incident.declared"])


@pytest.fixture
def delivery(endpoint):
    now = timezone.now()
    [planned] = plan_webhooks(
        cause="incident/1#1",
        type="incident.declared",
        data={"reference": "AIR-2026-0001", "severity": "SEV1"},
        subject_key="incident/1",
        entry_seq=1,
        now=now,
        due_at=now - timedelta(seconds=1),
    )
    return planned


def send(delivery):
    send_due()
    delivery.refresh_from_db()
    return delivery


def due_again(delivery):
    Delivery.objects.filter(pk=delivery.pk).update(due_at=timezone.now())


def test_the_receiver_can_verify_what_it_got(delivery, endpoint, receiver):
    assert send(delivery).state == DeliveryState.SENT
    [(path, headers, body)] = receiver.got
    event = Webhook(endpoint.secret).verify(body, headers)
    assert path == "/hook"
    assert event["type"] == "incident.declared"
    assert event["data"] == {"reference": "AIR-2026-0001", "severity": "SEV1"}
    assert body == json.dumps(event, separators=(",", ":"))
    assert headers["webhook-id"] == headers["Idempotency-Key"] == str(delivery.idem_key)
    assert "." not in headers["webhook-id"]
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify(body, headers)


def test_both_secrets_verify_while_one_is_changed(delivery, endpoint, receiver):
    old = endpoint.secret
    new = endpoint.change_secret(now=timezone.now())
    send(delivery)
    [(_path, headers, body)] = receiver.got
    assert Webhook(old).verify(body, headers) == Webhook(new).verify(body, headers)
    assert endpoint.secrets_at(timezone.now() + timedelta(days=8)) == [new]


def test_the_key_stays_and_the_signature_is_fresh_in_each_try(delivery, endpoint, receiver):
    receiver.status = 503
    assert send(delivery).state == DeliveryState.PENDING
    due_again(delivery)
    receiver.status = 204
    receiver.body = b""
    assert send(delivery).state == DeliveryState.SENT
    assert len({headers["Idempotency-Key"] for _path, headers, _body in receiver.got}) == 1
    for _path, headers, body in receiver.got:
        assert Webhook(endpoint.secret).verify(body, headers)
    assert list(Attempt.objects.values_list("outcome", "status_code")) == [("failed", 503), ("sent", 204)]


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (200, DeliveryState.SENT),
        (202, DeliveryState.SENT),
        (302, DeliveryState.PENDING),
        (400, DeliveryState.DEAD),
        (401, DeliveryState.DEAD),
        (404, DeliveryState.DEAD),
        (408, DeliveryState.PENDING),
        (409, DeliveryState.PENDING),
        (425, DeliveryState.PENDING),
        (429, DeliveryState.PENDING),
        (500, DeliveryState.PENDING),
        (503, DeliveryState.PENDING),
    ],
)
def test_what_an_answer_means(delivery, endpoint, receiver, status, state):
    receiver.status = status
    assert send(delivery).state == state
    endpoint.refresh_from_db()
    assert endpoint.state == EndpointState.ACTIVE


def test_gone_disables_the_endpoint(delivery, endpoint, receiver):
    receiver.status = 410
    assert send(delivery).state == DeliveryState.DEAD
    endpoint.refresh_from_db()
    assert endpoint.state == EndpointState.DISABLED


def test_a_redirect_is_not_followed(delivery, receiver):
    receiver.status = 307
    receiver.headers = {"Location": f"{receiver.url}/elsewhere"}
    send(delivery)
    assert [path for path, _headers, _body in receiver.got] == ["/hook"]


def test_a_receiver_asks_for_time(delivery, receiver):
    receiver.status, receiver.headers = 503, {"Retry-After": "1800"}
    row = send(delivery)
    assert timedelta(minutes=29) < row.due_at - timezone.now() < timedelta(minutes=31)


def test_silence_after_the_whole_body_is_unknown_and_tried_again(delivery, receiver, monkeypatch):
    monkeypatch.setattr(http, "READ_SECONDS", 0.2)
    receiver.silence_seconds = 0.6
    row = send(delivery)
    assert (row.state, row.error_class) == (DeliveryState.UNKNOWN, "no_answer")
    assert row.due_at is not None
    receiver.silence_seconds = 0
    due_again(delivery)
    assert send(delivery).state == DeliveryState.SENT
    assert len({headers["webhook-id"] for _path, headers, _body in receiver.got}) == 1


def test_an_answer_that_drips_ends_with_the_total_time(endpoint, receiver, monkeypatch):
    monkeypatch.setattr(http, "TOTAL_SECONDS", 0.5)
    receiver.drip_seconds, receiver.body = 0.1, b"x" * 100
    started = time.monotonic()
    with pytest.raises(AnswerMissing):
        post(receiver.url, body=b"{}", headers={})
    assert time.monotonic() - started < 1.5


def test_an_endless_answer_is_cut(endpoint, receiver):
    receiver.body = b"x" * 1_000_000
    assert len(post(receiver.url, body=b"{}", headers={}).body) == 64 * 1024


def test_nobody_there_is_a_failure_and_not_a_doubt(delivery, endpoint, receiver):
    Endpoint.objects.update(url="http://127.0.0.1:1/hook")
    row = send(delivery)
    assert (row.state, row.error_class) == (DeliveryState.PENDING, "connection_failed")


def test_answers_are_kept_without_secrets(delivery, receiver):
    receiver.status, receiver.body = 500, b'{"token": "abcdef", "mail": "tess@example.com"}\x1b[31m' + b"y z" * 2000
    send(delivery)
    answer = Attempt.objects.get().answer
    assert "abcdef" not in answer
    assert "tess@example.com" not in answer
    assert "\x1b" not in answer
    assert len(answer) <= 2048


def test_a_disabled_endpoint_gets_nothing(delivery, endpoint, receiver):
    endpoint.disable()
    assert send(delivery).error_class == "endpoint_disabled"
    assert receiver.got == []


def test_a_host_taken_off_the_list_gets_nothing(delivery, receiver):
    AllowedHost.objects.all().delete()
    assert (send(delivery).state, delivery.error_class) == (DeliveryState.DEAD, "host_not_allowed")
    assert receiver.got == []


def test_a_proxy_of_the_environment_is_ignored(delivery, receiver, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert send(delivery).state == DeliveryState.SENT


def test_an_endpoint_silent_for_all_tries_is_disabled(delivery, endpoint, receiver):
    receiver.status = 500
    for _try in range(10):
        due_again(delivery)
        send(delivery)
    endpoint.refresh_from_db()
    assert (delivery.state, endpoint.state) == (DeliveryState.DEAD, EndpointState.DISABLED)
    assert delivery.attempts.filter(outcome=AttemptOutcome.FAILED).count() == 10


@pytest.mark.parametrize(
    "url", ["http://hooks.example.com/", "https://hooks.example.com:22/", "https://other.example.com/"]
)
def test_an_endpoint_that_the_door_would_refuse_is_not_saved(url):
    AllowedHost.objects.create(name="hooks.example.com", reason="Test")
    with pytest.raises(ValidationError):
        Endpoint(name="Bad", url=url, types=["incident.declared"]).full_clean()


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("", None), ("soon", None), ("120", 120), ("-5", None), ("Mon, 02 Mar 2026 09:10:00 GMT", 600), ("١٢", None)],
)
def test_retry_after_is_read_or_ignored(value, seconds):
    now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    wait = retry_after(value, now=now)
    assert wait == (None if seconds is None else timedelta(seconds=seconds))
