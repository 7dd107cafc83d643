"""What the local set-up keeps, and where."""

import socket
from pathlib import Path

import pytest

from airp.local import state as states
from airp.local.failures import CURES, CannotStart
from airp.local.ports import free_port
from airp.local.state import State


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path / ".state")


def test_secrets_are_made_once_and_are_nobody_elses(state: State) -> None:
    first = state.secrets()

    assert state.secrets() == first
    assert set(first) == {"AIRP_SECRET_KEY", "AIRP_FIELD_KEYS"}
    assert {path.stat().st_mode & 0o077 for path in (state.root / "secrets").iterdir()} == {0}
    assert (state.root / "secrets").stat().st_mode & 0o077 == 0


def test_sockets_move_to_a_private_temporary_folder_when_the_path_is_too_long(tmp_path: Path) -> None:
    deep = State(tmp_path / ("long" * 30) / ".state")

    assert len(str(deep.sockets / ".s.PGSQL.5432.lock")) <= 107
    assert deep.sockets == deep.sockets
    assert deep.sockets.stat().st_mode & 0o077 == 0
    deep.sockets.rmdir()


def test_a_taken_port_is_passed_over_and_the_choice_is_kept(state: State, monkeypatch) -> None:
    taken, free = free_port(), free_port()
    monkeypatch.setattr(states, "WEB_PORTS", [taken, free])
    with socket.socket() as neighbour:
        neighbour.bind(("127.0.0.1", taken))
        neighbour.listen()
        assert state.web_port() == free

    assert state.web_port() == free


def test_it_says_what_to_do_when_every_port_is_taken(state: State, monkeypatch) -> None:
    monkeypatch.setattr(states, "WEB_PORTS", [])

    with pytest.raises(CannotStart) as refusal:
        state.web_port()

    assert CURES["no_port"] in str(refusal.value)


def test_two_starts_at_once_are_refused(state: State) -> None:
    with state.locked(), pytest.raises(CannotStart, match="Another make"), state.locked():
        pass
