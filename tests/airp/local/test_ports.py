"""A port is one installation's from the moment it was chosen."""

import socket
import time

import pytest

from airp.local.ports import CLAIM_SECONDS, claim, free_port


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    return tmp_path


def test_a_port_that_another_installation_chose_moments_ago_is_taken_though_nobody_listens_yet(folder):
    port = free_port()
    assert claim(port, owner="first")
    assert not claim(port, owner="second")
    assert claim(port, owner="first")


def test_an_old_claim_counts_no_more(folder):
    port = free_port()
    assert claim(port, owner="first")
    assert claim(port, owner="second", now=time.time() + CLAIM_SECONDS + 1)
    assert not claim(port, owner="first")


def test_a_port_on_which_somebody_listens_is_taken_whoever_claimed_it(folder):
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        assert not claim(listener.getsockname()[1], owner="first")


def test_a_link_that_somebody_planted_is_not_written_through(folder):
    port, precious = free_port(), folder / "precious"
    precious.write_text("keep me")
    (folder / f"airp-port-{port}").symlink_to(precious)
    assert claim(port, owner="first")
    assert precious.read_text() == "keep me"
