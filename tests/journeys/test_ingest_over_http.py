"""What senders get over real HTTP, whatever they send: a reason for each bad item, and the good ones are counted."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import Sum

from incidents.detection.series import Receipt, SignalBucket
from incidents.detection.sources import SignalSource
from incidents.systems.models import AISystem
from tests.conftest import orm_on
from tests.journeys.sender import Sender
from tests.processes.stack import LiveStack

pytestmark = pytest.mark.journey
THREADS = 20
NESTED = b'{"a":' * 200 + b"1" + b"}" * 200


@pytest.fixture(scope="module")
def live(django_db_blocker):
    """The web server alone: counting needs nobody else."""
    with django_db_blocker.unblock(), LiveStack(has_broker=False, only={"web"}) as stack, orm_on(stack.database):
        yield stack


@pytest.fixture
def sender(live, request) -> Sender:
    """A sender with a system and a source of its own."""
    number = SignalSource.objects.count()
    system = AISystem.objects.create(slug=f"system-{number}", name=f"System {number}", purpose="Answers customers.")
    source = SignalSource.objects.create(name=f"Source {number}", system=system)
    return Sender(live.base_url, source.issue_token(by=None, now=datetime.now(UTC)), system.slug)


@pytest.fixture
def good(sender) -> list[dict]:
    now = datetime.now(UTC)
    return [sender.signal(at=now - timedelta(seconds=number)) for number in range(40)]


def counted(sender: Sender) -> int:
    """How many signals stand in the buckets; each must have its receipt."""
    n = SignalBucket.objects.filter(series__system__slug=sender.system).aggregate(n=Sum("n"))["n"] or 0
    assert n == Receipt.objects.filter(source__system__slug=sender.system).count()
    return n


def ndjson(*lines: bytes) -> bytes:
    return b"\n".join(lines)


def test_a_batch_that_is_sent_twice_counts_once(sender, good):
    assert sender.post(good).counts == (40, 0, 0)
    assert sender.post(good).counts == (0, 40, 0)
    assert counted(sender) == 40


def test_a_batch_that_is_sent_by_twenty_at_once_counts_once(sender, good):
    body = json.dumps(good).encode()
    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(lambda _n: sender.post_raw(body), range(THREADS)))
    assert {answer.status for answer in answers} <= {200, 202}
    assert sum(answer.counts[0] for answer in answers) == 40
    assert sum(answer.counts[1] for answer in answers) == 40 * (THREADS - 1)
    assert counted(sender) == 40


def test_one_idempotency_key_from_twenty_at_once_counts_once(sender, good):
    body = json.dumps(good).encode()
    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(lambda _n: sender.post_raw(body, Idempotency_Key="batch-1"), range(THREADS)))
    assert {answer.status for answer in answers} <= {202, 409}
    assert {answer.counts for answer in answers if answer.status == 202} == {(40, 0, 0)}
    assert counted(sender) == 40


@pytest.mark.parametrize(
    ("flaw", "code"),
    [
        (b'{"id":"x","ts":"%(now)s","system":"%(system)s","kind":"traffic","value":NaN}', "bad_number"),
        (b'{"id":"x","ts":"%(now)s","system":"%(system)s","kind":"traffic","value":1e999}', "bad_number"),
        (b'{"id":"x","id":"y","ts":"%(now)s","system":"%(system)s","kind":"traffic"}', "duplicate_key"),
        (b'{"id":"x","ts":"%(now)s","system":"%(system)s","kind":"traffic","labels":' + NESTED + b"}", "too_deep"),
        (b'{"id":"x\\u0000","ts":"%(now)s","system":"%(system)s","kind":"traffic"}', "bad_text"),
        (b'{"id":"x\\ud800","ts":"%(now)s","system":"%(system)s","kind":"traffic"}', "bad_text"),
        (b'{"id":"x","ts":"%(later)s","system":"%(system)s","kind":"traffic"}', "clock_skew"),
        (b'{"id":"x","ts":"%(now)s","system":"another","kind":"traffic"}', "unknown_system"),
        (b'{"id":"x","ts":"0000-99-99T00:00:00Z","system":"%(system)s","kind":"traffic"}', "bad_time"),
        (b"[]", "not_an_object"),
        (b"null", "not_an_object"),
    ],
    ids=["NaN", "infinite", "twice", "deep", "NUL", "surrogate", "future", "foreign", "no time", "list", "null"],
)
@pytest.mark.parametrize("media", ["application/json", "application/x-ndjson"])
def test_a_flawed_item_is_named_and_its_neighbours_count(sender, good, flaw, code, media):
    now = datetime.now(UTC)
    words = {b"now": now.isoformat(), b"later": (now + timedelta(hours=1)).isoformat(), b"system": sender.system}
    bad = flaw % {name: word.encode() for name, word in words.items()}
    before, after = (json.dumps(item).encode() for item in good[:2])
    is_array = media == "application/json"
    body = b"[" + b",".join([before, bad, after]) + b"]" if is_array else ndjson(before, bad, after)

    answer = sender.post_raw(body, media=media)

    assert (answer.status, answer.codes) == (202, [(1, code)])
    assert answer.body["refused"][0]["detail"]
    assert counted(sender) == 2


@pytest.mark.parametrize("body", [b"", b"{", b"[1,", b"\xff\xfe", b"[" * 100_000, b'"text"', b"[]]"])
def test_a_body_that_is_no_batch_is_refused_whole_and_in_words(sender, body):
    answer = sender.post_raw(body)
    assert answer.status in {400, 422}
    assert answer.body["detail"]
    assert counted(sender) == 0


@pytest.mark.parametrize("token", ["airp_aaaaaaaa_wrong", "wrong", "airp_é_x", "airp__"])
def test_a_wrong_token_is_refused_and_nothing_is_counted(sender, good, token):
    answer = sender.post_raw(json.dumps(good).encode(), token=token)
    assert (answer.status, bool(answer.headers["www-authenticate"]), bool(answer.body["detail"])) == (401, True, True)
    assert counted(sender) == 0
