"""The simulated product: how it behaves, how it is changed, and that it loses nothing while airp is away."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from airp.local.product.__main__ import is_soon_judged
from airp.local.product.assistant import Assistant
from airp.local.product.levers import BAD, GOOD, Flag, Levers, UnknownVersion
from airp.local.product.reporting import Reporter
from airp.local.product.server import ALIAS_PATH, Server

START = datetime(2026, 11, 12, 13, 0, tzinfo=UTC)


def minutes_of(assistant: Assistant, count: int) -> list[dict]:
    steps = range(count * 30)
    return [item for step in steps for item in assistant.serve(until=START + timedelta(seconds=2 * step), seconds=2)]


def rate(items: list[dict]) -> float:
    served = sum(item["n"] for item in items if item["kind"] == "traffic")
    return sum(item["kind"] == "violation" for item in items) / served


def test_traffic_and_rates_follow_the_model_and_the_flag() -> None:
    levers = Levers()
    assistant = Assistant(levers, seed=1, run="run")
    good = minutes_of(assistant, 10)
    levers.point_alias_at(BAD)
    bad = minutes_of(assistant, 10)
    levers.switch(Flag.OFF)
    flagged = minutes_of(assistant, 10)

    assert 2_700 < sum(item["n"] for item in good if item["kind"] == "traffic") < 3_300
    assert rate(good) < 0.01
    assert 0.06 < rate(bad) < 0.10
    assert rate(flagged) < 0.01
    complaints = assistant.complain(until=START + timedelta(minutes=10))
    assert len({item["text"] for item in complaints}) > 20
    assert [item["priority_contact"] for item in complaints if "priority_contact" in item] == ["press"]
    assert assistant.complain(until=START + timedelta(minutes=10)) == []


def test_the_same_seed_behaves_the_same_and_ids_never_repeat() -> None:
    def said():
        assistant = Assistant(Levers(model=BAD), seed=7, run="run")
        return minutes_of(assistant, 2) + assistant.complain(until=START + timedelta(minutes=9))

    first, second = said(), said()
    assert first == second
    assert len({item["id"] for item in first}) == len(first)


@pytest.mark.parametrize(("second", "expected"), [(0, True), (15, True), (16, False), (49, False), (50, True)])
def test_the_release_waits_for_a_minute_that_shows_it_soon(second, expected) -> None:
    assert is_soon_judged(START.replace(second=second)) is expected


def test_an_unknown_version_is_refused() -> None:
    levers = Levers()
    with pytest.raises(UnknownVersion):
        levers.point_alias_at("v99")
    assert levers.model == GOOD


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server(Levers(model=BAD))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def ask(url: str, content: dict | None = None) -> dict:
    body = json.dumps(content).encode() if content is not None else None
    with urllib.request.urlopen(urllib.request.Request(url, data=body), timeout=5) as answer:
        return json.load(answer)


def test_the_levers_speak_the_shapes_of_mlflow_and_unleash(server: Server) -> None:
    alias = {"name": "support-assistant", "alias": "production"}
    flag = f"{server.url}/api/admin/projects/default/features/refund-answers/environments/production"

    assert ask(server.url + ALIAS_PATH, alias | {"version": GOOD}) == {}
    read = ask(f"{server.url}{ALIAS_PATH}?name=support-assistant&alias=production")
    assert read["model_version"]["version"] == GOOD == server.levers.model
    assert ask(f"{flag}/off", {})["environments"][0]["enabled"] is False
    assert server.levers.flag == Flag.OFF
    with pytest.raises(urllib.error.HTTPError, match="404"):
        ask(server.url + ALIAS_PATH, alias | {"version": "v99"})


def test_while_airp_is_away_batches_wait_and_the_pauses_grow(tmp_path) -> None:
    token = tmp_path / "token"
    token.write_text("airp_x_y")
    reporter = Reporter("http://127.0.0.1:9", token)
    reporter.signals([{"id": "run-1"}])

    assert [reporter.flush() for _turn in range(3)] == [0, 0, 0]
    assert len(reporter.waiting) == 1
    assert reporter.wait_seconds == 4.0
